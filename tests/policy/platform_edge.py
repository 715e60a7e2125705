"""The part of the hand-made platform that the internet and people reach."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.court import Made
from tests.policy.pieces import ACCOUNT, KEY_ARN, allow, document

ALB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/door/1"
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/door/1/2"
STAGE = "arn:aws:apigateway:eu-west-1::/restapis/api-1/stages/v1"
GRAPHQL = "arn:aws:appsync:eu-west-1:123456789012:apis/graphql-1"
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/pool-1"
ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/acl/1"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"


def edge() -> dict[str, Made]:
    """Load balancer, APIs, users, and the firewall before them."""
    made = {
        "balancer": Made(
            "aws:lb/loadBalancer:LoadBalancer",
            "door",
            {
                "arn": ALB,
                "internal": False,
                "loadBalancerType": "application",
                "dropInvalidHeaderFields": True,
                "securityGroups": ["sg-door"],
                "accessLogs": {"bucket": "access", "enabled": True},
            },
        ),
        "door-group": Made("aws:ec2/securityGroup:SecurityGroup", "door", {"id": "sg-door"}),
        "door-open": Made(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "door",
            {
                "securityGroupId": "sg-door",
                "ipProtocol": "tcp",
                "fromPort": 443.0,
                "toPort": 443.0,
                "cidrIpv4": "0.0.0.0/0",
            },
        ),
        "listener": Made(
            "aws:lb/listener:Listener",
            "door",
            {
                "arn": LISTENER,
                "loadBalancerArn": ALB,
                "protocol": "HTTPS",
                "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
                "defaultActions": [
                    {"type": "authenticate-cognito", "order": 1.0, "authenticateCognito": {"scope": "openid"}},
                    {"type": "forward", "order": 2.0},
                ],
            },
        ),
        "listener-health": Made(
            "aws:lb/listenerRule:ListenerRule",
            "health",
            {"listenerArn": LISTENER, "actions": [{"type": "fixed-response"}]},
        ),
        "graphql": Made(
            "aws:appsync/graphQLApi:GraphQLApi",
            "marts",
            {
                "arn": GRAPHQL,
                "authenticationType": "AWS_IAM",
                "additionalAuthenticationProviders": [{"authenticationType": "AMAZON_COGNITO_USER_POOLS"}],
                "logConfig": {"fieldLogLevel": "ERROR"},
            },
        ),
        "methods": Made(
            "aws:apigateway/methodSettings:MethodSettings",
            "v1",
            {
                "restApi": "api-1",
                "stageName": "v1",
                "methodPath": "*/*",
                "settings": {"loggingLevel": "ERROR", "dataTraceEnabled": False},
            },
        ),
        "pool": Made(
            "aws:cognito/userPool:UserPool",
            "users",
            {
                "arn": POOL,
                "mfaConfiguration": "ON",
                "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
                "passwordPolicy": {
                    "minimumLength": 14.0,
                    "requireLowercase": True,
                    "requireUppercase": True,
                    "requireNumbers": True,
                    "requireSymbols": True,
                    "temporaryPasswordValidityDays": 3.0,
                },
            },
        ),
        "acl": Made(
            "aws:wafv2/webAcl:WebAcl",
            "firewall",
            {
                "arn": ACL,
                "defaultAction": {"allow": {}},
                "rules": [
                    {
                        "name": "common",
                        "overrideAction": {"none": {}},
                        "visibilityConfig": {"cloudwatchMetricsEnabled": True},
                    }
                ],
            },
        ),
        "acl-logging": Made(
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "firewall", {"resourceArn": ACL}
        ),
    }
    for key, arn in (("balancer", ALB), ("stage", STAGE), ("graphql", GRAPHQL), ("pool", POOL)):
        made[f"{key}-firewalled"] = Made(
            "aws:wafv2/webAclAssociation:WebAclAssociation", key, {"resourceArn": arn, "webAclArn": ACL}
        )
    return made


def people() -> dict[str, Made]:
    """Who reads the lake, and what of it."""
    user = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:PrincipalType": "User"}}
    session = {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = [
        {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole", "Condition": each}
        for each in (user, session)
    ]
    table = {"databaseName": "refined", "tableName": "flights"}
    return {
        "analyst": Made(
            "aws:iam/role:Role",
            "analyst",
            {"name": "analyst", "arn": f"arn:aws:iam::{ACCOUNT}:role/analyst", "assumeRolePolicy": document(*trust)},
        ),
        "analyst-may": Made(
            "aws:iam/rolePolicy:RolePolicy",
            "analyst",
            {
                "role": "analyst",
                "policy": document(
                    allow("athena:ListWorkGroups", "lakeformation:GetDataAccess", resource="*"),
                    allow(
                        "cloudwatch:PutMetricData",
                        resource="*",
                        Condition={"StringEquals": {"cloudwatch:namespace": "Marts"}},
                    ),
                ),
            },
        ),
        "analyst-grant": Made(
            "aws:lakeformation/permissions:Permissions",
            "analyst",
            {
                "principal": f"arn:aws:iam::{ACCOUNT}:role/analyst",
                "permissions": ["DESCRIBE", "SELECT"],
                "lfTagPolicy": {"expressions": [{"key": "sensitivity", "values": ["public"]}]},
            },
        ),
        "guarded": Made(
            "aws:lakeformation/resourceLfTags:ResourceLfTags",
            "flights-confidential",
            {
                "lfTags": [{"key": "sensitivity", "value": "confidential"}],
                "tableWithColumns": {"databaseName": "refined", "name": "flights", "columnNames": ["tailnum"]},
            },
        ),
        "filter": Made(
            "aws:lakeformation/dataCellsFilter:DataCellsFilter",
            "flights",
            {"tableData": {**table, "name": "open", "columnNames": ["carrier", "flight"]}},
        ),
    }


def sharing() -> dict[str, Made]:
    """Dashboards, portal, exchange, and what announces and starts things."""
    no_plain_http = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": TOPIC,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "topic": Made("aws:sns/topic:Topic", "alerts", {"arn": TOPIC, "kmsMasterKeyId": KEY_ARN}),
        "topic-policy": Made(
            "aws:sns/topicPolicy:TopicPolicy", "alerts", {"arn": TOPIC, "policy": document(no_plain_http)}
        ),
        "schedule": Made("aws:scheduler/schedule:Schedule", "nightly", {"kmsKeyArn": KEY_ARN}),
        "domain": Made("aws:datazone/domain:Domain", "portal", {"kmsKeyIdentifier": KEY_ARN}),
        "export": Made(
            "aws:dataexchange/eventAction:EventAction",
            "export",
            {"action": {"exportRevisionToS3": {"encryption": {"type": "aws:kms", "kmsKeyArn": KEY_ARN}}}},
        ),
        "data-set": Made("aws:quicksight/dataSet:DataSet", "routes", {"importMode": "SPICE"}),
        "quicksight-key": Made(
            "aws:quicksight/keyRegistration:KeyRegistration",
            "quicksight",
            {"keyRegistrations": [{"keyArn": KEY_ARN, "defaultKey": True}]},
        ),
        "quicksight-connection": Made(
            "aws:quicksight/vpcConnection:VpcConnection",
            "warehouse",
            {"subnetIds": ["subnet-private"], "securityGroupIds": ["sg-dashboards"]},
        ),
        "quicksight-lake": Made("aws:quicksight/dataSource:DataSource", "lake", {"type": "ATHENA"}),
        "quicksight-warehouse": Made(
            "aws:cloudformation/stack:Stack", "warehouse", {"templateBody": json.dumps(template())}
        ),
        "connector": Made(
            "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
            "connector",
            {
                "semanticVersion": "2025.8.1",
                "parameters": {
                    "LambdaRole": f"arn:aws:iam::{ACCOUNT}:role/connector-role",
                    "SubnetIds": "subnet-private,subnet-elsewhere",
                    "SecurityGroupIds": "sg-workloads",
                },
            },
        ),
        "emr-public-access": Made(
            "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration",
            "emr",
            {"blockPublicSecurityGroupRules": True},
        ),
        "log-policy": Made(
            "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
            "firewall",
            {
                "policyDocument": document(
                    allow(
                        "logs:PutLogEvents",
                        Principal={"Service": "delivery.logs.amazonaws.com"},
                        Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                    )
                )
            },
        ),
    }


def template(**properties: Any) -> dict[str, Any]:
    """A CloudFormation template with a data source over the warehouse."""
    source = {"Type": "REDSHIFT", "VpcConnectionProperties": {"VpcConnectionArn": {"Ref": "Connection"}}, **properties}
    return {"Resources": {"Source": {"Type": "AWS::QuickSight::DataSource", "Properties": source}}}
