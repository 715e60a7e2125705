"""One customer-managed key per layer, one for the code, one for the logs and alerts, and one for the portal.

A key's policy lets the account's own policies decide (roles then name the key, and the service through which they use
it), and admits the AWS services that use a key as themselves, each for what is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import pulumi
import pulumi_aws as aws

from components.iam import Statement, document
from components.names import Names

KeyName: TypeAlias = Literal[
    "landing", "initial", "intermediate", "integrated", "refined", "end-use", "code", "logs", "portal"
]

TAGS: Mapping[KeyName, Mapping[str, str]] = {"portal": {"AmazonDataZoneEnvironment": "All"}}
"""By this tag DataZone's environments may use the key of the bucket that they work in:
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonDataZoneEnvironmentRolePermissionsBoundary.html."""


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """`deletion_days` is how long a deleted key can be brought back; `keep` refuses to delete it at all."""

    names: Names
    deletion_days: int
    keep: bool


class Keys(pulumi.ComponentResource):
    """The keys, each usable by those whose own policy allows it, and by the AWS services that it names."""

    arns: Mapping[KeyName, pulumi.Output[str]]

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Keys", name, {}, opts)
        self.arns = {key: self._key(name, key, args) for key in get_args(KeyName)}
        self.register_outputs({"arns": dict(self.arns)})

    def _key(self, name: str, key: KeyName, args: KeysArgs) -> pulumi.Output[str]:
        made = aws.kms.Key(
            f"{name}-{key}",
            description=f"{args.names.project} {args.names.stack}: {key}",
            enable_key_rotation=True,
            deletion_window_in_days=args.deletion_days,
            policy=document(key_statements(key, args.names)),
            tags=TAGS.get(key),
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep),
        )
        aws.kms.Alias(
            f"{name}-{key}",
            name=f"alias/{args.names.resource(key)}",
            target_key_id=made.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.arn


def key_statements(key: KeyName, names: Names) -> list[Statement]:
    """Who may use a key: the account's own policies decide, and these services may for this account.

    The portal's key has no service: DataZone uses it as whoever makes and runs the domain.
    https://docs.aws.amazon.com/datazone/latest/userguide/encryption-rest-datazone.html
    """
    owner = {
        "Sid": "AccountDecidesByItsPolicies",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{names.partition}:iam::{names.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    services = {
        "landing": [_queues_events(names), _puts_events_aside(names, "workflow-dead")],
        "end-use": [_puts_events_aside(names, "graphql-undelivered")],
        "logs": [_encrypts_logs(names), *_encrypts_trail(names), *_encrypts_alerts(names)],
    }
    return [owner, *services.get(key, [])]


def _queues_events(names: Names) -> Statement:
    """S3 announces dropped files on an encrypted queue."""
    return _service("s3.amazonaws.com", "QueueEvents") | {
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnEquals": {"aws:SourceArn": names.bucket_arn("landing")},
        },
    }


def _puts_events_aside(names: Names, what: str) -> Statement:
    """EventBridge puts into an encrypted queue what it could not deliver, and tells the key nothing but which queue:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html."""
    queue = names.arn("sqs", names.resource(what))
    return _service("events.amazonaws.com", "PutEventsAside") | {
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Condition": {"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": queue}},
    }


def _encrypts_logs(names: Names) -> Statement:
    groups = names.arn("logs", "log-group:*")
    return _service(f"logs.{names.region}.amazonaws.com", "EncryptLogs") | {
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    }


def _encrypts_trail(names: Names) -> list[Statement]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    ours = {"StringEquals": {"aws:SourceArn": trail_arn(names)}}
    trails = f"arn:{names.partition}:cloudtrail:*:{names.account}:trail/*"
    for_trails = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    service = "cloudtrail.amazonaws.com"
    return [
        _service(service, "EncryptTrail") | {"Action": "kms:GenerateDataKey*", "Condition": ours | for_trails},
        _service(service, "FindTrailKey") | {"Action": "kms:DescribeKey", "Condition": ours},
        # Without it no trail is made for a bucket with a bucket key, whose encryption context is the bucket.
        _service(service, "DecryptBucketKey") | {"Action": "kms:Decrypt", "Condition": ours},
    ]


def _encrypts_alerts(names: Names) -> list[Statement]:
    """What tells the topic of alerts: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html."""
    topic = {"ArnEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn(names)}}
    account = {"StringEquals": {"aws:SourceAccount": names.account}}
    # EventBridge gives no source for a topic: with a condition on one, nothing arrives.
    conditions = {"cloudwatch": topic | account, "events": topic, "budgets": account}
    return [
        _service(f"{service}.amazonaws.com", f"TellOf{service.title()}")
        | {"Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Condition": condition}
        for service, condition in conditions.items()
    ]


def trail_arn(names: Names) -> str:
    """ARN of the audit trail."""
    return names.arn("cloudtrail", f"trail/{names.resource('audit')}")


def topic_arn(names: Names) -> str:
    """ARN of the topic of alerts."""
    return names.arn("sns", names.resource("alerts"))


def _service(principal: str, sid: str) -> Statement:
    actions = ["Encrypt*", "Decrypt*", "ReEncrypt*", "GenerateDataKey*", "Describe*"]
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": [f"kms:{action}" for action in actions],
        "Resource": "*",
    }
