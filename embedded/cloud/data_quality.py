"""Glue Data Quality: runs that evaluate the deployed rulesets on the tables of the catalog.

Terms, states and shapes: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-data-quality-api.html
"""

import functools
import logging
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.glue.exceptions import EntityNotFoundException, InvalidInputException
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse

from embedded.cloud import bus
from embedded.cloud.patches.graft import graft
from embedded.cloud.patches.workflows import rulesets
from embedded.provider import dqdl

log = logging.getLogger(__name__)

GOING = ("STARTING", "RUNNING")
AT_ONCE = 2


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="quality")


def _held(backend: GlueBackend, what: str) -> dict[str, Any]:
    """Runs or results by their ids; a reset of moto forgets them with the backend's attributes."""
    held: dict[str, Any] = backend.__dict__.setdefault(f"embedded_quality_{what}", {})
    return held


def _evaluate(backend: GlueBackend, run: dict[str, Any]) -> None:
    """Evaluate a run's rulesets, one result each, and announce the results."""
    if run["Status"] not in GOING:
        return
    begun = time.monotonic()
    run["Status"] = "RUNNING"
    try:
        made = _results(backend, run)
    except Exception as problem:
        log.exception("Data quality run %s failed", run["RunId"])
        run["Status"], run["ErrorString"] = "FAILED", f"{type(problem).__name__}: {problem}"
        made = []
    run["ExecutionTime"] = round(time.monotonic() - begun)
    run["CompletedOn"] = run["LastModifiedOn"] = utcnow()
    if run["Status"] not in GOING:
        return
    for result in made:
        _held(backend, "results")[result["ResultId"]] = result
        run["ResultIds"].append(result["ResultId"])
    run["Status"] = "SUCCEEDED"
    for result in made:
        _announce(backend, run, result)


def _results(backend: GlueBackend, run: dict[str, Any]) -> list[dict[str, Any]]:
    from embedded.cloud.lake import find_table
    from embedded.cloud.objects import Objects

    target = run["DataSource"]["GlueTable"]
    objects = Objects(backend.account_id)
    table = find_table(backend.account_id, backend.region_name, target["DatabaseName"], target["TableName"], objects)
    rows = table.read(objects, table.schema.names)
    with duckdb.connect(config={"enable_external_access": "false", "autoload_known_extensions": "false"}) as connection:
        connection.execute("SET TimeZone='UTC'")
        connection.register("judged", rows)
        return [_result(backend, run, name, connection) for name in run["RulesetNames"]]


def _result(
    backend: GlueBackend, run: dict[str, Any], name: str, connection: duckdb.DuckDBPyConnection
) -> dict[str, Any]:
    begun = utcnow()
    parts = dqdl.rules(rulesets(backend)[name]["Ruleset"])
    outcomes = [_outcome(f"Rule_{number}", each, connection) for number, each in enumerate(parts, 1)]
    passed = sum(each["Result"] == "PASS" for each in outcomes)
    return {
        "ResultId": f"dqresult-{uuid.uuid4().hex}",
        "Score": passed / len(outcomes),
        "DataSource": run["DataSource"],
        "RulesetName": name,
        "StartedOn": begun,
        "CompletedOn": utcnow(),
        "RulesetEvaluationRunId": run["RunId"],
        "RuleResults": outcomes,
    }


def _outcome(name: str, parts: list[str], connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """How a rule came out. One that can't be evaluated is an error, as one on Glue whose column isn't there."""
    from embedded.cloud import dqdl_rules

    outcome = {"Name": name, "Description": dqdl_rules.written(parts)}
    try:
        rule = dqdl_rules.read(parts)
        answer = connection.execute(rule.sql).fetchone()
    except (dqdl_rules.RuleRefusedError, duckdb.Error) as problem:
        return {**outcome, "Result": "ERROR", "EvaluationMessage": str(problem).splitlines()[0]}
    found = float(answer[0]) if answer else 0.0
    measured = {**outcome, "EvaluatedMetrics": {rule.metric: found}}
    if rule.holds(found):
        return {**measured, "Result": "PASS"}
    told = f"Value: {found:g} does not meet the constraint requirement!"
    return {**measured, "Result": "FAIL", "EvaluationMessage": told}


def _announce(backend: GlueBackend, run: dict[str, Any], result: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/glue/latest/dg/data-quality-alerts.html"""
    outcomes = [each["Result"] for each in result["RuleResults"]]
    target = run["DataSource"]["GlueTable"]
    detail = {
        "context": {
            "contextType": "GLUE_DATA_CATALOG",
            "runId": run["RunId"],
            "databaseName": target["DatabaseName"],
            "tableName": target["TableName"],
            "catalogId": backend.account_id,
        },
        "resultID": result["ResultId"],
        "rulesetNames": [result["RulesetName"]],
        "state": "SUCCEEDED" if result["Score"] == 1 else "FAILED",
        "score": result["Score"],
        "rulesSucceeded": outcomes.count("PASS"),
        "rulesFailed": len(outcomes) - outcomes.count("PASS"),
        "rulesSkipped": 0,
    }
    kind = "Data Quality Evaluation Results Available"
    bus.put(backend.account_id, backend.region_name, "aws.glue-dataquality", kind, detail)


class _Evaluation:
    def start_data_quality_ruleset_evaluation_run(self: Any) -> ActionResult:
        given = self.parameters
        target = given["DataSource"].get("GlueTable")
        if target is None or given.get("AdditionalDataSources"):
            told = "The embedded cloud evaluates one GlueTable a run, and no other data source."
            raise InvalidInputException("StartDataQualityRulesetEvaluationRun", told)
        for name in given["RulesetNames"]:
            if name not in rulesets(self.glue_backend):
                raise EntityNotFoundException(f"Data quality ruleset {name} not found")
        # Raises what Glue does where there is no such table.
        self.glue_backend.get_table(target["DatabaseName"], target["TableName"])
        run = {
            "RunId": f"dqrun-{uuid.uuid4().hex}",
            **{name: value for name, value in given.items() if name != "ClientToken"},
            "Status": "STARTING",
            "StartedOn": utcnow(),
            "LastModifiedOn": utcnow(),
            "ExecutionTime": 0,
            "ResultIds": [],
        }
        _held(self.glue_backend, "runs")[run["RunId"]] = run
        _pool().submit(_evaluate, self.glue_backend, run)
        return ActionResult({"RunId": run["RunId"]})

    def get_data_quality_ruleset_evaluation_run(self: Any) -> ActionResult:
        return ActionResult(dict(_found(self, "runs", "RunId")))

    def cancel_data_quality_ruleset_evaluation_run(self: Any) -> EmptyResult:
        run = _found(self, "runs", "RunId")
        if run["Status"] not in GOING:
            told = f"Run {run['RunId']} is {run['Status']} and can't be cancelled"
            raise InvalidInputException("CancelDataQualityRulesetEvaluationRun", told)
        run["Status"] = "STOPPED"
        return EmptyResult()

    def get_data_quality_result(self: Any) -> ActionResult:
        return ActionResult(dict(_found(self, "results", "ResultId")))

    def batch_get_data_quality_result(self: Any) -> ActionResult:
        asked, there = self.parameters["ResultIds"], _held(self.glue_backend, "results")
        found = [there[each] for each in asked if each in there]
        return ActionResult({"Results": found, "ResultsNotFound": [each for each in asked if each not in there]})

    def list_data_quality_ruleset_evaluation_runs(self: Any) -> ActionResult:
        shown = ("RunId", "Status", "StartedOn", "DataSource")
        runs = [{name: run[name] for name in shown} for run in _held(self.glue_backend, "runs").values()]
        return ActionResult({"Runs": runs[::-1]})

    def list_data_quality_results(self: Any) -> ActionResult:
        shown = ("ResultId", "DataSource", "StartedOn")
        results = [{name: each[name] for name in shown} for each in _held(self.glue_backend, "results").values()]
        return ActionResult({"Results": results[::-1]})


def _found(response: Any, what: str, parameter: str) -> dict[str, Any]:
    identifier = response.parameters[parameter]
    held = _held(response.glue_backend, what)
    if identifier not in held:
        raise EntityNotFoundException(f"Data quality {what.removesuffix('s')} {identifier} not found")
    found: dict[str, Any] = held[identifier]
    return found


def install() -> None:
    """Let moto's Glue evaluate rulesets."""
    graft(GlueResponse, _Evaluation)
