"""Breaches of what the internet and people reach, and of what leaves the lake."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.pieces import ACCOUNT, allow, document
from tests.policy.platform_edge import template
from tests.policy.spoiling import Case, Platform, Spoil, add, drop, may, put

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ANYWHERE = {"ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "cidrIpv4": "0.0.0.0/0"}


def trusted(**condition: Any) -> Spoil:
    """Lets the whole account take the analyst's role on this condition."""
    statement = {"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole", "Condition": condition}
    return put("analyst", "assumeRolePolicy", document(statement))


def templated(made: dict[str, Any], **properties: Any) -> Spoil:
    """Rewrites the template of dashboards: further resources, and other properties of its data source."""
    found = template(**properties)
    found["Resources"] |= made
    return put("quicksight-warehouse", "templateBody", json.dumps(found))


def opened(**changes: Any) -> Spoil:
    """Changes the rule that opens the load balancer's group to the internet."""

    def spoil(made: Platform) -> None:
        made["door-open"].props |= changes

    return spoil


EDGE: list[Case] = [
    ("no-open-ingress", put("balancer", "internal", True), "cidrIpv4 admits 0.0.0.0/0"),
    ("no-open-ingress", opened(fromPort=80.0, toPort=80.0), "cidrIpv4 admits 0.0.0.0/0"),
    ("no-open-ingress", opened(fromPort=80.0, toPort=443.0), "cidrIpv4 admits 0.0.0.0/0"),
    ("no-open-ingress", opened(ipProtocol="-1"), "cidrIpv4 admits 0.0.0.0/0"),
    (
        "no-open-ingress",
        put("function", "vpcConfig.securityGroupIds", ["sg-workloads", "sg-door"]),
        "cidrIpv4 admits 0.0.0.0/0",
    ),
    ("no-open-ingress", put("endpoint-logs", "securityGroupIds", ["sg-endpoints", "sg-door"]), "cidrIpv4 admits"),
    ("no-open-ingress", put("connector", "parameters.SecurityGroupIds", "sg-workloads,sg-door"), "cidrIpv4 admits"),
    (
        "no-open-ingress",
        put("workloads-group", "ingress", [{**ANYWHERE, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]),
        "ingress.0.cidrBlocks admits 0.0.0.0/0",
    ),
    ("lb-tls", put("listener", "sslPolicy", "ELBSecurityPolicy-2016-08"), 'sslPolicy is "ELBSecurityPolicy-2016-08"'),
    ("lb-tls", put("listener", "sslPolicy", None), "sslPolicy is unset"),
    ("lb-tls", put("listener", "sslPolicy", "ELBSecurityPolicy-TLS13-1-0-2021-06"), "sslPolicy is"),
    ("lb-tls", put("listener", "protocol", "HTTP"), "does other than redirect to HTTPS"),
    ("lb-strict", put("balancer", "dropInvalidHeaderFields", None), "dropInvalidHeaderFields is unset"),
    ("lb-strict", put("balancer", "desyncMitigationMode", "monitor"), 'desyncMitigationMode is "monitor"'),
    ("lb-strict", put("balancer", "enableWafFailOpen", True), "enableWafFailOpen is true"),
    ("lb-access-logged", put("balancer", "accessLogs.enabled", False), "accessLogs.enabled is false"),
    ("lb-authenticated", put("listener", "defaultActions", [{"type": "forward"}]), "it forwards requests of anybody"),
    (
        "lb-authenticated",
        put("listener", "defaultActions.0.authenticateCognito", {"onUnauthenticatedRequest": "allow"}),
        "requests pass whose caller isn't known",
    ),
    ("lb-authenticated", put("listener", "defaultActions.0.order", 3.0), "it forwards requests of anybody"),
    (
        "lb-authenticated",
        put("listener-health", "actions", [{"type": "forward"}]),
        'ListenerRule "health": it forwards',
    ),
    ("edge-firewalled", drop("balancer-firewalled"), 'LoadBalancer "door": no WebAclAssociation names it'),
    ("edge-firewalled", drop("stage-firewalled"), 'Stage "v1": no WebAclAssociation names it'),
    ("edge-firewalled", drop("graphql-firewalled"), 'GraphQLApi "marts": no WebAclAssociation names it'),
    ("edge-firewalled", drop("pool-firewalled"), 'UserPool "users": no WebAclAssociation names it'),
    ("firewall-effective", put("acl", "rules", []), "it has no rule"),
    ("firewall-effective", put("acl", "rules.0.overrideAction", {"count": {}}), 'its rule "common" only counts'),
    ("firewall-effective", put("acl", "rules.0.visibilityConfig", None), 'its rule "common" has no metrics'),
    ("firewall-logged", drop("acl-logging"), "no WebAclLoggingConfiguration names it"),
    ("graphql-logged", put("graphql", "logConfig", None), "logConfig.fieldLogLevel is unset"),
    ("graphql-logged", put("graphql", "logConfig.fieldLogLevel", "NONE"), 'logConfig.fieldLogLevel is "NONE"'),
    ("graphql-no-api-key", put("graphql", "authenticationType", "API_KEY"), 'authenticationType is "API_KEY"'),
    (
        "graphql-no-api-key",
        put("graphql", "additionalAuthenticationProviders.0.authenticationType", "API_KEY"),
        'additionalAuthenticationProviders.0.authenticationType is "API_KEY"',
    ),
    ("api-errors-logged", drop("methods"), "no MethodSettings for */* name it"),
    ("api-errors-logged", put("methods", "stageName", "v2"), "no MethodSettings for */* name it"),
    ("api-errors-logged", put("methods", "settings.loggingLevel", "OFF"), 'loggingLevel of its MethodSettings "v1"'),
    ("api-errors-logged", put("methods", "settings.dataTraceEnabled", True), "dataTraceEnabled of its"),
    ("users-strong-sign-in", put("pool", "mfaConfiguration", "OPTIONAL"), 'mfaConfiguration is "OPTIONAL"'),
    ("users-strong-sign-in", put("pool", "adminCreateUserConfig", None), "allowAdminCreateUserOnly is unset"),
    ("users-strong-sign-in", put("pool", "passwordPolicy.requireSymbols", False), "requireSymbols is false"),
    ("users-strong-sign-in", put("pool", "passwordPolicy.minimumLength", 6.0), "minimumLength is 6"),
    ("sns-customer-key", put("topic", "kmsMasterKeyId", "alias/aws/sns"), 'kmsMasterKeyId is "alias/aws/sns"'),
    ("sns-tls-only", drop("topic-policy"), "it has no topic policy"),
    ("sns-tls-only", put("topic-policy", "policy", document()), "no Deny for aws:SecureTransport false"),
    ("scheduler-customer-key", put("schedule", "kmsKeyArn", None), "kmsKeyArn is unset"),
    ("datazone-customer-key", put("domain", "kmsKeyIdentifier", None), "kmsKeyIdentifier is unset"),
    (
        "dataexchange-customer-key",
        put("export", "action.exportRevisionToS3.encryption.type", "aws:s3"),
        'the type of its encryption is "aws:s3"',
    ),
    (
        "dataexchange-customer-key",
        put("export", "action.exportRevisionToS3.encryption.kmsKeyArn", None),
        "kmsKeyArn is unset",
    ),
    ("quicksight-customer-key", drop("quicksight-key"), "no KeyRegistration of this stack"),
    ("quicksight-customer-key", put("quicksight-key", "keyRegistrations.0.defaultKey", False), "no KeyRegistration"),
    (
        "quicksight-private",
        templated({}, VpcConnectionProperties=None),
        'Source: a source of type "REDSHIFT" has no VPC connection',
    ),
    ("quicksight-private", templated({}, SslProperties={"DisableSsl": True}), "Source: disableSsl is true"),
    ("quicksight-private", put("quicksight-lake", "type", "POSTGRESQL"), 'type "POSTGRESQL" has no VPC connection'),
    ("quicksight-private", put("quicksight-lake", "sslProperties", {"disableSsl": True}), "disableSsl is true"),
    (
        "workloads-in-private-subnets",
        put("quicksight-connection", "subnetIds", ["subnet-private", "subnet-public"]),
        'its Subnet "public" is public',
    ),
    (
        "template-transparent",
        templated({"Hole": {"Type": "AWS::S3::Bucket"}}),
        "Hole of its template is of type AWS::S3",
    ),
    (
        "template-transparent",
        add("aws:cloudformation/stack:Stack", templateUrl="https://elsewhere/t.json"),
        'its template is at "https://elsewhere/t.json"',
    ),
    ("application-contained", put("connector", "semanticVersion", None), "semanticVersion is unset"),
    ("application-contained", put("connector", "parameters.SubnetIds", None), "none of its parameters names a subnet"),
    ("application-contained", put("connector", "parameters.SecurityGroupIds", None), "names a security group of this"),
    ("application-contained", put("connector", "parameters.LambdaRole", None), "names a role of this stack"),
    (
        "endpoints-closed",
        may("connector-role", "athena:GetQueryExecution"),
        'CloudFormationStack "connector": its role',
    ),
    ("emr-public-access-blocked", drop("emr-public-access"), "no BlockPublicAccessConfiguration of this stack"),
    (
        "emr-public-access-blocked",
        put("emr-public-access", "blockPublicSecurityGroupRules", False),
        "blockPublicSecurityGroupRules is false",
    ),
    (
        "emr-public-access-blocked",
        put("emr-public-access", "permittedPublicSecurityGroupRuleRanges", [{"minRange": 8088, "maxRange": 8088}]),
        "it permits ports [8088, 8088] to the public",
    ),
    ("iam-no-unscoped-resource", may("job-role", "s3:GetObject", resource="*"), 's3:GetObject on Resource "*"'),
    (
        "iam-no-unscoped-resource",
        may("job-role", "s3:GetObject", "logs:PutLogEvents", resource="arn:aws:s3:::*/*"),
        'it allows s3:GetObject, logs:PutLogEvents on Resource "arn:aws:s3:::*/*"',
    ),
    (
        "iam-no-unscoped-resource",
        may("job-role", "cloudwatch:PutMetricData", resource="*"),
        'cloudwatch:PutMetricData on Resource "*" with no condition on cloudwatch:namespace',
    ),
    (
        "iam-no-unscoped-resource",
        may(
            "job-role", "kms:Decrypt", resource="*", Condition={"StringEquals": {"kms:ViaService": "s3.amazonaws.com"}}
        ),
        'kms:Decrypt on Resource "*"',
    ),
    (
        "iam-no-unscoped-resource",
        put("job-role-may", "policy", document({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:a"})),
        "it allows s3:GetObject by NotResource",
    ),
    ("trust-not-whole-account", trusted(), f"it trusts arn:aws:iam::{ACCOUNT}:root on no condition"),
    (
        "trust-not-whole-account",
        trusted(BoolIfExists={"aws:MultiFactorAuthPresent": "true"}),
        "on no condition that tells its callers apart",
    ),
    ("trust-not-whole-account", trusted(StringEquals={"aws:PrincipalType": "User"}), "on no condition"),
    ("trust-not-whole-account", trusted(StringLike={"sts:ExternalId": "*"}), "on no condition"),
    ("lake-people-not-all", put("analyst-grant", "permissions", ["ALL"]), "permissions has ALL"),
    ("lake-people-not-all", put("analyst-grant", "permissionsWithGrantOptions", ["ALL"]), "GrantOptions has ALL"),
    (
        "lake-people-not-all",
        add("aws:lakeformation/permissions:Permissions", principal=f"{ACCOUNT}:IAMPrincipals", permissions=["ALL"]),
        "permissions has ALL",
    ),
    (
        "lake-guarded-columns",
        put("filter", "tableData.columnNames", ["carrier", "tailnum"]),
        'it shows tailnum of refined.flights, which is tagged "confidential"',
    ),
    (
        "lake-guarded-columns",
        put("filter", "tableData.columnNames", None),
        'it shows tailnum of refined.flights, which is tagged "confidential"',
    ),
    (
        "lake-guarded-columns",
        put("analyst-grant", "table", {"databaseName": "refined", "name": "flights"}),
        'Permissions "analyst": it shows tailnum of refined.flights',
    ),
    ("athena-bounded", put("workgroup", "configuration.bytesScannedCutoffPerQuery", None), "PerQuery is unset"),
    (
        "athena-bounded",
        put("workgroup", "configuration.publishCloudwatchMetricsEnabled", False),
        "publishCloudwatchMetricsEnabled is false",
    ),
    (
        "function-calls-recorded",
        put("trail", "eventSelectors.0.dataResources.1.values", ["arn:aws:lambda:eu-west-1:1:function:other"]),
        'Function "landing": no trail of this stack records calls to it',
    ),
    (
        "no-wildcard-principal",
        put("topic-policy", "policy", document(allow("sns:Publish", Principal="*"))),
        'policy allows sns:Publish to Principal "*"',
    ),
    (
        "service-principal-bounded",
        put(
            "log-policy",
            "policyDocument",
            document(allow("logs:PutLogEvents", Principal={"Service": "delivery.logs.amazonaws.com"})),
        ),
        "admits delivery.logs.amazonaws.com for whomever",
    ),
    (
        "service-principal-bounded",
        put(
            "topic-policy",
            "policy",
            document(
                allow(
                    "sns:Publish",
                    Principal={"Service": "events.amazonaws.com"},
                    Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:*"}},
                )
            ),
        ),
        "admits events.amazonaws.com for whomever",
    ),
]
