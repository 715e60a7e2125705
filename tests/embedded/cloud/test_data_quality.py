"""Glue Data Quality: what the rules of a ruleset measure on real rows, and who is told of it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.embedded.cloud.clients import REGION, Aws, eventually, unique
from tests.embedded.cloud.test_athena import Lake

ROWS = [
    {"id": 1, "origin": "JFK", "delay": 4.5, "at": "2013-01-01 06:00:00", "tail": "N14228"},
    {"id": 2, "origin": "EWR", "delay": -3.0, "at": "2013-07-01 06:00:00", "tail": None},
    {"id": 3, "origin": "LGA", "delay": None, "at": "2013-12-31 23:00:00", "tail": "N24211"},
    {"id": 3, "origin": "BOS", "delay": 90.0, "at": "2014-01-01 00:00:00", "tail": "n1"},
]
COLUMNS = [("id", "bigint"), ("origin", "string"), ("delay", "double"), ("at", "timestamp"), ("tail", "string")]


@pytest.fixture(scope="module")
def lake(aws: Aws) -> Lake:
    lake = Lake(aws)
    aws.put(lake.bucket, "some/1.jsonl", "\n".join(map(json.dumps, ROWS)))
    lake.table("some", COLUMNS, "org.openx.data.jsonserde.JsonSerDe")
    return lake


def ruleset(lake: Lake, *rules: str) -> str:
    name = unique()
    text = f"Rules = [ {', '.join(rules)} ]"
    table = {"DatabaseName": lake.database, "TableName": "some"}
    lake.aws.client("glue").create_data_quality_ruleset(Name=name, Ruleset=text, TargetTable=table)
    return name


def evaluate(lake: Lake, *names: str, table: str = "some") -> dict[str, Any]:
    glue = lake.aws.client("glue")
    run_id = glue.start_data_quality_ruleset_evaluation_run(
        DataSource={"GlueTable": {"DatabaseName": lake.database, "TableName": table}},
        Role=lake.aws.role(),
        RulesetNames=list(names),
    )["RunId"]

    def ended() -> dict[str, Any]:
        run: dict[str, Any] = glue.get_data_quality_ruleset_evaluation_run(RunId=run_id)
        return run if run["Status"] not in ("STARTING", "RUNNING") else {}

    return eventually(ended, 30)


def outcomes(lake: Lake, *rules: str) -> list[dict[str, Any]]:
    run = evaluate(lake, ruleset(lake, *rules))
    assert run["Status"] == "SUCCEEDED", run
    (result,) = run["ResultIds"]
    found: list[dict[str, Any]] = lake.aws.client("glue").get_data_quality_result(ResultId=result)["RuleResults"]
    return found


@pytest.mark.parametrize(
    ("rule", "measured", "outcome"),
    [
        ("RowCount > 3", 4, "PASS"),
        ("RowCount > 4", 4, "FAIL"),
        ("RowCount = 1 where \"origin = 'JFK'\"", 1, "PASS"),
        ('IsPrimaryKey "id"', 0.75, "FAIL"),
        ('IsPrimaryKey "id" "origin"', 1, "PASS"),
        ('IsPrimaryKey "tail"', 0.75, "FAIL"),
        ('IsComplete "origin"', 1, "PASS"),
        ('IsComplete "tail"', 0.75, "FAIL"),
        ('Completeness "tail" >= 0.7', 0.75, "PASS"),
        ('Completeness "tail" > 0.75', 0.75, "FAIL"),
        ('ColumnValues "origin" in ["JFK", "EWR", "LGA"]', 0.75, "FAIL"),
        ('ColumnValues "origin" not in ["SFO", "LAX"]', 1, "PASS"),
        ('ColumnValues "id" in [1, 2, 3]', 1, "PASS"),
        ('ColumnValues "delay" >= -5', 0.75, "FAIL"),
        ('ColumnValues "delay" >= -5 where "delay is not null"', 1, "PASS"),
        ('ColumnValues "delay" != 90.0', 0.75, "FAIL"),
        ('ColumnValues "at" <= "2013-12-31T23:00:00Z"', 0.75, "FAIL"),
        ('ColumnValues "at" >= "2013-01-01T06:00:00Z"', 1, "PASS"),
        ('ColumnValues "tail" matches "^[0-9A-Z]{2,6}$" where "tail is not null"', 2 / 3, "FAIL"),
        ('ColumnValues "origin" matches "^[A-Z]{3}$"', 1, "PASS"),
        ('ColumnLength "origin" = 3', 1, "PASS"),
        ('ColumnLength "tail" >= 2', 0.75, "FAIL"),
        ('RowCount = 0 where "id > 3"', 0, "PASS"),
        ('IsComplete "tail" where "id > 3"', 1, "PASS"),
    ],
)
def test_a_rule_measures_its_rows(lake: Lake, rule: str, measured: float, outcome: str) -> None:
    (found,) = outcomes(lake, rule)
    assert found["Result"] == outcome
    assert found["Description"] == rule
    assert list(found["EvaluatedMetrics"].values()) == [pytest.approx(measured)]
    told = f"Value: {measured:g} does not meet the constraint requirement!"
    assert found.get("EvaluationMessage") == (told if outcome == "FAIL" else None)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ('IsComplete "gate"', "gate"),
        ('ColumnValues "at" > (now() - 3 days)', "does not evaluate a rule of this form"),
    ],
)
def test_a_rule_that_can_t_be_evaluated_is_an_error_that_says_why(lake: Lake, rule: str, told: str) -> None:
    bad, good = outcomes(lake, rule, "RowCount > 0")
    assert (bad["Result"], good["Result"]) == ("ERROR", "PASS")
    assert told in bad["EvaluationMessage"]


def test_the_score_is_the_share_of_rules_that_hold_and_each_ruleset_has_its_result(lake: Lake) -> None:
    half, whole = ruleset(lake, "RowCount > 0", "RowCount > 9"), ruleset(lake, "RowCount > 0")
    run = evaluate(lake, half, whole)
    results = lake.aws.client("glue").batch_get_data_quality_result(ResultIds=[*run["ResultIds"], "none"])
    assert {each["RulesetName"]: each["Score"] for each in results["Results"]} == {half: 0.5, whole: 1.0}
    assert results["ResultsNotFound"] == ["none"]


def test_a_table_that_can_t_be_read_fails_the_run_with_the_reason(lake: Lake) -> None:
    lake.table("strange", COLUMNS, "org.example.UnheardOfSerDe")
    run = evaluate(lake, ruleset(lake, "RowCount > 0"), table="strange")
    assert run["Status"] == "FAILED"
    assert "org.example.UnheardOfSerDe" in run["ErrorString"]
    assert run["ResultIds"] == []


def test_a_ruleset_or_table_that_is_not_there_is_refused(lake: Lake) -> None:
    with pytest.raises(ClientError, match="Data quality ruleset nobody not found"):
        evaluate(lake, "nobody")
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        evaluate(lake, ruleset(lake, "RowCount > 0"), table="nothing")


def test_a_result_with_a_rule_that_fails_is_told_to_the_topic_of_a_rule_on_the_bus(lake: Lake) -> None:
    aws = lake.aws
    topic = aws.client("sns").create_topic(Name=unique())["TopicArn"]
    url, arn = aws.queue()
    attributes = {"RawMessageDelivery": "true"}
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    events, rule = aws.client("events"), unique()
    detail = {"context": {"databaseName": [lake.database]}, "state": ["FAILED"]}
    pattern = {"detail-type": ["Data Quality Evaluation Results Available"], "detail": detail}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    transformer = {
        "InputPathsMap": {"table": "$.detail.context.tableName", "score": "$.detail.score", "none": "$.detail.none"},
        "InputTemplate": '"Table <table> has the score <score><none>."',
    }
    events.put_targets(Rule=rule, Targets=[{"Id": "topic", "Arn": topic, "InputTransformer": transformer}])
    evaluate(lake, ruleset(lake, "RowCount > 0"))
    evaluate(lake, ruleset(lake, "RowCount > 0", "RowCount > 9"))
    assert eventually(lambda: aws.messages(url)) == ["Table some has the score 0.5."]


def test_a_topic_gets_the_whole_event_where_nothing_transforms_it(aws: Aws) -> None:
    topic = aws.client("sns").create_topic(Name=unique())["TopicArn"]
    url, arn = aws.queue()
    attributes = {"RawMessageDelivery": "true"}
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    events, rule, source = aws.client("events"), unique(), unique()
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "topic", "Arn": topic}])
    entry = {"Source": source, "DetailType": "said", "Detail": json.dumps({"what": 'a "word"'})}
    events.put_events(Entries=[entry])
    (event,) = eventually(lambda: aws.messages(url))
    assert (event["source"], event["region"], event["detail"]) == (source, REGION, {"what": 'a "word"'})
    assert event["time"].endswith("Z")
