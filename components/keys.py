"""One customer-managed key per layer, one for the code, one for the logs and alerts, and one for the portal.

A key's policy names who may use it: the platform's roles, whoever deploys, and the AWS services that use a key as
themselves, each for what is ours. A principal of the account needs its own policy to say so as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import pulumi
import pulumi_aws as aws

from components.iam import Statement, document
from components.key_users import Feature, users
from components.key_users import KeyName as KeyName
from components.names import Names
from components.portal_access import ENVIRONMENT_ROLES

TAGS: Mapping[KeyName, Mapping[str, str]] = {"portal": {"AmazonDataZoneEnvironment": "All"}}
"""By this tag DataZone's environments may use the key of the bucket that they work in:
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonDataZoneEnvironmentRolePermissionsBoundary.html."""

READS = ("Decrypt", "DescribeKey")
WRITES = (*READS, "Encrypt", "GenerateDataKey*", "ReEncrypt*")
ADMINISTERS = (
    *("CreateAlias", "UpdateAlias", "DeleteAlias", "TagResource", "UntagResource", "UpdateKeyDescription"),
    *("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListKeyPolicies", "ListKeyRotations", "ListResourceTags"),
    *("EnableKey", "DisableKey", "EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"),
    *("ListGrants", "RevokeGrant", "PutKeyPolicy", "ScheduleKeyDeletion", "CancelKeyDeletion"),
)
"""What an administrator of a key does with it, of AWS's default key policy; of grants, seeing and ending them alone.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-administrators"""

UNMARKED_GRANTS: tuple[KeyName, ...] = ("landing", "refined")
"""The keys of which Data Exchange and QuickSight are granted the use. Neither says that KMS marks its grants as a
service's; where a service's are not, as EKS's are not, a policy that asks for the mark refuses them.
https://docs.aws.amazon.com/data-exchange/latest/userguide/key-management.html
https://docs.aws.amazon.com/quicksight/latest/developerguide/cmk-operations.html"""


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """`deployers` are ARNs of who makes what the keys encrypt, `producers` of who drops files and sends records.

    `has`: whether the platform has a feature that brings roles of its own; it has those not in it. `deletion_days` is
    how long a deleted key can be brought back; `keep` refuses to delete it at all.
    """

    names: Names
    deployers: Sequence[str]
    producers: Sequence[str] = ()
    has: Mapping[Feature, bool] = field(default_factory=dict)
    deletion_days: int
    keep: bool


class Keys(pulumi.ComponentResource):
    """The keys, each usable by those alone whom its policy names."""

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
            policy=document(key_statements(key, args)),
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


def key_statements(key: KeyName, args: KeysArgs) -> list[Statement]:
    """The policy of a key: who administers it, which principals of the account use it, and which services."""
    return [_administers(args.names), *use_statements(key, args), *service_statements(key, args.names)]


def _administers(names: Names) -> Statement:
    """Whom the account's own policies let may administer the key, and use it for nothing.

    Unbounded, since KMS takes no policy that its writer could not change again:
    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    return _of_account(names, "AccountAdministers", ADMINISTERS)


def use_statements(key: KeyName, args: KeysArgs) -> list[Statement]:
    """Which principals of the account may read with a key, write with it, and grant its use to AWS services.

    DataZone names the roles of its environments itself. It has no service here: it uses its key as whoever makes and
    runs the domain. https://docs.aws.amazon.com/datazone/latest/userguide/encryption-rest-datazone.html
    """
    names, has = args.names, args.has
    environments = f"arn:{names.partition}:iam::{names.account}:role/{ENVIRONMENT_ROLES}"
    others: Mapping[KeyName, Sequence[str]] = {
        "landing": args.producers,
        "portal": [environments] if has.get("portal", True) else [],
    }
    readers = users(key, "reads", names, has)
    writers = [*users(key, "writes", names, has), *args.deployers, *others.get(key, ())]
    granters = [*users(key, "grants", names, has), *args.deployers]
    for_services = {} if key in UNMARKED_GRANTS else {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        *([_of_account(names, "RolesRead", READS, _is_one_of(readers))] if readers else []),
        _of_account(names, "RolesWrite", WRITES, _is_one_of(writers)),
        _of_account(names, "GrantToServices", ["CreateGrant"], _is_one_of(granters) | for_services),
    ]


def _is_one_of(principals: Sequence[str]) -> dict[str, Any]:
    """By condition, since KMS takes no principal that isn't there yet, and roles are made after keys.

    It holds for a role's sessions, and where a service asks on a role's behalf:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    return {"ArnLike": {"aws:PrincipalArn": list(dict.fromkeys(principals))}}


def _of_account(
    names: Names, sid: str, actions: Sequence[str], condition: Mapping[str, Any] | None = None
) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{names.partition}:iam::{names.account}:root"},
        "Action": [f"kms:{action}" for action in actions],
        "Resource": "*",
    }
    return statement | ({"Condition": dict(condition)} if condition else {})


def service_statements(key: KeyName, names: Names) -> list[Statement]:
    """The AWS services that use a key as themselves, and for what of ours."""
    services = {
        "landing": [_queues_events(names), _puts_events_aside(names, "workflow-dead")],
        "end-use": [_puts_events_aside(names, "graphql-undelivered")],
        "logs": [_encrypts_logs(names), *_encrypts_trail(names), *_encrypts_alerts(names)],
    }
    return services.get(key, [])


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
