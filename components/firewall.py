"""The web application firewall before everything that the internet reaches."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import Statement, document
from components.names import Names
from components.platform import Platform

MANAGED: Mapping[str, tuple[str, ...]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    # Its rule against requests without a User-Agent only counts: none is documented for EventBridge, which announces
    # marts, nor for the load balancer, which asks Cognito who signed in.
    "AWSManagedRulesCommonRuleSet": ("NoUserAgent_HEADER",),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
}
"""Rule groups that AWS keeps, in the order in which they are asked, and which of their rules only count:
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html."""
WINDOW_SECONDS = 300
HIDDEN_HEADERS = ("authorization", "cookie", "x-api-key", "x-amz-security-token")
"""What proves who asks; it is not for a log."""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """An address that asks more than `requests_per_address` in five minutes is held off."""

    platform: Platform
    requests_per_address: int


class Firewall(pulumi.ComponentResource):
    """One web ACL, which `protect` puts before a resource."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:delivery:Firewall", name, {}, opts)
        on = args.platform
        acl = aws.wafv2.WebAcl(
            name,
            name=on.names.resource("firewall"),
            description="Before all that the internet reaches",
            scope="REGIONAL",
            default_action={"allow": {}},
            rules=rules(args.requests_per_address),
            visibility_config=_seen(on.names.resource("firewall")),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = acl.arn
        self._log(name, on, acl)
        self.register_outputs({"arn": self.arn})

    def _log(self, name: str, on: Platform, acl: aws.wafv2.WebAcl) -> None:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            name,
            name=log_group(on.names),
            kms_key_id=on.keys["logs"],
            retention_in_days=on.retention.logs_days,
            opts=child,
        )
        # WAF would else make a policy of its own for it, which a destroy leaves behind.
        admitted = aws.cloudwatch.LogResourcePolicy(
            name,
            policy_name=on.names.resource("firewall"),
            policy_document=document([delivers_logs(on.names)]),
            opts=child,
        )
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[{"single_header": {"name": header}} for header in HIDDEN_HEADERS],
            # What was let through is in the access logs of what stands behind.
            logging_filter={
                "default_behavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [{"action_condition": {"action": action}} for action in ("BLOCK", "COUNT")],
                    }
                ],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[admitted]),
        )

    def protect(self, name: str, arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
        """Stand before an API's stage, a GraphQL API, a load balancer or a user pool."""
        aws.wafv2.WebAclAssociation(name, web_acl_arn=self.arn, resource_arn=arn, opts=opts)


def log_group(names: Names) -> str:
    """The log group's name, whose start WAF asks for:
    https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html."""
    return f"aws-waf-logs-{names.resource('firewall')}"


def rules(requests_per_address: int) -> list[aws.wafv2.WebAclRuleArgsDict]:
    """The rules, cheapest and surest first: who asks too much, who is known for it, what is known as an attack."""
    rate: aws.wafv2.WebAclRuleArgsDict = {
        "name": "rate",
        "priority": 0,
        "action": {"block": {"custom_response": {"response_code": 429}}},
        "statement": {
            "rate_based_statement": {
                "limit": requests_per_address,
                "aggregate_key_type": "IP",
                "evaluation_window_sec": WINDOW_SECONDS,
            }
        },
        "visibility_config": _seen("rate"),
    }
    return [rate, *(_managed(name, at, counted) for at, (name, counted) in enumerate(MANAGED.items(), 1))]


def _managed(name: str, priority: int, counted: tuple[str, ...]) -> aws.wafv2.WebAclRuleArgsDict:
    return {
        "name": name,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {
            "managed_rule_group_statement": {
                "vendor_name": "AWS",
                "name": name,
                "rule_action_overrides": [{"name": rule, "action_to_use": {"count": {}}} for rule in counted],
            }
        },
        "visibility_config": _seen(name),
    }


def _seen(metric: str) -> aws.wafv2.WebAclVisibilityConfigArgsDict:
    return {"metric_name": metric, "cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True}


def delivers_logs(names: Names) -> Statement:
    """WAF may write its logs, for this account:
    https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html."""
    return {
        "Sid": "DeliverFirewallLogs",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": names.arn("logs", f"log-group:{log_group(names)}:*"),
        "Condition": {
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnLike": {"aws:SourceArn": names.arn("logs", "*")},
        },
    }
