"""What AWS would refuse at a first deployment of the front, its users and its GraphQL API, told before it."""

from typing import Any

import pytest

from embedded.provider.values import UNKNOWN, Props
from tests.embedded.provider.cases import CASES
from tests.embedded.provider.harness import Engine

SEEN: Props = {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}
NOT_NESTED: Props = {
    "name": "n",
    "priority": 1,
    "action": {"block": {}},
    "statement": {
        "notStatement": {"statement": {"rateBasedStatement": {"limit": 100, "aggregateKeyType": "CUSTOM_KEYS"}}}
    },
    "visibilityConfig": SEEN,
}
MANAGED: Props = {
    "name": "m",
    "priority": 1,
    "action": {"block": {}},
    "statement": {"managedRuleGroupStatement": {"name": "AWSManagedRulesEverything", "vendorName": "AWS"}},
    "visibilityConfig": SEEN,
}
BYTES: Props = {
    "name": "b",
    "priority": 1,
    "action": {"block": {}, "count": {}},
    "statement": {"byteMatchStatement": {"searchString": "x", "positionalConstraint": "EXACTLY"}},
    "visibilityConfig": SEEN,
}
INSIDE = "rules[0].statement.notStatement.statement.rateBasedStatement"
REFUSED: list[tuple[str, Props, set[str]]] = [
    ("aws:wafv2/webAcl:WebAcl", {"rules": [NOT_NESTED]}, {INSIDE, f"{INSIDE}.customKeys"}),
    (
        "aws:wafv2/webAcl:WebAcl",
        {"rules": [MANAGED]},
        {"rules[0].overrideAction", "rules[0].action", "rules[0].statement.managedRuleGroupStatement.name"},
    ),
    (
        "aws:wafv2/webAcl:WebAcl",
        {"rules": [BYTES]},
        {
            "rules[0].action",
            "rules[0].statement.byteMatchStatement.fieldToMatch",
            "rules[0].statement.byteMatchStatement.textTransformations",
        },
    ),
    ("aws:lb/targetGroup:TargetGroup of addresses", {"vpcId": None, "port": None}, {"vpcId", "port"}),
    (
        "aws:lb/targetGroup:TargetGroup of addresses",
        {"lambdaMultiValueHeadersEnabled": True},
        {"lambdaMultiValueHeadersEnabled"},
    ),
    ("aws:lb/loadBalancer:LoadBalancer", {"loadBalancerType": "network"}, {"loadBalancerType"}),
    ("aws:lb/loadBalancer:LoadBalancer", {"name": "x" * 33}, {"name"}),
    ("aws:lb/loadBalancer:LoadBalancer", {"accessLogs": {"bucket": "s3://logs"}}, {"accessLogs.bucket"}),
    (
        "aws:lb/loadBalancer:LoadBalancer",
        {"minimumLoadBalancerCapacity": {"capacityUnits": 1}},
        {"minimumLoadBalancerCapacity"},
    ),
    ("aws:lb/listener:Listener", {"protocol": "HTTP"}, {"certificateArn", "sslPolicy"}),
    ("aws:lb/listener:Listener", {"mutualAuthentication": {"mode": "off"}}, {"mutualAuthentication"}),
    (
        "aws:lb/listenerRule:ListenerRule",
        {"conditions": [{"pathPattern": {"values": ["/a"], "regexValues": ["^/a"]}}]},
        {"conditions[0].pathPattern.regexValues"},
    ),
    ("aws:acm/certificate:Certificate", {"validationMethod": "DNS"}, {"validationMethod"}),
    ("aws:acm/certificate:Certificate", {"domainName": "a.example.com"}, {"privateKey"}),
    ("aws:route53/record:Record", {"ttl": None}, {"ttl"}),
    (
        "aws:appsync/graphQLApi:GraphQLApi",
        {"userPoolConfig": None, "lambdaAuthorizerConfig": {"authorizerUri": "arn"}},
        {"userPoolConfig", "lambdaAuthorizerConfig"},
    ),
    ("aws:appsync/resolver:Resolver", {"pipelineConfig": {"functions": ["f"] * 11}}, {"pipelineConfig.functions"}),
    (
        "aws:appsync/function:Function",
        {"runtime": {"name": "APPSYNC_JS", "runtimeVersion": "2.0.0"}},
        {"runtime.runtimeVersion"},
    ),
    ("aws:cognito/userPool:UserPool", {"softwareTokenMfaConfiguration": None}, {"softwareTokenMfaConfiguration"}),
    (
        "aws:cognito/userPool:UserPool",
        {"schemas": [{"name": "desk", "attributeDataType": "String", "required": True}]},
        {"schemas[0].required"},
    ),
    (
        "aws:cognito/userPoolClient:UserPoolClient",
        {"callbackUrls": ["http://desk.example.com/"], "defaultRedirectUri": "https://x/", "explicitAuthFlows": ["X"]},
        {"callbackUrls[0]", "defaultRedirectUri", "explicitAuthFlows[0]"},
    ),
    (
        "aws:apigateway/restApi:RestApi that is private",
        {"endpointConfiguration": {"types": "REGIONAL", "vpcEndpointIds": ["vpce-1"]}},
        {"endpointConfiguration.vpcEndpointIds"},
    ),
    (
        "aws:apigateway/restApi:RestApi that is private",
        {"endpointConfiguration": {"types": "PRIVATE", "ipAddressType": "ipv4"}},
        {"endpointConfiguration.ipAddressType"},
    ),
    (
        "aws:apigateway/restApi:RestApi that is private",
        {"securityPolicy": "SecurityPolicy_TLS13_2025_EDGE"},
        {"securityPolicy"},
    ),
    (
        "aws:apigateway/usagePlan:UsagePlan",
        {"apiStages": [{"apiId": "a", "stage": "v1", "throttles": [{"path": "/x/GET", "burstLimit": 1}]}]},
        {"apiStages[0].throttles"},
    ),
    (
        "aws:apigateway/response:Response",
        {"responseParameters": {"gatewayresponse.header.X": "bare"}},
        {"responseParameters.gatewayresponse.header.X"},
    ),
]


@pytest.mark.parametrize(("title", "wrong", "paths"), REFUSED)
def test_what_aws_would_refuse_is_told_by_its_path(
    configured: Engine, title: str, wrong: Props, paths: set[str]
) -> None:
    _, faults = configured.check(title.split()[0], {**_unknown(CASES[title].inputs), **wrong})
    assert set(faults) == paths


def test_values_that_are_not_known_yet_are_no_fault(configured: Engine) -> None:
    titles = [title for title in CASES if title.startswith(("aws:lb/", "aws:acm/", "aws:wafv2/", "aws:cognito/"))]
    assert titles
    for title in titles:
        _, faults = configured.check(title.split()[0], _unknown(CASES[title].inputs))
        assert not faults, title


def test_an_api_key_and_a_private_key_are_not_shown(configured: Engine) -> None:
    _, faults = configured.check("aws:apigateway/apiKey:ApiKey", {"value": "hush"})
    assert "hush" not in faults["value"]
    _, faults = configured.check("aws:acm/certificate:Certificate", {"certificateBody": "x", "privateKey": "hush"})
    assert "hush" not in str(faults)


def _unknown(value: Any) -> Any:
    """A case's inputs with what comes from other resources not known yet."""
    if isinstance(value, dict):
        return {k: _unknown(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_unknown(v) for v in value]
    return UNKNOWN if isinstance(value, str) and value.startswith("$") else value
