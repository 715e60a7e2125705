"""Glue job (Python shell): have a layer's data quality rulesets evaluated, keep the results, fail where a rule fails.

A workflow that has this job between two layers stops before the second. Every rule of a contract is mandatory.
Python 3.9 and boto3 alone are there: https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timezone
from typing import Any
from urllib.parse import urlsplit

import boto3

UNDER_WAY = ("STARTING", "RUNNING", "STOPPING")
SECONDS_BETWEEN_LOOKS = 2.0
WORKERS = 2
"""As few as a Spark job of Glue's can have; left out, a run has 5, and each is paid for:
https://docs.aws.amazon.com/glue/latest/webapi/API_StartDataQualityRulesetEvaluationRun.html"""


class QualityError(Exception):
    """Rules failed, or could not be evaluated; the text has each with its table and what was measured."""


def run(glue: Any, s3: Any, args: argparse.Namespace, wait: Callable[[float], None] = time.sleep) -> None:
    """Evaluate all rulesets side by side. Raises QualityError, once every result is kept, with all that failed."""
    started = {name: start(glue, args, name) for name in args.rulesets.split(",")}
    faults: list[str] = []
    for ruleset, run_id in started.items():
        ended = finished(glue, run_id, wait)
        if ended["Status"] != "SUCCEEDED":
            faults.append(f"ruleset {ruleset}: run {run_id} is {ended['Status']}: {ended.get('ErrorString', '')}")
            continue
        table = ended["DataSource"]["GlueTable"]["TableName"]
        for result_id in ended["ResultIds"]:
            outcomes = keep(s3, args, table, glue.get_data_quality_result(ResultId=result_id))
            faults += [told(each) for each in outcomes if each["outcome"] != "PASS"]
    if faults:
        raise QualityError(f"{len(faults)} data quality rule(s) of layer {args.layer} do not hold: {'; '.join(faults)}")


def start(glue: Any, args: argparse.Namespace, ruleset: str) -> str:
    """Start the evaluation of a ruleset on its table; the run's id."""
    target = glue.get_data_quality_ruleset(Name=ruleset)["TargetTable"]
    table = {name: target[name] for name in ("DatabaseName", "TableName")}
    answer = glue.start_data_quality_ruleset_evaluation_run(
        DataSource={"GlueTable": table}, Role=args.role, RulesetNames=[ruleset], NumberOfWorkers=WORKERS
    )
    log("INFO", "evaluation_started", ruleset=ruleset, run=answer["RunId"], **table)
    return str(answer["RunId"])


def finished(glue: Any, run_id: str, wait: Callable[[float], None]) -> dict[str, Any]:
    """A run once it has ended, well or not."""
    while True:
        found: dict[str, Any] = glue.get_data_quality_ruleset_evaluation_run(RunId=run_id)
        if found["Status"] not in UNDER_WAY:
            return found
        wait(SECONDS_BETWEEN_LOOKS)


def keep(s3: Any, args: argparse.Namespace, table: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a result where the results' table reads it, a line a rule; the lines."""
    lines = [
        {
            # The JSON SerDe reads no other form of a timestamp.
            "evaluated_at": f"{result['CompletedOn'].astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}",  # noqa: UP017 - 3.9
            "layer": args.layer,
            "dataset": table,
            "rule": rule["Description"],
            "outcome": rule["Result"],
            "measured": next(iter(rule.get("EvaluatedMetrics", {}).values()), None),
            "message": rule.get("EvaluationMessage"),
            "ruleset": result["RulesetName"],
            "evaluation_run": result["RulesetEvaluationRunId"],
            "workflow_run": args.WORKFLOW_RUN_ID,
        }
        for rule in result["RuleResults"]
    ]
    place = urlsplit(args.results)
    s3.put_object(
        Bucket=place.netloc,
        Key=f"{place.path.lstrip('/')}{args.layer}/{table}-{result['ResultId']}.jsonl",
        Body="".join(json.dumps(line) + "\n" for line in lines).encode(),
    )
    passed = sum(line["outcome"] == "PASS" for line in lines)
    log("INFO", "evaluated", dataset=table, rules=len(lines), passed=passed)
    return lines


def told(line: dict[str, Any]) -> str:
    """What of a rule does not hold."""
    return f"{line['dataset']}: {line['rule']} is {line['outcome']}: {line['message'] or 'no reason was given'}"


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments, as Glue passes them: `--name value`. Glue adds more for itself; those are ignored."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("JOB_NAME", "layer", "rulesets", "role", "results"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--WORKFLOW_RUN_ID", default=None)
    return parser.parse_known_args(argv[1:])[0]


def log(level: str, event: str, **details: Any) -> None:
    """One line of JSON on stdout, which Glue hands on to CloudWatch Logs."""
    print(json.dumps({"level": level, "event": event, **details}, default=str), flush=True)


if __name__ == "__main__":
    run(boto3.client("glue"), boto3.client("s3"), arguments(sys.argv))
