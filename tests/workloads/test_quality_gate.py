import json
from datetime import UTC, datetime
from typing import Any

import pytest

from workloads.jobs import quality_gate

ARGV = (
    *("quality_gate.py", "--JOB_RUN_ID", "jr_1", "--JOB_NAME", "medallion-dev-quality-intermediate"),
    *("--layer", "intermediate", "--rulesets", "dev-flights,dev-planes", "--role", "arn:role/judge"),
    *("--results", "s3://results/quality_results/", "--WORKFLOW_RUN_ID", "wr_1", "--TempDir", "s3://b/_scratch/"),
)
PASS = {"Name": "Rule_1", "Description": "RowCount > 0", "Result": "PASS", "EvaluatedMetrics": {"RowCount": 2.0}}
FAIL = {
    "Name": "Rule_2",
    "Description": 'IsComplete "dest"',
    "Result": "FAIL",
    "EvaluatedMetrics": {"Completeness": 0.5},
    "EvaluationMessage": "Value: 0.5 does not meet the constraint requirement!",
}
ERROR = {"Name": "Rule_3", "Description": 'IsComplete "x"', "Result": "ERROR", "EvaluationMessage": "no column x"}


class Glue:
    """Glue whose runs end in a state, with these outcomes for each table."""

    def __init__(self, outcomes: dict[str, list[dict[str, Any]]], **states: str) -> None:
        self.outcomes, self.states = outcomes, states
        self.asked: list[dict[str, Any]] = []
        self.looks = 0

    def get_data_quality_ruleset(self, Name: str) -> dict[str, Any]:  # noqa: N803 (the name is AWS's)
        table = Name.removeprefix("dev-")
        return {"TargetTable": {"DatabaseName": "dev_intermediate", "TableName": table, "CatalogId": "1"}}

    def start_data_quality_ruleset_evaluation_run(self, **given: Any) -> dict[str, Any]:
        self.asked.append(given)
        return {"RunId": f"run-{given['DataSource']['GlueTable']['TableName']}"}

    def get_data_quality_ruleset_evaluation_run(self, RunId: str) -> dict[str, Any]:  # noqa: N803
        self.looks += 1
        table = RunId.removeprefix("run-")
        ended = self.states.get(table, "SUCCEEDED")
        return {
            "Status": "RUNNING" if self.looks == 1 else ended,
            "ErrorString": "no such table" if ended == "FAILED" else "",
            "DataSource": {"GlueTable": {"TableName": table}},
            "ResultIds": [table],
        }

    def get_data_quality_result(self, ResultId: str) -> dict[str, Any]:  # noqa: N803
        return {
            "ResultId": ResultId,
            "RulesetName": f"dev-{ResultId}",
            "RulesetEvaluationRunId": f"run-{ResultId}",
            "CompletedOn": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "RuleResults": self.outcomes.get(ResultId, [PASS]),
        }


class S3:
    """Keeps what is put."""

    def __init__(self) -> None:
        self.put: dict[str, list[dict[str, Any]]] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        assert Bucket == "results"
        self.put[Key] = [json.loads(line) for line in Body.decode().splitlines()]


def run(glue: Glue) -> tuple[S3, list[float]]:
    s3, waited = S3(), list[float]()
    quality_gate.run(glue, s3, quality_gate.arguments(ARGV), waited.append)
    return s3, waited


def test_every_ruleset_is_evaluated_on_its_table_by_the_role_that_is_there_for_it() -> None:
    glue = Glue({})
    _, waited = run(glue)
    assert [(each["RulesetNames"], each["Role"]) for each in glue.asked] == [
        (["dev-flights"], "arn:role/judge"),
        (["dev-planes"], "arn:role/judge"),
    ]
    assert glue.asked[0]["DataSource"] == {"GlueTable": {"DatabaseName": "dev_intermediate", "TableName": "flights"}}
    assert waited == [quality_gate.SECONDS_BETWEEN_LOOKS]


def test_the_outcome_of_every_rule_is_kept_with_its_runs() -> None:
    s3, _ = run(Glue({}))
    assert list(s3.put) == [
        "quality_results/intermediate/flights-flights.jsonl",
        "quality_results/intermediate/planes-planes.jsonl",
    ]
    assert s3.put["quality_results/intermediate/flights-flights.jsonl"] == [
        {
            "evaluated_at": "2026-01-02 03:04:05",
            "layer": "intermediate",
            "dataset": "flights",
            "rule": "RowCount > 0",
            "outcome": "PASS",
            "measured": 2.0,
            "message": None,
            "ruleset": "dev-flights",
            "evaluation_run": "run-flights",
            "workflow_run": "wr_1",
        }
    ]


def test_all_rules_that_fail_are_told_at_once_after_every_result_is_kept() -> None:
    glue, s3 = Glue({"flights": [PASS, FAIL], "planes": [ERROR]}), S3()
    with pytest.raises(quality_gate.QualityError) as told:
        quality_gate.run(glue, s3, quality_gate.arguments(ARGV), lambda _: None)
    assert str(told.value) == (
        "2 data quality rule(s) of layer intermediate do not hold: "
        'flights: IsComplete "dest" is FAIL: Value: 0.5 does not meet the constraint requirement!; '
        'planes: IsComplete "x" is ERROR: no column x'
    )
    assert [len(lines) for lines in s3.put.values()] == [2, 1]


def test_a_run_that_fails_is_no_pass_and_the_others_are_kept_all_the_same() -> None:
    glue, s3 = Glue({}, flights="FAILED"), S3()
    with pytest.raises(
        quality_gate.QualityError, match="ruleset dev-flights: run run-flights is FAILED: no such table"
    ):
        quality_gate.run(glue, s3, quality_gate.arguments(ARGV), lambda _: None)
    assert list(s3.put) == ["quality_results/intermediate/planes-planes.jsonl"]


def test_the_table_of_results_has_a_column_for_all_that_is_kept_of_a_rule() -> None:
    from components.quality import COLUMNS

    s3, _ = run(Glue({}))
    (line, *_rest), *_others = s3.put.values()
    assert list(line) == [name for name, _, _ in COLUMNS]
