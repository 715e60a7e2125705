"""Cases: the GraphQL API, its users, and who may use the REST API how much."""

import json

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case, allow, openapi

_SCHEMA = "type Query { flight(id: ID!): Flight @aws_iam }\ntype Flight { id: ID! departure: AWSDateTime }\n"
_CODE = "export function request(ctx) { return {} }\nexport function response(ctx) { return ctx.result }\n"
_RUNTIME = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}
_INVOKE = '{"version": "2018-05-29",\n "operation": "Invoke", "payload": $util.toJson($context.args)}'
_RESULT = "$util.toJson($context.result)"

CASES: dict[str, Case] = {
    "aws:appsync/graphQLApi:GraphQLApi": Case(
        {
            "name": "the-graph",
            "authenticationType": "AMAZON_COGNITO_USER_POOLS",
            "userPoolConfig": {"userPoolId": "eu-central-1_abcdefghi", "defaultAction": "ALLOW"},
            "additionalAuthenticationProviders": [{"authenticationType": "AWS_IAM"}],
            "logConfig": {"cloudwatchLogsRoleArn": "$role.arn", "fieldLogLevel": "ERROR"},
            "xrayEnabled": True,
            "introspectionConfig": "DISABLED",
            "queryDepthLimit": 10,
            "resolverCountLimit": 50,
            "visibility": "PRIVATE",
            "schema": _SCHEMA,
            **TAGS,
        },
        {
            "name": "our-graph",
            "authenticationType": "API_KEY",
            "userPoolConfig": None,
            "logConfig": None,
            "queryDepthLimit": None,
            "resolverCountLimit": 60,
            "schema": _SCHEMA.replace("departure", "arrival"),
            **OTHER_TAGS,
        },
        {"visibility": "GLOBAL"},
        ("schema", "type Query { flight: Plane }"),
    ),
    "aws:appsync/graphQLApi:GraphQLApi of a made-up name": Case(
        {"authenticationType": "AWS_IAM"},
        {"introspectionConfig": "DISABLED"},
        bad=(
            "additionalAuthenticationProviders[0].authenticationType",
            [{"authenticationType": "AWS_IAM"}],
        ),
    ),
    "aws:appsync/dataSource:DataSource": Case(
        {
            "apiId": "$graph.id",
            "name": "flights",
            "type": "AWS_LAMBDA",
            "serviceRoleArn": "$role.arn",
            "lambdaConfig": {"functionArn": "$function.arn"},
        },
        {"description": "flights by number"},
        {"name": "weather"},
        ("lambdaConfig", None),
    ),
    "aws:appsync/dataSource:DataSource of nothing": Case(
        {"apiId": "$graph.id", "name": "nothing", "type": "NONE"},
        {"description": "computed"},
        {"apiId": "other"},
        ("name", "no-dashes"),
    ),
    "aws:appsync/function:Function": Case(
        {"apiId": "$graph.id", "name": "look_up", "dataSource": "flights", "code": _CODE, "runtime": _RUNTIME},
        {"description": "looks up"},
        {"apiId": "other"},
        ("code", "export function request(ctx) { return {} }"),
    ),
    "aws:appsync/function:Function of templates": Case(
        {
            "apiId": "$graph.id",
            "name": "look_up",
            "dataSource": "flights",
            "requestMappingTemplate": _INVOKE,
            "responseMappingTemplate": _RESULT,
        },
        {"maxBatchSize": 5},
        bad=("requestMappingTemplate", None),
    ),
    "aws:appsync/resolver:Resolver": Case(
        {
            "apiId": "$graph.id",
            "type": "Query",
            "field": "flight",
            "kind": "PIPELINE",
            "code": _CODE,
            "runtime": _RUNTIME,
            "pipelineConfig": {"functions": ["abcdefghijklmnopqrstuvwxyz"]},
        },
        {"code": _CODE.replace("ctx.result", "ctx.prev.result")},
        {"field": "flights"},
        ("dataSource", "flights"),
    ),
    "aws:appsync/resolver:Resolver of templates": Case(
        {
            "apiId": "$graph.id",
            "type": "Query",
            "field": "flight",
            "dataSource": "$planes.name",
            "requestTemplate": _INVOKE,
            "responseTemplate": _RESULT,
        },
        {"maxBatchSize": 10},
        {"type": "Mutation"},
        ("dataSource", None),
    ),
    "aws:cognito/userPool:UserPool": Case(
        {
            "name": "the-users",
            "usernameAttributes": ["email"],
            "autoVerifiedAttributes": ["email"],
            "mfaConfiguration": "ON",
            "softwareTokenMfaConfiguration": {"enabled": True},
            "passwordPolicy": {"minimumLength": 14, "requireNumbers": True, "temporaryPasswordValidityDays": 1},
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "accountRecoverySetting": {"recoveryMechanisms": [{"name": "admin_only", "priority": 1}]},
            "userPoolAddOns": {"advancedSecurityMode": "ENFORCED"},
            "userPoolTier": "PLUS",
            "schemas": [{"name": "desk", "attributeDataType": "String", "mutable": True}],
            **TAGS,
        },
        {
            "mfaConfiguration": "OPTIONAL",
            "passwordPolicy": {"minimumLength": 16, "requireNumbers": True, "temporaryPasswordValidityDays": 2},
            "deletionProtection": "ACTIVE",
            "userPoolAddOns": {"advancedSecurityMode": "AUDIT"},
            **OTHER_TAGS,
        },
        {"usernameAttributes": ["phone_number"]},
        ("userPoolTier", "LITE"),
    ),
    "aws:cognito/userPool:UserPool with an alias": Case(
        {"aliasAttributes": ["email"], "usernameConfiguration": {"caseSensitive": False}},
        {"mfaConfiguration": "OPTIONAL", "softwareTokenMfaConfiguration": {"enabled": True}},
        {"name": "named"},
        ("passwordPolicy.minimumLength", {"minimumLength": 4}),
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Case(
        {
            "name": "the-client",
            "userPoolId": "$users.id",
            "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "preventUserExistenceErrors": "ENABLED",
            "accessTokenValidity": 30,
            "tokenValidityUnits": {"accessToken": "minutes"},
            "generateSecret": False,
        },
        {"accessTokenValidity": 60, "callbackUrls": ["https://desk.example.com/"]},
        {"generateSecret": True},
        ("accessTokenValidity", 2),
    ),
    "aws:cognito/userPoolClient:UserPoolClient for machines": Case(
        {
            "userPoolId": "$users.id",
            "generateSecret": True,
            "allowedOauthFlows": ["client_credentials"],
            "allowedOauthFlowsUserPoolClient": True,
            "allowedOauthScopes": ["flights/read"],
        },
        {"allowedOauthScopes": ["flights/read", "weather/read"]},
        bad=("allowedOauthFlows", ["client_credentials", "code"]),
    ),
    "aws:cognito/userPoolDomain:UserPoolDomain": Case(
        {"domain": "the-flights", "userPoolId": "$users.id"},
        replace={"domain": "our-flights"},
        bad=("domain", "my-aws-flights"),
    ),
    "aws:cognito/userPoolDomain:UserPoolDomain of one's own": Case(
        {"domain": "auth.example.com", "userPoolId": "$users.id", "certificateArn": "$certificate.arn"},
        replace={"domain": "login.example.com"},
        bad=("domain", "auth"),
    ),
    "aws:cognito/userGroup:UserGroup": Case(
        {"name": "analysts", "userPoolId": "$users.id", "precedence": 1, "roleArn": "$role.arn"},
        {"precedence": 2, "description": "who may look"},
        {"name": "operators"},
        ("name", "two words"),
    ),
    "aws:apigateway/restApi:RestApi that is private": Case(
        {
            "name": "inside",
            "body": openapi("/flights"),
            "policy": json.dumps(allow("execute-api:Invoke", Principal="*")),
            "endpointConfiguration": {
                "types": "PRIVATE",
                "vpcEndpointIds": ["$executeapi.id"],
                "ipAddressType": "dualstack",
            },
            "securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09",
            "endpointAccessMode": "STRICT",
            "disableExecuteApiEndpoint": True,
            **TAGS,
        },
        {
            "endpointConfiguration": {
                "types": "PRIVATE",
                "vpcEndpointIds": ["$executeapi2.id"],
                "ipAddressType": "dualstack",
            },
            "securityPolicy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
            "endpointAccessMode": "BASIC",
            "disableExecuteApiEndpoint": False,
            **OTHER_TAGS,
        },
        bad=("endpointAccessMode", None),
    ),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Case(
        {"restApiId": "$api.id", "policy": json.dumps(allow("execute-api:Invoke", Principal="*"))},
        {"policy": json.dumps(allow("execute-api:*", Principal="*"))},
        {"restApiId": "$api2.id"},
        ("policy", "all may"),
    ),
    "aws:apigateway/usagePlan:UsagePlan": Case(
        {
            "name": "partners",
            "description": "what partners may",
            "apiStages": [{"apiId": "$stage.restApi", "stage": "$stage.stageName"}],
            "throttleSettings": {"burstLimit": 10, "rateLimit": 5},
            "quotaSettings": {"limit": 1000, "period": "WEEK", "offset": 1},
            **TAGS,
        },
        {
            "description": "what partners may do",
            "apiStages": [],
            "throttleSettings": {"burstLimit": 20, "rateLimit": 10},
            "quotaSettings": None,
            **OTHER_TAGS,
        },
        bad=("quotaSettings.offset", {"limit": 1000, "period": "DAY", "offset": 3}),
    ),
    "aws:apigateway/apiKey:ApiKey": Case(
        {"name": "partner", "value": "a-value-of-twenty-characters-or-more", **TAGS},
        {"enabled": False, "description": "of a partner", **OTHER_TAGS},
        {"value": "another-value-of-twenty-characters"},
        ("value", "short"),
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": Case(
        {"keyId": "$partner.id", "keyType": "API_KEY", "usagePlanId": "$plan.id"},
        replace={"keyId": "$partner2.id"},
        bad=("keyType", "PASSWORD"),
    ),
    "aws:apigateway/response:Response": Case(
        {
            "restApiId": "$api.id",
            "responseType": "UNAUTHORIZED",
            "statusCode": "401",
            "responseTemplates": {"application/json": '{"message": $context.error.messageString}'},
            "responseParameters": {"gatewayresponse.header.WWW-Authenticate": "'Basic'"},
        },
        {"statusCode": "403"},
        {"responseType": "THROTTLED"},
        ("responseParameters.header", {"header": "x"}),
    ),
}
