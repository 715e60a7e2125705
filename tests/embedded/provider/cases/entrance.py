"""Cases: load balancers, the certificates that they show, and the firewall before them."""

from embedded.provider.values import Props
from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case
from tests.embedded.provider.cases.pem import OTHER_SITE, SITE

_LOGS = {"bucket": "$delivered.bucket", "prefix": "alb", "enabled": True}
_FORWARD = {"type": "forward", "forward": {"targetGroups": [{"arn": "$targets.arn", "weight": 1}]}}
_NOT_FOUND = {
    "type": "fixed-response",
    "fixedResponse": {"contentType": "application/json", "messageBody": "{}", "statusCode": "404"},
}


def _seen(name: str) -> Props:
    return {"cloudwatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": True}


def _rated(limit: int) -> Props:
    return {
        "name": "rate",
        "priority": 2,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP", "evaluationWindowSec": 300}},
        "visibilityConfig": _seen("rate"),
    }


CASES: dict[str, Case] = {
    "aws:lb/loadBalancer:LoadBalancer": Case(
        {
            "name": "the-balancer",
            "internal": True,
            "loadBalancerType": "application",
            "subnets": ["$subnet.id", "$subnet2.id"],
            "securityGroups": ["$group.id"],
            "accessLogs": _LOGS,
            "dropInvalidHeaderFields": True,
            "idleTimeout": 120,
            "desyncMitigationMode": "strictest",
            **TAGS,
        },
        {
            "accessLogs": None,
            "idleTimeout": None,
            "dropInvalidHeaderFields": True,
            "enableHttp2": False,
            "connectionLogs": {"bucket": "$delivered.bucket", "enabled": True},
            "securityGroups": ["$group2.id"],
            **OTHER_TAGS,
        },
        {"internal": False},
        ("subnets", ["subnet-1"]),
    ),
    "aws:lb/loadBalancer:LoadBalancer of a made-up name": Case(
        {"subnets": ["$subnet.id", "$subnet2.id"]},
        {"clientKeepAlive": 600, "xffHeaderProcessingMode": "remove"},
        {"name": "own-name"},
        ("name", "internal-name"),
    ),
    "aws:lb/targetGroup:TargetGroup": Case(
        {
            "name": "the-functions",
            "targetType": "lambda",
            "lambdaMultiValueHeadersEnabled": True,
            "healthCheck": {"enabled": True, "path": "/health", "interval": 60, "timeout": 20, "matcher": "200-299"},
            **TAGS,
        },
        {
            "lambdaMultiValueHeadersEnabled": False,
            "healthCheck": {"enabled": True, "path": "/alive", "interval": 90, "timeout": 20, "matcher": "200"},
            **OTHER_TAGS,
        },
        {"name": "other-functions"},
        ("port", 443),
    ),
    "aws:lb/targetGroup:TargetGroup of addresses": Case(
        {"name": "the-addresses", "targetType": "ip", "port": 443, "protocol": "HTTPS", "vpcId": "$vpc.id"},
        {"deregistrationDelay": 30, "stickiness": {"type": "lb_cookie", "cookieDuration": 600, "enabled": True}},
        {"port": 8443},
        ("healthCheck.timeout", {"timeout": 60, "interval": 30}),
    ),
    "aws:lb/listener:Listener": Case(
        {
            "loadBalancerArn": "$balancer.arn",
            "port": 443,
            "protocol": "HTTPS",
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "certificateArn": "$certificate.arn",
            "defaultActions": [{"type": "forward", "targetGroupArn": "$targets.arn"}],
            "routingHttpResponseServerEnabled": False,
            "routingHttpResponseStrictTransportSecurityHeaderValue": "max-age=31536000",
            **TAGS,
        },
        {
            "certificateArn": "$certificate2.arn",
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06",
            "defaultActions": [_NOT_FOUND],
            "routingHttpResponseServerEnabled": None,
            **OTHER_TAGS,
        },
        {"loadBalancerArn": "$balancer2.arn"},
        ("certificateArn", None),
    ),
    "aws:lb/listener:Listener that forwards by weight": Case(
        {
            "loadBalancerArn": "$balancer.arn",
            "port": 443,
            "protocol": "HTTPS",
            "certificateArn": "$certificate.arn",
            "defaultActions": [_FORWARD],
        },
        {"defaultActions": [{"type": "forward", "targetGroupArn": "$targets.arn"}]},
        bad=("sslPolicy", "ELBSecurityPolicy-Best"),
    ),
    "aws:lb/listener:Listener that redirects": Case(
        {
            "loadBalancerArn": "$balancer.arn",
            "port": 80,
            "defaultActions": [
                {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
            ],
        },
        {"port": 8080},
        bad=("defaultActions[0].redirect", [{"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}]),
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": Case(
        {"targetGroupArn": "$targets.arn", "targetId": "$permitted.function"},
        replace={"targetGroupArn": "$targets2.arn"},
        bad=("targetId", None),
    ),
    "aws:acm/certificate:Certificate": Case(
        {**SITE, **TAGS},
        {**OTHER_SITE, **OTHER_TAGS},
        bad=("certificateBody", "not a certificate"),
    ),
    "aws:acm/certificate:Certificate by its domain": Case(
        {
            "domainName": "flights.example.com",
            "subjectAlternativeNames": ["api.flights.example.com"],
            "validationMethod": "DNS",
            "keyAlgorithm": "EC_prime256v1",
            **TAGS,
        },
        {"options": {"certificateTransparencyLoggingPreference": "DISABLED"}, **OTHER_TAGS},
        {"domainName": "weather.example.com"},
        ("validationMethod", "EMAIL"),
    ),
    "aws:acm/certificateValidation:CertificateValidation": Case(
        {"certificateArn": "$requested.arn", "validationRecordFqdns": ["$proof.fqdn"]},
        bad=("certificateArn", None),
        stays=True,
    ),
    "aws:route53/zone:Zone": Case(
        {"name": "flights.example.org", "comment": "ours", **TAGS},
        {"comment": "theirs", **OTHER_TAGS},
        {"name": "weather.example.org"},
        ("comment", "too long" * 40),
    ),
    "aws:route53/zone:Zone of a VPC": Case(
        {"name": "inside.example.org", "vpcs": [{"vpcId": "$vpc.id"}]},
        {"comment": "inside"},
        {"vpcs": [{"vpcId": "$vpc2.id"}]},
        ("vpcs", [{"vpcId": "vpc-1"}, {"vpcId": "vpc-2"}]),
    ),
    "aws:route53/record:Record": Case(
        {"zoneId": "$zone.id", "name": "data", "type": "A", "ttl": 300, "records": ["10.0.0.1"]},
        {"ttl": 60, "records": ["10.0.0.1", "10.0.0.2"]},
        {"name": "other.example.com"},
        ("records[0]", ["somewhere"]),
    ),
    "aws:route53/record:Record that is an alias": Case(
        {
            "zoneId": "$zone.id",
            "name": "data.example.com",
            "type": "A",
            "aliases": [{"name": "$balancer.dnsName", "zoneId": "$balancer.zoneId", "evaluateTargetHealth": True}],
        },
        {"aliases": [{"name": "$balancer2.dnsName", "zoneId": "$balancer.zoneId", "evaluateTargetHealth": False}]},
        {"type": "AAAA"},
        ("ttl", 300),
    ),
    "aws:wafv2/webAcl:WebAcl": Case(
        {
            "name": "the-wall",
            "description": "before the front",
            "scope": "REGIONAL",
            "defaultAction": {"allow": {}},
            "rules": [
                {
                    "name": "common",
                    "priority": 1,
                    "overrideAction": {"none": {}},
                    "statement": {
                        "managedRuleGroupStatement": {
                            "name": "AWSManagedRulesCommonRuleSet",
                            "vendorName": "AWS",
                            "ruleActionOverrides": [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}],
                        }
                    },
                    "visibilityConfig": _seen("common"),
                },
                _rated(2000),
            ],
            "visibilityConfig": _seen("wall"),
            **TAGS,
        },
        {
            "rules": [
                _rated(500),
                {
                    "name": "elsewhere",
                    "priority": 3,
                    "action": {"block": {"customResponse": {"responseCode": 403, "customResponseBodyKey": "no"}}},
                    "statement": {
                        "notStatement": {
                            "statement": {
                                "orStatement": {
                                    "statements": [
                                        {"geoMatchStatement": {"countryCodes": ["DE", "AT"]}},
                                        {
                                            "byteMatchStatement": {
                                                "searchString": "/health",
                                                "positionalConstraint": "STARTS_WITH",
                                                "fieldToMatch": {"uriPath": {}},
                                                "textTransformations": [{"priority": 0, "type": "NONE"}],
                                            }
                                        },
                                    ]
                                }
                            }
                        }
                    },
                    "visibilityConfig": _seen("elsewhere"),
                },
            ],
            "customResponseBodies": [{"key": "no", "content": "{}", "contentType": "APPLICATION_JSON"}],
            "defaultAction": {"block": {}},
            **OTHER_TAGS,
        },
        {"name": "the-other-wall"},
        (
            "rules[0].statement.rateBasedStatement.limit",
            [_rated(1)],
        ),
    ),
    "aws:wafv2/webAcl:WebAcl without rules": Case(
        {"scope": "REGIONAL", "defaultAction": {"allow": {}}, "visibilityConfig": _seen("open")},
        {"rules": [_rated(100)]},
        bad=("defaultAction", {"allow": {}, "block": {}}),
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Case(
        {"resourceArn": "$balancer.arn", "webAclArn": "$wall.arn"},
        replace={"resourceArn": "$balancer2.arn"},
        bad=("resourceArn", "arn:aws:s3:::a-bucket"),
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Case(
        {
            "resourceArn": "$wall.arn",
            "logDestinationConfigs": ["$walllogs.arn"],
            "redactedFields": [{"singleHeader": {"name": "authorization"}}],
        },
        {
            "redactedFields": [{"singleHeader": {"name": "cookie"}}, {"queryString": {}}],
            "loggingFilter": {
                "defaultBehavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [{"actionCondition": {"action": "BLOCK"}}],
                    }
                ],
            },
        },
        {"resourceArn": "$wall2.arn"},
        ("logDestinationConfigs[0]", ["arn:aws:logs:eu-central-1:123456789012:log-group:waf"]),
    ),
}
