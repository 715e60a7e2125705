"""Cases: CloudWatch's dashboards, alarms, metrics of logs and who may write them, and budgets."""

import json

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, allow


def dashboard(*widgets: Props) -> str:
    return json.dumps({"widgets": list(widgets), "periodOverride": "inherit"})


def _tagged(key: str, value: str) -> Props:
    return {"tags": {"key": key, "values": [value]}}


_TEXT: Props = {"type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {"markdown": "# Medallion"}}
_METRICS: Props = {
    "type": "metric",
    "width": 12,
    "height": 6,
    "properties": {
        "region": "eu-central-1",
        "metrics": [
            ["AWS/Lambda", "Errors", "FunctionName", "f", {"stat": "Sum"}],
            ["...", "g"],
            [{"expression": "m1 / 2", "id": "e1"}],
        ],
        "view": "timeSeries",
    },
}

CASES: dict[str, Case] = {
    "aws:cloudwatch/dashboard:Dashboard": Case(
        {"dashboardName": "medallion", "dashboardBody": dashboard(_TEXT, _METRICS)},
        {"dashboardBody": dashboard(_TEXT)},
        {"dashboardName": "other"},
        ("dashboardBody", dashboard({**_TEXT, "properties": {}})),
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Case(
        {
            "alarmName": "the-composite",
            "alarmDescription": "late and failing",
            "alarmRule": 'ALARM("late") AND (ALARM(failing) OR NOT OK("quiet"))',
            "alarmActions": ["$topic.arn"],
            "actionsSuppressor": {"alarm": "maintenance", "extensionPeriod": 60, "waitPeriod": 120},
            **TAGS,
        },
        {
            "alarmRule": "ALARM(late)",
            "alarmDescription": "late",
            "okActions": ["$topic.arn"],
            "actionsSuppressor": {"alarm": "maintenance", "extensionPeriod": 90, "waitPeriod": 120},
            **OTHER_TAGS,
        },
        {"alarmName": "other"},
        ("alarmRule", "ALARM(late) XOR ALARM(failing)"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm of a percentile": Case(
        {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 5,
            "datapointsToAlarm": 3,
            "metricName": "Duration",
            "namespace": "AWS/Lambda",
            "dimensions": {"FunctionName": "f"},
            "period": 60,
            "extendedStatistic": "p99",
            "evaluateLowSampleCountPercentiles": "ignore",
            "unit": "Milliseconds",
            "threshold": 1500,
            "okActions": ["$topic.arn"],
        },
        {"extendedStatistic": "p99.9", "unit": "Seconds", "threshold": 2},
        {"name": "named"},
        ("extendedStatistic", "q99"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm of a trimmed mean": Case(
        {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "Duration",
            "namespace": "AWS/Lambda",
            "period": 60,
            "extendedStatistic": "tm90",
            "threshold": 1500,
        },
        {"extendedStatistic": "IQM"},
        {"name": "named"},
        ("statistic", "Average"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm of many metrics": Case(
        {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "threshold": 5,
            "metricQueries": [
                {
                    "id": "share",
                    "expression": "IF(calls > 0, 100 * errors / calls, 0)",
                    "label": "share of errors",
                    "returnData": True,
                },
                {
                    "id": "errors",
                    "metric": {
                        "metricName": "Errors",
                        "namespace": "AWS/Lambda",
                        "period": 300,
                        "stat": "Sum",
                        "unit": "Count",
                        "dimensions": {"FunctionName": "f"},
                    },
                },
                {
                    "id": "calls",
                    "metric": {"metricName": "Invocations", "namespace": "AWS/Lambda", "period": 300, "stat": "p50"},
                },
            ],
        },
        {"threshold": 10, "treatMissingData": "breaching"},
        {"name": "named"},
        (
            "metricQueries[0].expression",
            [{"id": "share", "expression": "faults / 2", "returnData": True}],
        ),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Case(
        {
            "name": "the-filter",
            "logGroupName": "$logs.name",
            "pattern": '{ $.level = "ERROR" }',
            "metricTransformation": {
                "name": "Errors",
                "namespace": "Medallion",
                "value": "1",
                "defaultValue": "0",
                "unit": "Count",
            },
        },
        {
            "pattern": "ERROR",
            "metricTransformation": {
                "name": "Errors",
                "namespace": "Medallion",
                "value": "$.count",
                "dimensions": {"Job": "$.job"},
            },
        },
        {"name": "other"},
        ("metricTransformation.value", {"name": "n", "namespace": "m", "value": "one"}),
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Case(
        {
            "policyName": "the-policy",
            "policyDocument": allow(
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                "arn:aws:logs:*:*:log-group:/aws/events/*",
                Principal={"Service": "events.amazonaws.com"},
            ),
        },
        {"policyDocument": allow("logs:PutLogEvents", Principal={"Service": "es.amazonaws.com"})},
        {"policyName": "other"},
        ("policyDocument", allow("logs:PutLogEvents")),
    ),
    "aws:budgets/budget:Budget": Case(
        {
            "name": "the-budget",
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "500",
            "limitUnit": "USD",
            "timePeriodStart": "2026-01-01_00:00",
            "costFilters": [{"name": "TagKeyValue", "values": ["user:project$medallion"]}],
            "costTypes": {"includeCredit": False, "includeRefund": False},
            "notifications": [
                {
                    "comparisonOperator": "GREATER_THAN",
                    "notificationType": "ACTUAL",
                    "threshold": 80,
                    "thresholdType": "PERCENTAGE",
                    "subscriberSnsTopicArns": ["$topic.arn"],
                },
                {
                    "comparisonOperator": "GREATER_THAN",
                    "notificationType": "FORECASTED",
                    "threshold": 100,
                    "thresholdType": "PERCENTAGE",
                    "subscriberEmailAddresses": ["a@example.org", "b@example.org"],
                },
            ],
            **TAGS,
        },
        {
            "limitAmount": "750.5",
            "costFilters": [{"name": "TagKeyValue", "values": ["user:project$medallion", "user:stage$dev"]}],
            "notifications": [
                {
                    "comparisonOperator": "GREATER_THAN",
                    "notificationType": "ACTUAL",
                    "threshold": 600,
                    "thresholdType": "ABSOLUTE_VALUE",
                    "subscriberSnsTopicArns": ["$topic2.arn"],
                }
            ],
            **OTHER_TAGS,
        },
        {"name": "other"},
        ("costFilters[0].values", [{"name": "TagKeyValue", "values": ["medallion"]}]),
    ),
    "aws:budgets/budget:Budget of two tags": Case(
        {
            "name": "the-budget",
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "500",
            "limitUnit": "USD",
            "timePeriodStart": "2026-01-01_00:00",
            "metrics": "UnblendedCost",
            "filterExpression": {"ands": [_tagged("project", "medallion"), _tagged("environment", "dev")]},
            **TAGS,
        },
        {
            "metrics": "AmortizedCost",
            "filterExpression": {"ors": [_tagged("environment", "dev"), {"not": _tagged("environment", "prod")}]},
        },
        {"name": "other"},
        ("filterExpression.ands", {"ands": [_tagged("project", "medallion")]}),
    ),
}
