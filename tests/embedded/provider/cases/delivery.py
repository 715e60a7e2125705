"""Cases: what delivers the marts, asked for as a platform with sign-in, limits and logs asks for it."""

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

_LOGIN = {
    "type": "authenticate-cognito",
    "order": 1,
    "authenticateCognito": {
        "userPoolArn": "$users.arn",
        "userPoolClientId": "$entranceclient.id",
        "userPoolDomain": "$usersdomain.domain",
        "onUnauthenticatedRequest": "authenticate",
        "scope": "openid",
        "sessionTimeout": 28800,
    },
}
_MINUTES = {"accessToken": "minutes", "idToken": "minutes", "refreshToken": "days"}

CASES: dict[str, Case] = {
    "aws:lb/listener:Listener with a login": Case(
        {
            "loadBalancerArn": "$balancer.arn",
            "port": 443,
            "protocol": "HTTPS",
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
            "certificateArn": "$certificate.arn",
            "defaultActions": [_LOGIN, {"type": "forward", "order": 2, "targetGroupArn": "$targets.arn"}],
            "routingHttpResponseServerEnabled": False,
            "routingHttpResponseContentSecurityPolicyHeaderValue": "default-src 'none'",
            "routingHttpResponseStrictTransportSecurityHeaderValue": "max-age=31536000; includeSubDomains",
            "routingHttpResponseXContentTypeOptionsHeaderValue": "nosniff",
            "routingHttpResponseXFrameOptionsHeaderValue": "DENY",
            **TAGS,
        },
        {"sslPolicy": "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", **OTHER_TAGS},
        bad=("defaultActions[0].authenticateCognito", [{"type": "authenticate-cognito", "order": 1}]),
    ),
    "aws:lb/loadBalancer:LoadBalancer that logs all": Case(
        {
            "name": "logged",
            "loadBalancerType": "application",
            "internal": False,
            "subnets": ["$subnet.id", "$subnet2.id"],
            "securityGroups": ["$group.id"],
            "accessLogs": {"bucket": "$delivered.bucket", "prefix": "load-balancer", "enabled": True},
            "connectionLogs": {"bucket": "$delivered.bucket", "prefix": "load-balancer", "enabled": True},
            "dropInvalidHeaderFields": True,
            "desyncMitigationMode": "strictest",
            "enableWafFailOpen": False,
            "enableDeletionProtection": False,
        },
        {"desyncMitigationMode": "defensive"},
        bad=("desyncMitigationMode", "lax"),
    ),
    "aws:cognito/userPool:UserPool of people": Case(
        {
            "name": "people",
            "userPoolTier": "ESSENTIALS",
            "usernameAttributes": ["email"],
            "usernameConfiguration": {"caseSensitive": False},
            "autoVerifiedAttributes": ["email"],
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "accountRecoverySetting": {"recoveryMechanisms": [{"name": "verified_email", "priority": 1}]},
            "userAttributeUpdateSettings": {"attributesRequireVerificationBeforeUpdates": ["email"]},
            "passwordPolicy": {
                "minimumLength": 14,
                "requireLowercase": True,
                "requireUppercase": True,
                "requireNumbers": True,
                "requireSymbols": True,
                "passwordHistorySize": 12,
                "temporaryPasswordValidityDays": 3,
            },
            "mfaConfiguration": "ON",
            "softwareTokenMfaConfiguration": {"enabled": True},
            "deletionProtection": "INACTIVE",
            **TAGS,
        },
        {"mfaConfiguration": "OPTIONAL", **OTHER_TAGS},
        bad=("passwordPolicy.minimumLength", {"minimumLength": 4}),
    ),
    "aws:cognito/userPoolClient:UserPoolClient of a load balancer": Case(
        {
            "name": "entrance",
            "userPoolId": "$users.id",
            "generateSecret": True,
            "allowedOauthFlowsUserPoolClient": True,
            "allowedOauthFlows": ["code"],
            "allowedOauthScopes": ["openid"],
            "supportedIdentityProviders": ["COGNITO"],
            "callbackUrls": ["https://data.example.com/oauth2/idpresponse"],
            "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            "preventUserExistenceErrors": "ENABLED",
            "enableTokenRevocation": True,
            "accessTokenValidity": 60,
            "idTokenValidity": 60,
            "refreshTokenValidity": 1,
            "tokenValidityUnits": _MINUTES,
        },
        {"accessTokenValidity": 30},
        bad=("callbackUrls[0]", ["http://data.example.com/"]),
    ),
    "aws:appsync/graphQLApi:GraphQLApi with limits": Case(
        {
            "name": "limited",
            "schema": "type Query { flight: String @aws_iam @aws_cognito_user_pools }\n",
            "authenticationType": "AWS_IAM",
            "additionalAuthenticationProviders": [
                {
                    "authenticationType": "AMAZON_COGNITO_USER_POOLS",
                    "userPoolConfig": {
                        "userPoolId": "$users.id",
                        "awsRegion": "eu-central-1",
                        "appIdClientRegex": "abcdef",
                    },
                }
            ],
            "introspectionConfig": "DISABLED",
            "queryDepthLimit": 15,
            "resolverCountLimit": 5,
            "logConfig": {
                "cloudwatchLogsRoleArn": "$role.arn",
                "fieldLogLevel": "ERROR",
                "excludeVerboseContent": True,
            },
            "xrayEnabled": True,
            **TAGS,
        },
        {"resolverCountLimit": 6, "introspectionConfig": "ENABLED", **OTHER_TAGS},
        bad=("queryDepthLimit", 76),
    ),
    "aws:cloudwatch/eventTarget:EventTarget that is a GraphQL API": Case(
        {
            "rule": "$rule.name",
            "targetId": "graphql",
            "arn": "arn:aws:appsync:eu-central-1:123456789012:endpoints/graphql-api/abcdefghijklmnopqrstuvwxyz",
            "roleArn": "$role.arn",
            "appsyncTarget": {"graphqlOperation": "mutation A($at: AWSDateTime!) { a(at: $at) { at } }"},
            "inputTransformer": {"inputPaths": {"at": "$.time"}, "inputTemplate": '{"at": <at>}'},
            "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 10},
        },
        {"retryPolicy": {"maximumEventAgeInSeconds": 600, "maximumRetryAttempts": 5}},
        bad=("roleArn", None),
    ),
    "aws:wafv2/webAcl:WebAcl that holds off": Case(
        {
            "name": "held-off",
            "description": "before the front",
            "scope": "REGIONAL",
            "defaultAction": {"allow": {}},
            "rules": [
                {
                    "name": "rate",
                    "priority": 0,
                    "action": {"block": {"customResponse": {"responseCode": 429}}},
                    "statement": {
                        "rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
                    },
                    "visibilityConfig": {
                        "metricName": "rate",
                        "cloudwatchMetricsEnabled": True,
                        "sampledRequestsEnabled": True,
                    },
                },
                {
                    "name": "AWSManagedRulesAmazonIpReputationList",
                    "priority": 1,
                    "overrideAction": {"none": {}},
                    "statement": {
                        "managedRuleGroupStatement": {
                            "vendorName": "AWS",
                            "name": "AWSManagedRulesAmazonIpReputationList",
                            "ruleActionOverrides": [],
                        }
                    },
                    "visibilityConfig": {
                        "metricName": "reputation",
                        "cloudwatchMetricsEnabled": True,
                        "sampledRequestsEnabled": True,
                    },
                },
            ],
            "visibilityConfig": {
                "metricName": "all",
                "cloudwatchMetricsEnabled": True,
                "sampledRequestsEnabled": True,
            },
        },
        {"description": "before all that the internet reaches"},
        bad=("defaultAction", {"allow": {}, "block": {}}),
    ),
}
