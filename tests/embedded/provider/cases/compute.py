"""Cases: Lambda, SQS, Kinesis, EMR, API Gateway, and what watches them."""

import json

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, allow, archive, openapi

CASES: dict[str, Case] = {
    "aws:sqs/queue:Queue": Case(
        {"name": "the-queue", "visibilityTimeoutSeconds": 60, "kmsMasterKeyId": "$key.id", **TAGS},
        {
            "visibilityTimeoutSeconds": 90,
            "redrivePolicy": '{"deadLetterTargetArn": "$queue.arn", "maxReceiveCount": 3}',
            "receiveWaitTimeSeconds": 20,
            **OTHER_TAGS,
        },
        {"name": "the-other-queue"},
        ("visibilityTimeoutSeconds", 50000),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Case(
        {"queueUrl": "$queue.id", "policy": allow("sqs:SendMessage", "$queue.arn", Principal="*")},
        {"policy": allow("sqs:ReceiveMessage", "$queue.arn", Principal="*")},
        {"queueUrl": "$queue2.id"},
        ("queueUrl", None),
    ),
    "aws:lambda/function:Function": Case(
        {
            "name": "the-function",
            "role": "$role.arn",
            "runtime": "python3.11",
            "handler": "handler.handler",
            "code": archive(handler_py="def handler(event, context): return 1"),
            "environment": {"variables": {"BUCKET": "b"}},
            "vpcConfig": {"subnetIds": ["$subnet.id"], "securityGroupIds": ["$group.id"]},
            "kmsKeyArn": "$key.arn",
            "deadLetterConfig": {"targetArn": "$queue.arn"},
            "tracingConfig": {"mode": "Active"},
            "reservedConcurrentExecutions": 5,
            **TAGS,
        },
        {
            "code": archive(handler_py="def handler(event, context): return 2"),
            "timeout": 30,
            "environment": {"variables": {"BUCKET": "c", "MORE": "d"}},
            "reservedConcurrentExecutions": 6,
            **OTHER_TAGS,
        },
        {"name": "the-other-function"},
        ("memorySize", 64),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Case(
        {
            "functionName": "$function.arn",
            "eventSourceArn": "$queue.arn",
            "batchSize": 10,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            **TAGS,
        },
        {"batchSize": 5, **OTHER_TAGS},
        {"eventSourceArn": "$queue2.arn"},
        ("batchSize", 20000),
    ),
    "aws:lambda/permission:Permission": Case(
        {
            "function": "$function.name",
            "action": "lambda:InvokeFunction",
            "principal": "s3.amazonaws.com",
            "sourceArn": "$bucket.arn",
        },
        replace={"principal": "apigateway.amazonaws.com"},
        bad=("action", "invoke it"),
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Case(
        {
            "functionName": "$function.name",
            "maximumRetryAttempts": 1,
            "destinationConfig": {"onFailure": {"destination": "$queue.arn"}},
        },
        {"maximumRetryAttempts": 2},
        {"functionName": "other"},
        ("maximumRetryAttempts", 3),
    ),
    "aws:kinesis/stream:Stream": Case(
        {
            "name": "the-stream",
            "shardCount": 2,
            "retentionPeriod": 48,
            "encryptionType": "KMS",
            "kmsKeyId": "$key.arn",
            "shardLevelMetrics": ["IncomingBytes"],
            **TAGS,
        },
        {"shardCount": 4, "retentionPeriod": 24, "shardLevelMetrics": ["OutgoingBytes"], **OTHER_TAGS},
        {"name": "the-other-stream"},
        ("retentionPeriod", 5),
    ),
    "aws:cloudwatch/logGroup:LogGroup": Case(
        {"name": "/medallion/group", "retentionInDays": 30, "kmsKeyId": "$key.arn", **TAGS},
        {"retentionInDays": 90, "kmsKeyId": "$key2.arn", **OTHER_TAGS},
        {"name": "/medallion/other"},
        ("retentionInDays", 31),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Case(
        {
            "name": "the-alarm",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "Errors",
            "namespace": "AWS/Lambda",
            "dimensions": {"FunctionName": "f"},
            "period": 60,
            "statistic": "Sum",
            "threshold": 0.5,
            "alarmDescription": "errors",
            **TAGS,
        },
        {
            "threshold": 5,
            "treatMissingData": "notBreaching",
            "alarmActions": ["arn:aws:sns:eu-central-1:123456789012:t"],
        },
        {"name": "the-other-alarm"},
        ("comparisonOperator", "MoreOrLess"),
    ),
    "aws:cloudtrail/trail:Trail": Case(
        {
            "name": "the-trail",
            "s3BucketName": "$bucket.id",
            "isMultiRegionTrail": True,
            "enableLogFileValidation": True,
            "kmsKeyId": "$key.arn",
            "advancedEventSelectors": [
                {"name": "Management", "fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]},
                {
                    "name": "Objects",
                    "fieldSelectors": [
                        {"field": "eventCategory", "equals": ["Data"]},
                        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::b/"]},
                    ],
                },
            ],
            **TAGS,
        },
        {"enableLogging": False, "s3KeyPrefix": "trail", **OTHER_TAGS},
        {"name": "the-other-trail"},
        ("name", "a trail"),
    ),
    "aws:emr/securityConfiguration:SecurityConfiguration": Case(
        {"name": "the-emr-security", "configuration": '{"EncryptionConfiguration": {"EnableAtRestEncryption": true}}'},
        replace={"name": "other"},
        bad=("configuration", "{not json"),
    ),
    "aws:emr/cluster:Cluster": Case(
        {
            "name": "the-emr",
            "releaseLabel": "emr-7.5.0",
            "applications": ["Spark"],
            "serviceRole": "$role.arn",
            "ec2Attributes": {
                "instanceProfile": "$profile.arn",
                "subnetId": "$subnet.id",
                "emrManagedMasterSecurityGroup": "$group.id",
                "emrManagedSlaveSecurityGroup": "$group2.id",
                "serviceAccessSecurityGroup": "$group.id",
            },
            "masterInstanceGroup": {"instanceType": "m6g.xlarge", "instanceCount": 1},
            "coreInstanceGroup": {"instanceType": "m6g.xlarge", "instanceCount": 2},
            "configurationsJson": '[{"Classification": "spark-defaults", "Properties": {"a": "b"}}]',
            "autoTerminationPolicy": {"idleTimeout": 3600},
            "logUri": "s3://b/logs/",
            "logEncryptionKmsKeyId": "$key.arn",
            "keepJobFlowAliveWhenNoSteps": True,
            "unhealthyNodeReplacement": True,
            "stepConcurrencyLevel": 1,
            **TAGS,
        },
        {"stepConcurrencyLevel": 2, "autoTerminationPolicy": {"idleTimeout": 7200}, **OTHER_TAGS},
        {"releaseLabel": "emr-7.6.0"},
        ("configurationsJson", "[not json"),
    ),
    "aws:emr/managedScalingPolicy:ManagedScalingPolicy": Case(
        {
            "clusterId": "$emr.id",
            "computeLimits": [{"unitType": "Instances", "minimumCapacityUnits": 1, "maximumCapacityUnits": 4}],
        },
        {"computeLimits": [{"unitType": "Instances", "minimumCapacityUnits": 2, "maximumCapacityUnits": 8}]},
        {"clusterId": "j-OTHER"},
        ("computeLimits[0].unitType", [{"unitType": "Crates", "minimumCapacityUnits": 1, "maximumCapacityUnits": 2}]),
    ),
    "aws:apigateway/restApi:RestApi": Case(
        {
            "name": "the-api",
            "description": "mine",
            "body": openapi("/flights"),
            "endpointConfiguration": {"types": "REGIONAL"},
            **TAGS,
        },
        {"body": openapi("/routes"), "description": "ours", **OTHER_TAGS},
        bad=("apiKeySource", "POCKET"),
    ),
    "aws:apigateway/deployment:Deployment": Case(
        {"restApi": "$api.id", "triggers": {"body": "1"}}, replace={"triggers": {"body": "2"}}, bad=("restApi", None)
    ),
    "aws:apigateway/stage:Stage": Case(
        {
            "restApi": "$api.id",
            "deployment": "$deployment.id",
            "stageName": "v1",
            "accessLogSettings": {"destinationArn": "$logs.arn", "format": "$context.requestId $context.status"},
            "xrayTracingEnabled": True,
            "variables": {"a": "b"},
            **TAGS,
        },
        {"description": "ours", "xrayTracingEnabled": False, "variables": {"a": "c"}},
        {"stageName": "v2"},
        ("accessLogSettings.format", {"destinationArn": "arn:aws:logs:eu-central-1:123456789012:log-group:g"}),
    ),
    "aws:apigateway/account:Account": Case(
        {"cloudwatchRoleArn": "$role.arn"}, {"cloudwatchRoleArn": "$role2.arn"}, bad=("role", "x"), stays=True
    ),
    "aws:apigateway/methodSettings:MethodSettings": Case(
        {
            "restApi": "$api.id",
            "stageName": "$stage.stageName",
            "methodPath": "*/*",
            "settings": {
                "loggingLevel": "ERROR",
                "metricsEnabled": True,
                "throttlingRateLimit": 50,
                "throttlingBurstLimit": 20,
            },
        },
        {
            "settings": {
                "loggingLevel": "INFO",
                "metricsEnabled": True,
                "throttlingRateLimit": 60,
                "throttlingBurstLimit": 20,
            }
        },
        {"methodPath": "flights/GET"},
        ("settings.logLevel", {"logLevel": "INFO"}),
        stays=True,
    ),
    "aws:sqs/queue:Queue that keeps order": Case(
        {"name": "the-queue.fifo", "fifoQueue": True, "contentBasedDeduplication": True, "sqsManagedSseEnabled": True},
        {"contentBasedDeduplication": False, "delaySeconds": 5},
        {"name": "other.fifo"},
        ("name", "the-queue"),
    ),
    "aws:lambda/function:Function from S3": Case(
        {
            "name": "the-function",
            "role": "$role.arn",
            "runtime": "python3.11",
            "handler": "handler.handler",
            "s3Bucket": "$code.bucket",
            "s3Key": "$code.key",
            "architectures": ["arm64"],
            "ephemeralStorage": {"size": 1024},
            "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "INFO", "logGroup": "/medallion/f"},
        },
        {"memorySize": 256, "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "WARN"}},
        {"name": "other"},
        ("code", archive(handler_py="x")),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping of a stream": Case(
        {
            "functionName": "$function.name",
            "eventSourceArn": "$stream.arn",
            "startingPosition": "TRIM_HORIZON",
            "batchSize": 100,
            "maximumBatchingWindowInSeconds": 5,
            "bisectBatchOnFunctionError": True,
            "maximumRetryAttempts": 3,
            "parallelizationFactor": 2,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "destinationConfig": {"onFailure": {"destinationArn": "$queue.arn"}},
        },
        {"batchSize": 200, "maximumRetryAttempts": 5, "enabled": False},
        {"startingPosition": "LATEST"},
        ("startingPosition", "THE_MIDDLE"),
    ),
    "aws:lambda/permission:Permission of an account": Case(
        {
            "statementId": "api",
            "function": "$function.arn",
            "action": "lambda:InvokeFunction",
            "principal": "apigateway.amazonaws.com",
            "sourceAccount": "123456789012",
            "sourceArn": "arn:aws:execute-api:eu-central-1:123456789012:api/*",
        },
        replace={"statementId": "other"},
        bad=("function", None),
    ),
    "aws:kinesis/stream:Stream on demand": Case(
        {"streamModeDetails": {"streamMode": "ON_DEMAND"}},
        {"retentionPeriod": 48, "encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"},
        {"name": "named"},
        ("shardCount", 2),
    ),
    "aws:cloudwatch/logGroup:LogGroup for rare access": Case(
        {"logGroupClass": "INFREQUENT_ACCESS"},
        {"retentionInDays": 7},
        {"logGroupClass": "STANDARD"},
        ("logGroupClass", "LOST"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm of a formula": Case(
        {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "threshold": 1,
            "metricQueries": [
                {"id": "rate", "expression": "errors / 2", "label": "rate", "returnData": True},
                {
                    "id": "errors",
                    "metric": {"metricName": "Errors", "namespace": "AWS/Lambda", "period": 60, "stat": "Sum"},
                },
            ],
        },
        {"evaluationPeriods": 3},
        {"name": "named"},
        ("metricQueries[0].expr", [{"id": "a", "expr": "b"}]),
    ),
    "aws:cloudtrail/trail:Trail with events of old": Case(
        {
            "s3BucketName": "$bucket.id",
            "eventSelectors": [
                {
                    "readWriteType": "All",
                    "includeManagementEvents": True,
                    "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::b/"]}],
                }
            ],
            "insightSelectors": [{"insightType": "ApiCallRateInsight"}],
        },
        {"includeGlobalServiceEvents": False},
        {"name": "named"},
        ("eventSelectors[0].readWriteType", [{"readWriteType": "Some"}]),
    ),
    "aws:emr/cluster:Cluster with disks": Case(
        {
            "name": "the-emr",
            "releaseLabel": "emr-7.5.0",
            "serviceRole": "$role.arn",
            "masterInstanceGroup": {"instanceType": "m6g.xlarge"},
            "coreInstanceGroup": {
                "instanceType": "m6g.xlarge",
                "instanceCount": 2,
                "ebsConfigs": [{"size": 64, "type": "gp3", "volumesPerInstance": 1}],
            },
            "bootstrapActions": [{"name": "first", "path": "s3://b/first.sh", "args": ["a", "b"]}],
            "scaleDownBehavior": "TERMINATE_AT_TASK_COMPLETION",
            "ebsRootVolumeSize": 30,
        },
        {
            "coreInstanceGroup": {
                "instanceType": "m6g.xlarge",
                "instanceCount": 3,
                "ebsConfigs": [{"size": 64, "type": "gp3", "volumesPerInstance": 1}],
            }
        },
        {"ebsRootVolumeSize": 40},
        ("masterInstanceGroup", None),
    ),
    "aws:apigateway/restApi:RestApi with a policy": Case(
        {
            "policy": json.dumps(allow("execute-api:Invoke", Principal="*")),
            "binaryMediaTypes": ["image/png"],
            "disableExecuteApiEndpoint": True,
            "apiKeySource": "AUTHORIZER",
        },
        {"policy": json.dumps(allow("execute-api:*", Principal="*")), "apiKeySource": "HEADER"},
        bad=("body", "openapi: 2.0"),
    ),
}
