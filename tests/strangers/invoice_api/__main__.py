"""A serverless REST API: API Gateway asks who calls, a function answers, what fails waits in a queue."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity_output().account_id
region = aws.get_region_output().region
NAME = "invoices"
STAGE = "v1"


def policy(*statements: dict[str, Any]) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


own_logs = pulumi.Output.format("arn:aws:logs:{0}:{1}:log-group:*", region, account)
key = aws.kms.Key(
    NAME,
    enable_key_rotation=True,
    deletion_window_in_days=7,
    policy=policy(
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": pulumi.Output.format("arn:aws:iam::{0}:root", account)},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Principal": {"Service": pulumi.Output.format("logs.{0}.amazonaws.com", region)},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": own_logs}},
        },
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
    ),
)


def log_group(name: str, path: str) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(name, name=path, kms_key_id=key.arn, retention_in_days=30)


dead_letters = aws.sqs.Queue(
    "dead-letters", name=f"{NAME}-dead-letters", kms_master_key_id=key.id, message_retention_seconds=1209600
)
aws.sqs.QueuePolicy(
    "dead-letters",
    queue_url=dead_letters.url,
    policy=policy(
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": ["sqs:*"],
            "Resource": [dead_letters.arn],
            "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
        }
    ),
)

# The password of the ledger, for the function to read.
secret = aws.secretsmanager.Secret("ledger", kms_key_id=key.arn, recovery_window_in_days=7)

role = aws.iam.Role(
    "answer",
    assume_role_policy=policy(
        {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
    ),
)
logs = log_group("answer", f"/aws/lambda/{NAME}-answer")
aws.iam.RolePolicy(
    "answer",
    role=role.id,
    policy=policy(
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": pulumi.Output.format("{0}:*", logs.arn),
        },
        {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": secret.arn},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead_letters.arn},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key.arn},
        {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"},
    ),
)
answer = aws.lambda_.Function(
    "answer",
    name=f"{NAME}-answer",
    runtime="python3.11",
    handler="index.handler",
    memory_size=256,
    timeout=10,
    role=role.arn,
    reserved_concurrent_executions=20,
    dead_letter_config={"target_arn": dead_letters.arn},
    tracing_config={"mode": "Active"},
    environment={"variables": {"LEDGER_SECRET": secret.arn}},
    kms_key_arn=key.arn,
    code=pulumi.AssetArchive(
        {"index.py": pulumi.StringAsset("def handler(event, context):\n    return {'statusCode': 200, 'body': '[]'}\n")}
    ),
)

api = aws.apigateway.RestApi(
    NAME,
    endpoint_configuration={"types": "REGIONAL"},
    body=answer.invoke_arn.apply(
        lambda uri: json.dumps(
            {
                "openapi": "3.0.1",
                "info": {"title": NAME, "description": "Invoices by month", "version": "1"},
                "components": {
                    "securitySchemes": {
                        "sigv4": {
                            "type": "apiKey",
                            "name": "Authorization",
                            "in": "header",
                            "x-amazon-apigateway-authtype": "awsSigv4",
                        }
                    }
                },
                "paths": {
                    "/invoices": {
                        "get": {
                            "security": [{"sigv4": []}],
                            "responses": {"200": {"description": "The invoices"}},
                            "x-amazon-apigateway-integration": {
                                "type": "aws_proxy",
                                "httpMethod": "POST",
                                "uri": uri,
                                "passthroughBehavior": "when_no_match",
                            },
                        }
                    }
                },
            }
        )
    ),
)
aws.lambda_.Permission(
    "api",
    function=answer.name,
    action="lambda:InvokeFunction",
    principal="apigateway.amazonaws.com",
    source_arn=api.execution_arn.apply(lambda arn: f"{arn}/*/GET/invoices"),
)
deployment = aws.apigateway.Deployment("invoices", rest_api=api.id, triggers={"body": api.body.apply(str)})
access_log = log_group("access", f"/{NAME}/access")
stage = aws.apigateway.Stage(
    STAGE,
    rest_api=api.id,
    deployment=deployment.id,
    stage_name=STAGE,
    xray_tracing_enabled=True,
    access_log_settings={
        "destination_arn": access_log.arn,
        "format": json.dumps({"id": "$context.requestId", "caller": "$context.identity.caller"}),
    },
)
aws.apigateway.MethodSettings(
    "all",
    rest_api=api.id,
    stage_name=stage.stage_name,
    method_path="*/*",
    settings={
        "logging_level": "ERROR",
        "metrics_enabled": True,
        "throttling_rate_limit": 50,
        "throttling_burst_limit": 100,
    },
)
acl = aws.wafv2.WebAcl(
    NAME,
    scope="REGIONAL",
    default_action={"allow": {}},
    visibility_config={"cloudwatch_metrics_enabled": True, "metric_name": NAME, "sampled_requests_enabled": True},
    rules=[
        {
            "name": "common",
            "priority": 1,
            "override_action": {"none": {}},
            "statement": {
                "managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
            },
            "visibility_config": {
                "cloudwatch_metrics_enabled": True,
                "metric_name": "common",
                "sampled_requests_enabled": True,
            },
        }
    ],
)
aws.wafv2.WebAclAssociation(NAME, web_acl_arn=acl.arn, resource_arn=stage.arn)
aws.wafv2.WebAclLoggingConfiguration(
    NAME, resource_arn=acl.arn, log_destination_configs=[log_group("firewall", f"aws-waf-logs-{NAME}").arn]
)

alarms = aws.sns.Topic("alarms", name=f"{NAME}-alarms", kms_master_key_id=key.id)
aws.sns.TopicPolicy(
    "alarms",
    arn=alarms.arn,
    policy=policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": alarms.arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": alarms.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ),
)
aws.cloudwatch.MetricAlarm(
    "errors",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    threshold=0,
    period=300,
    statistic="Sum",
    namespace="AWS/Lambda",
    metric_name="Errors",
    dimensions={"FunctionName": answer.name},
    alarm_actions=[alarms.arn],
)

pulumi.export("url", stage.invoke_url)
