"""Mistakes in what the internet and people reach: firewalls, listeners, APIs, sign-in, dashboards, templates."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.mutants.graph import GONE, Graph
from tests.policy.mutants.mutant import Mutant, each_of, extra, missing, put, turn

BALANCER = "lb.LoadBalancer"
LISTENER = "lb.Listener"
LISTENER_RULE = "lb.ListenerRule"
ACL = "wafv2.WebAcl"
BOUND = "wafv2.WebAclAssociation"
GRAPHQL = "appsync.GraphQLApi"
METHODS = "apigateway.MethodSettings"
POOL = "cognito.UserPool"
TEMPLATE = "cloudformation.Stack"
SOURCE = "refined-quicksight-warehouse"
IN_TEMPLATE = "templateBody.Resources.Source.Properties"
FORWARD = {"type": "forward", "targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/api/1"}


def unsigned(body: str) -> str:
    """An API whose first operation answers anybody."""
    document = json.loads(body)
    path = next(iter(document["paths"].values()))
    path["get"] = {key: value for key, value in path["get"].items() if key != "security"}
    document.pop("security", None)
    return json.dumps(document)


def keyed(body: str) -> str:
    """An API whose operations ask for an API key only, which says of nobody who he is."""
    document = json.loads(body)
    for operations in document["paths"].values():
        for operation in operations.values():
            if "security" in operation:
                operation["security"] = [{"api_key": []}]
    return json.dumps({**document, "security": [{"api_key": []}]})


def made(operator: str, change: Any) -> Mutant:
    """Something else in the template of the dashboards' source."""
    return turn("template-transparent", TEMPLATE, "templateBody", operator, change, SOURCE)


def holding(resource: dict[str, Any]) -> Any:
    def change(body: str) -> str:
        document = json.loads(body)
        return json.dumps({**document, "Resources": {**document["Resources"], "Hole": resource}})

    return change


def transformed(body: str) -> str:
    return json.dumps({**json.loads(body), "Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://a"}}})


def open_source(graph: Graph) -> None:
    graph.change("quicksight.DataSource", None, "type", lambda _: "POSTGRESQL")


EDGE: tuple[Mutant, ...] = (
    *(
        missing("edge-firewalled", BOUND, name, f"missing: {name}")
        for name in ("end-use-entrance", "end-use-graphql", "end-use-rest", "end-use-users")
    ),
    put("edge-firewalled", BOUND, "resourceArn", "arn:aws:apigateway:eu-west-1::/restapis/another/stages/v1"),
    put("firewall-effective", ACL, "rules", []),
    put("firewall-effective", ACL, "rules.0.action", {"count": {}}),
    put("firewall-effective", ACL, "rules.1.overrideAction", {"count": {}}),
    put("firewall-effective", ACL, "rules.0.visibilityConfig.cloudwatchMetricsEnabled", False),
    missing("firewall-logged", "wafv2.WebAclLoggingConfiguration"),
    put(
        "firewall-logged",
        "wafv2.WebAclLoggingConfiguration",
        "resourceArn",
        "arn:aws:wafv2:eu-west-1:1:regional/webacl/other/1",
    ),
    *each_of("lb-strict", BALANCER, "dropInvalidHeaderFields", (False, GONE)),
    put("lb-strict", BALANCER, "desyncMitigationMode", "monitor"),
    put("lb-strict", BALANCER, "enableWafFailOpen", True),
    *each_of("lb-access-logged", BALANCER, "accessLogs.enabled", (False, GONE)),
    put("lb-access-logged", BALANCER, "accessLogs", GONE),
    put("lb-authenticated", LISTENER, "defaultActions", [FORWARD], None, "forwards at once"),
    put("lb-authenticated", LISTENER, "defaultActions.0.authenticateCognito.onUnauthenticatedRequest", "allow"),
    put("lb-authenticated", LISTENER, "defaultActions.0.order", 3),
    put("lb-authenticated", LISTENER_RULE, "actions", [FORWARD], None, "forwards at once"),
    turn("api-authorized", "apigateway.RestApi", "body", "one operation open", unsigned),
    turn("api-authorized", "apigateway.RestApi", "body", "an API key only", keyed),
    extra(
        "api-authorized",
        "aws:apigateway/method:Method",
        "a method for anybody",
        {"httpMethod": "GET", "authorization": "NONE"},
    ),
    extra(
        "api-authorized",
        "aws:apigatewayv2/route:Route",
        "a route of an HTTP API for anybody",
        {"routeKey": "GET /routes"},
    ),
    put("graphql-no-api-key", GRAPHQL, "authenticationType", "API_KEY"),
    put("graphql-no-api-key", GRAPHQL, "additionalAuthenticationProviders.0.authenticationType", "API_KEY"),
    *each_of("graphql-logged", GRAPHQL, "logConfig", (GONE,)),
    *each_of("graphql-logged", GRAPHQL, "logConfig.fieldLogLevel", ("NONE", GONE)),
    missing("api-errors-logged", METHODS),
    put("api-errors-logged", METHODS, "stageName", "v2"),
    put("api-errors-logged", METHODS, "methodPath", "routes/GET"),
    *each_of("api-errors-logged", METHODS, "settings.loggingLevel", ("OFF", GONE)),
    put("api-errors-logged", METHODS, "settings.dataTraceEnabled", True),
    *each_of("api-access-logged", "apigateway.Stage", "accessLogSettings", (GONE,)),
    *each_of("api-access-logged", "apigateway.Stage", "accessLogSettings.destinationArn", ("", GONE)),
    *each_of("users-strong-sign-in", POOL, "mfaConfiguration", ("OFF", "OPTIONAL", GONE)),
    *each_of("users-strong-sign-in", POOL, "adminCreateUserConfig.allowAdminCreateUserOnly", (False, GONE)),
    *each_of("users-strong-sign-in", POOL, "passwordPolicy.minimumLength", (6, GONE)),
    *(
        put("users-strong-sign-in", POOL, f"passwordPolicy.require{kind}", False)
        for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")
    ),
    put("users-strong-sign-in", POOL, "passwordPolicy.temporaryPasswordValidityDays", 90),
    Mutant("quicksight-private", "quicksight.DataSource.type", "a database without a connection", open_source),
    put("quicksight-private", "quicksight.DataSource", "sslProperties.disableSsl", True),
    put("quicksight-private", TEMPLATE, f"{IN_TEMPLATE}.VpcConnectionProperties", GONE, SOURCE),
    put("quicksight-private", TEMPLATE, f"{IN_TEMPLATE}.SslProperties", {"DisableSsl": True}, SOURCE),
    made("a bucket", holding({"Type": "AWS::S3::Bucket"})),
    made("a nested stack", holding({"Type": "AWS::CloudFormation::Stack"})),
    made("whatever a macro makes of it", transformed),
    extra(
        "template-transparent",
        "aws:cloudformation/stack:Stack",
        "a template elsewhere",
        {"templateUrl": "https://elsewhere/t.json"},
    ),
)
