"""What AWS refuses at a first deployment, the provider refuses before: each row changes a valid case by one thing."""

import json
from typing import Any

import pytest

from embedded.provider.timing import cron
from tests.embedded.provider.cases.case import allow
from tests.embedded.provider.harness import Engine
from tests.embedded.provider.refusals import refused, taken

TOPIC_ARN = "arn:aws:sns:eu-central-1:123456789012:case-topic"
ANYONE = {"AWS": "*"}


def _twice(sid: str) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": ANYONE, "Action": "sns:Publish", "Resource": TOPIC_ARN}
    return {"Version": "2012-10-17", "Statement": [statement, statement]}


def _universal(arn: str, input_: str) -> dict[str, Any]:
    return {
        "arn": f"arn:aws:scheduler:::aws-sdk:{arn}",
        "roleArn": "arn:aws:iam::123456789012:role/case-clock",
        "input": input_,
    }


SNS = "aws:sns/topic:Topic"
POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE = "aws:scheduler/schedule:Schedule"
WORKFLOW = "glue:startWorkflowRun"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
PERCENTILE = f"{ALARM} of a percentile"
MANY = f"{ALARM} of many metrics"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TRIGGER = "aws:glue/trigger:Trigger"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
BUDGET = "aws:budgets/budget:Budget"


def _queries(*ids: str, **more: Any) -> list[dict[str, Any]]:
    return [{"id": i, "expression": "1", "returnData": True, **more} for i in ids]


def _widgets(*widgets: Any) -> str:
    return json.dumps({"widgets": list(widgets)})


def _metric(*metrics: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"region": "eu-central-1", "metrics": list(metrics)}}


def _notification(**change: Any) -> dict[str, Any]:
    usual = {
        "comparisonOperator": "GREATER_THAN",
        "notificationType": "ACTUAL",
        "threshold": 80,
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": ["a@example.org"],
    }
    return {**usual, **change}


def _made(**change: Any) -> dict[str, Any]:
    return {"name": "n", "namespace": "m", "value": "1", **change}


ROWS: list[tuple[str, dict[str, Any], str, str]] = [
    (SNS, {"name": "a topic"}, "name", "1 to 256 letters"),
    (SNS, {"name": "topic.fifo"}, "name", "not allowed"),
    (SNS, {"fifoTopic": True}, "name", "disagree"),
    (SNS, {"tracingConfig": "Passive"}, "tracingConfig", "PassThrough"),
    (SNS, {"signatureVersion": 3}, "signatureVersion", "1, 2"),
    (SNS, {"fifoThroughputScope": "Topic"}, "fifoThroughputScope", "FIFO topics only"),
    (f"{SNS} that keeps order", {"tracingConfig": "Active"}, "tracingConfig", "standard topics only"),
    (POLICY, {"policy": "{}"}, "policy", "no Statement"),
    (POLICY, {"policy": allow("sns:CreateTopic", TOPIC_ARN, Principal=ANYONE)}, "policy", "sns:CreateTopic"),
    (POLICY, {"policy": allow("sns:Publish", f"{TOPIC_ARN}-2", Principal=ANYONE)}, "policy", "its own ARN only"),
    (POLICY, {"policy": allow("sns:Publish", TOPIC_ARN)}, "policy", "without a Principal"),
    (POLICY, {"policy": _twice("same")}, "policy", "twice"),
    (SUBSCRIPTION, {"protocol": "smtp"}, "protocol", "sqs"),
    (SUBSCRIPTION, {"protocol": "lambda"}, "endpoint", "a resource of lambda"),
    (SUBSCRIPTION, {"protocol": "firehose"}, "subscriptionRoleArn", "is missing"),
    (SUBSCRIPTION, {"filterPolicy": None}, "filterPolicyScope", "does nothing"),
    (SUBSCRIPTION, {"filterPolicy": "{state"}, "filterPolicy", "is not JSON"),
    (RULE, {"eventPattern": None}, "eventPattern", "needs one of them"),
    (RULE, {"eventPattern": "{}"}, "eventPattern", "matches nothing"),
    (RULE, {"eventPattern": '{"source": [{"begins": "aws"}]}'}, "eventPattern", "prefix"),
    (f"{RULE} of a time", {"eventBusName": "mine"}, "scheduleExpression", "default event bus"),
    (f"{RULE} of a time", {"scheduleExpression": "rate(1 minutes)"}, "scheduleExpression", "rate(1 minute)"),
    (f"{RULE} of a time", {"scheduleExpression": "rate(0 minutes)"}, "scheduleExpression", "from 1"),
    (f"{RULE} of a time", {"scheduleExpression": "at(2040-01-01T00:00:00)"}, "scheduleExpression", "no schedule"),
    (TARGET, {"inputTransformer": {"inputTemplate": '"<job>"'}}, "inputTransformer.inputTemplate", "inputPaths lacks"),
    (TARGET, {"inputTransformer": {"inputTemplate": "bare"}}, "inputTransformer.inputTemplate", "in quotes"),
    (TARGET, {"input": "{}"}, "inputTransformer", "goes not with input"),
    (TARGET, {"arn": "topic"}, "arn", "no ARN"),
    (TARGET, {"deadLetterConfig": {"arn": "arn:aws:sqs:x:1:q.fifo"}}, "deadLetterConfig.arn", "standard queue"),
    (TARGET, {"retryPolicy": {"maximumRetryAttempts": 186}}, "retryPolicy.maximumRetryAttempts", "185"),
    (
        SCHEDULE,
        {"flexibleTimeWindow": {"mode": "OFF", "maximumWindowInMinutes": 5}},
        "flexibleTimeWindow.maximumWindowInMinutes",
        "OFF",
    ),
    (SCHEDULE, {"scheduleExpressionTimezone": "Mars/Phobos"}, "scheduleExpressionTimezone", "IANA"),
    (SCHEDULE, {"scheduleExpression": "at(tomorrow)"}, "scheduleExpression", "no time"),
    (SCHEDULE, {"endDate": "2040-01-01"}, "endDate", "a time in UTC"),
    (SCHEDULE, {"target": _universal("glue", "{}")}, "target.arn", "service:apiAction"),
    (SCHEDULE, {"target": _universal("glue:beginWorkflow", "{}")}, "target.arn", "no action beginWorkflow"),
    (SCHEDULE, {"target": _universal("paste:start", "{}")}, "target.arn", "paste has no action"),
    (SCHEDULE, {"target": _universal(WORKFLOW, "{}")}, "target.input", "lacks Name"),
    (SCHEDULE, {"target": _universal(WORKFLOW, '{"name": "n"}')}, "target.input", "has 'name'"),
    (SCHEDULE, {"target": _universal(WORKFLOW, "Name=n")}, "target.input", "is not JSON"),
    (ALARM, {"metricName": None}, "metricQueries", "so is metricName"),
    (ALARM, {"statistic": None}, "statistic", "is missing"),
    (ALARM, {"namespace": None}, "namespace", "is missing"),
    (ALARM, {"threshold": None}, "threshold", "is missing"),
    (ALARM, {"period": 45}, "period", "a multiple of 60"),
    (ALARM, {"period": 60, "evaluationPeriods": 1441}, "evaluationPeriods", "above CloudWatch's 86400"),
    (ALARM, {"datapointsToAlarm": 2}, "datapointsToAlarm", "above evaluationPeriods"),
    (ALARM, {"treatMissingData": "forget"}, "treatMissingData", "notBreaching"),
    (ALARM, {"evaluateLowSampleCountPercentiles": "ignore"}, "evaluateLowSampleCountPercentiles", "for percentiles"),
    (ALARM, {"unit": "Furlongs"}, "unit", "Seconds"),
    (PERCENTILE, {"extendedStatistic": "p101"}, "extendedStatistic", "such as p99"),
    (MANY, {"period": 60}, "period", "goes not with metricQueries"),
    (MANY, {"metricQueries": _queries("a", "b")}, "metricQueries", "has 2 queries with returnData"),
    (MANY, {"metricQueries": _queries("A")}, "metricQueries[0].id", "lower-case letter"),
    (MANY, {"metricQueries": [{"id": "a", "returnData": True}]}, "metricQueries[0].expression", "is missing"),
    (COMPOSITE, {"alarmRule": "ALARM(late) AND"}, "alarmRule", "no expression"),
    (COMPOSITE, {"alarmRule": "late"}, "alarmRule", "has 'late'"),
    (COMPOSITE, {"alarmRule": "AT_LEAST(2, LATE, (a, b))"}, "alarmRule", "AT_LEAST()"),
    (COMPOSITE, {"alarmRule": " OR ".join(f"ALARM(a{n})" for n in range(101))}, "alarmRule", "most of 100"),
    (DASHBOARD, {"dashboardBody": "{"}, "dashboardBody", "is not JSON"),
    (DASHBOARD, {"dashboardBody": "{}"}, "dashboardBody", "no list of widgets"),
    (DASHBOARD, {"dashboardBody": _widgets({"type": "pie"})}, "dashboardBody", "type 'pie'"),
    (DASHBOARD, {"dashboardBody": _widgets({**_metric(["a", "b"]), "width": 25})}, "dashboardBody", "from 1 to 24"),
    (DASHBOARD, {"dashboardBody": _widgets(_metric())}, "dashboardBody", "lacks metrics"),
    (DASHBOARD, {"dashboardBody": _widgets(_metric(["a", "b", "c"]))}, "dashboardBody", "pairs of dimension"),
    (DASHBOARD, {"dashboardName": "a board"}, "dashboardName", "1 to 255"),
    (FILTER, {"pattern": "{ $.level = ERROR"}, "pattern", "does not end in }"),
    (FILTER, {"metricTransformation": _made(dimensions={"a": "b"})}, "metricTransformation.dimensions.a", "no field"),
    (
        FILTER,
        {"metricTransformation": _made(dimensions={"a": "$.b"}, defaultValue="0")},
        "metricTransformation.defaultValue",
        "goes not with dimensions",
    ),
    (TRIGGER, {"actions": [{"jobName": "conform"}]}, "predicate.conditions", "which the actions start"),
    (LOG_POLICY, {"policyName": None}, "policyName", "is missing"),
    (BUDGET, {"limitAmount": None}, "limitAmount", "is missing"),
    (f"{BUDGET} of two tags", {"costTypes": {"includeTax": False}}, "metrics", "goes not with costTypes"),
    (f"{BUDGET} of two tags", {"metrics": None}, "metrics", "need each other"),
    (f"{BUDGET} of two tags", {"metrics": "Cost"}, "metrics", "UnblendedCost"),
    (BUDGET, {"timePeriodEnd": "2025-01-01_00:00"}, "timePeriodEnd", "is not after"),
    (BUDGET, {"timePeriodStart": "2026-01-01"}, "timePeriodStart", "a time such as"),
    (BUDGET, {"notifications": [_notification()] * 11}, "notifications", "most of 10"),
    (BUDGET, {"notifications": [_notification(subscriberEmailAddresses=[])]}, "notifications[0]", "no subscriber"),
    (
        BUDGET,
        {"notifications": [_notification(subscriberSnsTopicArns=["arn:aws:sns:a", "arn:aws:sns:b"])]},
        "notifications[0].subscriberSnsTopicArns",
        "more than one topic",
    ),
    (
        BUDGET,
        {"notifications": [_notification(notificationType="GUESSED")]},
        "notifications[0].notificationType",
        "FORECASTED",
    ),
]


@pytest.mark.parametrize(("title", "change", "path", "reason"), ROWS)
def test_what_aws_would_refuse_is_refused_at_the_check(
    configured: Engine, title: str, change: dict[str, Any], path: str, reason: str
) -> None:
    refused(configured, title, change, path, reason)


TAKEN: list[tuple[str, dict[str, Any]]] = [
    (TARGET, {"inputTransformer": {"inputPaths": {"all": "$.detail"}, "inputTemplate": "<all>"}}),
    (TARGET, {"inputTransformer": {"inputPaths": {"awsRegion": "$.region"}, "inputTemplate": '"<awsRegion>"'}}),
    (COMPOSITE, {"alarmRule": "AT_LEAST(2, ALARM, (late, slow, full)) OR ALARM(broken)"}),
    (COMPOSITE, {"alarmRule": 'AT_LEAST(60%, NOT OK, ("late", "slow"))'}),
    (DASHBOARD, {"dashboardBody": _widgets({"type": "custom", "properties": {"endpoint": "arn", "title": "t"}})}),
    (DASHBOARD, {"dashboardBody": _widgets({"type": "chart", "properties": {}})}),
    (
        "aws:datazone/environmentBlueprintConfiguration:EnvironmentBlueprintConfiguration",
        {"regionalParameters": None, "provisioningRoleArn": None, "manageAccessRoleArn": None},
    ),
    ("aws:lb/listener:Listener", {"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07"}),
]


@pytest.mark.parametrize(("title", "change"), TAKEN)
def test_what_aws_would_take_is_taken(configured: Engine, title: str, change: dict[str, Any]) -> None:
    taken(configured, title, change)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("0 3 * * ? *", ""),
        ("0/15 8-18 ? * MON-FRI *", ""),
        ("30 10 L * ? 2030", ""),
        ("0 0 ? JAN,JUL 6#3 *", ""),
        ("0 3 * * *", "has 5 fields"),
        ("60 3 * * ? *", "for the minutes"),
        ("0 24 * * ? *", "for the hours"),
        ("0 3 * * * *", "exactly one of day-of-month and day-of-week"),
        ("0 3 ? * ? *", "exactly one of day-of-month and day-of-week"),
        ("0 3 ? * XYZ *", "for the day-of-week"),
    ],
)
def test_a_cron_expression_is_read_as_aws_reads_it(fields: str, fault: str) -> None:
    assert (fault in cron(fields)) if fault else not cron(fields)


def test_a_schedule_is_refused_whose_role_scheduler_may_not_assume(engine: Engine) -> None:
    world_role = engine.make(
        "aws:iam/role:Role",
        {"name": "other", "assumeRolePolicy": json.dumps(allow("sts:AssumeRole", Principal={"Service": "x"}))},
    )
    wanted = {
        "name": "night",
        "scheduleExpression": "rate(1 day)",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {"arn": TOPIC_ARN, "roleArn": world_role.outputs["arn"]},
    }
    with pytest.raises(RuntimeError, match=r"does not trust scheduler\.amazonaws\.com"):
        engine.make(SCHEDULE, wanted)
    wanted["target"] = {"arn": TOPIC_ARN, "roleArn": "arn:aws:iam::123456789012:role/nobody"}
    with pytest.raises(RuntimeError, match="there is no role"):
        engine.make(SCHEDULE, wanted)


def test_a_subscription_by_mail_waits_to_be_confirmed(engine: Engine) -> None:
    topic = engine.make(SNS, {"name": "t"})
    given = {"topic": topic.id, "protocol": "email", "endpoint": "someone@example.org"}
    assert engine.make(SUBSCRIPTION, given).outputs["pendingConfirmation"] is True


def test_a_topic_gets_its_first_policy_back_when_its_own_is_taken_away(engine: Engine) -> None:
    topic = engine.make(SNS, {"name": "case-topic"})
    policy = engine.make(POLICY, {"arn": topic.id, "policy": allow("sns:Publish", topic.id, Principal=ANYONE)})
    policy.delete()
    held = engine.provider.resources.cloud.client("sns").get_topic_attributes(TopicArn=topic.id)["Attributes"]
    assert json.loads(held["Policy"])["Id"] == "__default_policy_ID"
