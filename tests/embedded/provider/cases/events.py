"""Cases: SNS, EventBridge and its Scheduler."""

import json

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, allow

_PUBLISH = allow("sns:Publish", "$topic.arn", Principal={"Service": "cloudwatch.amazonaws.com"})

CASES: dict[str, Case] = {
    "aws:sns/topic:Topic": Case(
        {
            "name": "the-topic",
            "displayName": "alarms",
            "kmsMasterKeyId": "$key.id",
            "signatureVersion": 2,
            "tracingConfig": "Active",
            "sqsFailureFeedbackRoleArn": "$role.arn",
            "sqsSuccessFeedbackRoleArn": "$role.arn",
            "sqsSuccessFeedbackSampleRate": 50,
            **TAGS,
        },
        {
            "displayName": "faults",
            "kmsMasterKeyId": "alias/aws/sns",
            "tracingConfig": "PassThrough",
            "sqsFailureFeedbackRoleArn": None,
            "maximumMessageSize": 524288,
            **OTHER_TAGS,
        },
        {"name": "the-other-topic"},
        ("sqsSuccessFeedbackSampleRate", 101),
    ),
    "aws:sns/topic:Topic that keeps order": Case(
        {"name": "the-topic.fifo", "fifoTopic": True, "contentBasedDeduplication": True},
        {"contentBasedDeduplication": False, "fifoThroughputScope": "MessageGroup"},
        {"name": "other.fifo"},
        ("name", "the-topic"),
    ),
    "aws:sns/topic:Topic with a policy": Case(
        {"name": "the-topic", "policy": json.dumps(_PUBLISH)},
        {"policy": json.dumps(allow("sns:Subscribe", "$topic.arn", Principal={"AWS": "*"}))},
        {"name": "other"},
        ("contentBasedDeduplication", True),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Case(
        {"arn": "$topic.arn", "policy": _PUBLISH},
        {"policy": allow(["sns:Publish", "sns:Subscribe"], "$topic.arn", Principal={"AWS": "123456789012"})},
        {"arn": "$topic2.arn", "policy": allow("sns:Publish", "$topic2.arn", Principal={"AWS": "*"})},
        ("policy", allow("sqs:SendMessage", "$topic.arn", Principal={"AWS": "*"})),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Case(
        {
            "topic": "$topic.arn",
            "protocol": "sqs",
            "endpoint": "$queue.arn",
            "filterPolicy": '{"state": ["ALARM"]}',
            "filterPolicyScope": "MessageBody",
            "redrivePolicy": '{"deadLetterTargetArn": "$queue2.arn"}',
        },
        {"filterPolicy": '{"state": ["ALARM", "OK"]}', "redrivePolicy": None, "rawMessageDelivery": True},
        {"endpoint": "$queue2.arn"},
        ("endpoint", "someone@example.org"),
    ),
    "aws:sns/topicSubscription:TopicSubscription by mail": Case(
        {"topic": "$topic.arn", "protocol": "email", "endpoint": "someone@example.org"},
        {"filterPolicy": '{"state": ["ALARM"]}'},
        {"protocol": "email-json"},
        ("rawMessageDelivery", True),
    ),
    "aws:cloudwatch/eventRule:EventRule": Case(
        {
            "name": "the-rule",
            "description": "failed jobs",
            "eventPattern": '{"source": ["aws.glue"], "detail": {"state": ["FAILED", {"prefix": "TIME"}]}}',
            **TAGS,
        },
        {
            "eventPattern": '{"source": ["aws.glue"], "detail": {"state": ["FAILED"]}}',
            "description": None,
            "state": "DISABLED",
            **OTHER_TAGS,
        },
        {"name": "the-other-rule"},
        ("eventPattern", '{"source": "aws.glue"}'),
    ),
    "aws:cloudwatch/eventRule:EventRule of a time": Case(
        {"scheduleExpression": "cron(0 3 * * ? *)"},
        {"scheduleExpression": "rate(5 minutes)", "roleArn": "$role.arn"},
        {"name": "named"},
        ("scheduleExpression", "cron(0 3 * * * *)"),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Case(
        {
            "rule": "$rule.name",
            "targetId": "topic",
            "arn": "$topic.arn",
            "inputTransformer": {
                "inputPaths": {"job": "$.detail.jobName", "state": "$.detail.state"},
                "inputTemplate": '"<job> is <state>, said <aws.events.rule-name>"',
            },
            "deadLetterConfig": {"arn": "$queue.arn"},
            "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 5},
        },
        {
            "arn": "$topic2.arn",
            "inputTransformer": None,
            "input": '{"said": "something failed"}',
            "deadLetterConfig": None,
            "retryPolicy": {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 0},
        },
        {"rule": "$rule2.name"},
        ("retryPolicy.maximumEventAgeInSeconds", {"maximumEventAgeInSeconds": 59}),
    ),
    "aws:cloudwatch/eventTarget:EventTarget that is a workflow": Case(
        {
            "rule": "$rule.name",
            "arn": "arn:aws:glue:eu-central-1:123456789012:workflow/w",
            "roleArn": "$role.arn",
        },
        {"roleArn": "$role2.arn"},
        {"targetId": "named"},
        ("roleArn", None),
    ),
    "aws:cloudwatch/eventTarget:EventTarget that is a queue in order": Case(
        {
            "rule": "$rule.name",
            "targetId": "queue",
            "arn": "arn:aws:sqs:eu-central-1:123456789012:q.fifo",
            "sqsTarget": {"messageGroupId": "all"},
            "inputPath": "$.detail",
        },
        {"sqsTarget": {"messageGroupId": "some"}},
        {"targetId": "named"},
        ("sqsTarget", None),
    ),
    "aws:cloudwatch/eventTarget:EventTarget that is a mutation": Case(
        {
            "rule": "$rule.name",
            "targetId": "graphql",
            "arn": "arn:aws:appsync:eu-central-1:123456789012:endpoints/graphql-api/a",
            "roleArn": "$role.arn",
            "appsyncTarget": {"graphqlOperation": "mutation Publish($at: String!) { publish(at: $at) { at } }"},
            "inputTransformer": {"inputPaths": {"at": "$.time"}, "inputTemplate": '{"at": <at>}'},
        },
        {"roleArn": "$role2.arn"},
        {"targetId": "named"},
        ("roleArn", None),
    ),
    "aws:cloudwatch/eventTarget:EventTarget that is a function": Case(
        {"rule": "$rule.name", "targetId": "function", "arn": "$function.arn"},
        {"input": '{"a": 1}'},
        {"targetId": "named"},
        ("deadLetterConfig.arn", {"arn": "$topic.arn"}),
    ),
    "aws:scheduler/schedule:Schedule": Case(
        {
            "name": "the-schedule",
            "groupName": "$times.name",
            "description": "each night",
            "scheduleExpression": "cron(0 3 * * ? *)",
            "scheduleExpressionTimezone": "Europe/Berlin",
            "flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15},
            "kmsKeyArn": "$key.arn",
            "endDate": "2040-01-01T00:00:00Z",
            "target": {
                "arn": "arn:aws:scheduler:::aws-sdk:glue:startWorkflowRun",
                "roleArn": "$clock.arn",
                "input": '{"Name": "nightly"}',
                "deadLetterConfig": {"arn": "$queue.arn"},
                "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 3},
            },
        },
        {
            "scheduleExpression": "rate(12 hours)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "state": "DISABLED",
            "kmsKeyArn": "$key2.arn",
            "description": None,
            "actionAfterCompletion": "DELETE",
        },
        {"groupName": "default"},
        ("target.arn", {"arn": "arn:aws:scheduler:::aws-sdk:glue:getWorkflowRun", "roleArn": "$clock.arn"}),
    ),
    "aws:scheduler/schedule:Schedule of one time": Case(
        {
            "scheduleExpression": "at(2040-12-31T23:59:00)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": {"arn": "$function.arn", "roleArn": "$clock.arn"},
        },
        {"scheduleExpressionTimezone": "Asia/Tokyo"},
        {"name": "named"},
        ("flexibleTimeWindow.maximumWindowInMinutes", {"mode": "FLEXIBLE"}),
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Case(
        {"name": "the-times", **TAGS}, OTHER_TAGS, {"name": "other"}, ("name", "a b")
    ),
}
