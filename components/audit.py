"""Audit: who did what, kept where nobody can change it; and the access logs of all buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import Bucket, BucketArgs, ObjectLock
from components.iam import Statement, allow, role, trusted_without_source
from components.keys import trail_arn
from components.names import Names
from components.perimeter import Perimeter
from settings import Retention

WATCHED = ("landing", "initial", "intermediate", "integrated", "refined", "results", "shared")
"""Buckets whose every object call is recorded."""
BALANCER_LOGS = "load-balancer"
"""Where in the bucket of access logs those of the load balancer go."""


@dataclass(frozen=True, kw_only=True)
class AuditArgs:
    """`key_arn` must admit CloudTrail and CloudWatch Logs; `lock_mode` is that of the audit bucket's object lock."""

    names: Names
    key_arn: pulumi.Input[str]
    perimeter: Perimeter
    lock_mode: str
    retention: Retention
    keep: bool


class Audit(pulumi.ComponentResource):
    """A trail over all regions, and two log stores. `access_logs` names that of S3's and load balancers' access logs.

    Two, because S3 can't deliver access logs to a bucket with object lock, and a load balancer to none with a key of
    ours: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html and
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """

    access_logs: pulumi.Output[str]

    def __init__(self, name: str, args: AuditArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:layers:Audit", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        access_logs = Bucket(
            f"{name}-access-logs",
            BucketArgs(
                names=args.names,
                layer="access-logs",
                key_arn=None,
                access_logs=None,
                perimeter=args.perimeter,
                superseded_days=args.retention.superseded_days,
                keep=args.keep,
                expire_days={"": args.retention.audit_days},
                statements=[delivers_access_logs(args.names), delivers_balancer_logs(args.names)],
            ),
            child,
        )
        self.access_logs = access_logs.name
        records = Bucket(
            name,
            BucketArgs(
                names=args.names,
                layer="audit",
                key_arn=args.key_arn,
                access_logs=access_logs.name,
                perimeter=args.perimeter,
                superseded_days=args.retention.superseded_days,
                keep=args.keep,
                object_lock=ObjectLock(mode=args.lock_mode, days=args.retention.audit_days),
                statements=delivers_trail(args.names),
            ),
            child,
        )
        group = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/cloudtrail/{args.names.resource('audit')}",
            kms_key_id=args.key_arn,
            retention_in_days=args.retention.logs_days,
            opts=child,
        )
        streams = pulumi.Output.concat(group.arn, ":log-stream:*")
        deliverer = role(
            name,
            args.names.resource("audit"),
            [trusted_without_source("cloudtrail.amazonaws.com")],
            [allow("DeliverTrail", ["logs:CreateLogStream", "logs:PutLogEvents"], [streams])],
            child,
        )
        aws.cloudtrail.Trail(
            name,
            name=args.names.resource("audit"),
            s3_bucket_name=records.name,
            kms_key_id=args.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=pulumi.Output.concat(group.arn, ":*"),
            cloud_watch_logs_role_arn=deliverer.arn,
            advanced_event_selectors=event_selectors(args.names),
            opts=child,
        )
        self.register_outputs({"access_logs": self.access_logs})


def event_selectors(names: Names) -> list[aws.cloudtrail.TrailAdvancedEventSelectorArgsDict]:
    """All management events (Lake Formation's GetDataAccess is one), and calls to the lake's data and functions.

    Of the trail's own bucket all but what puts objects there: the trail would record itself, without end.
    """
    lake = [f"{names.bucket_arn(layer)}/" for layer in WATCHED]
    functions = names.arn("lambda", f"function:{names.resource('')}")
    return [
        {"name": "Management", "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]},
        _data_events("Objects of the lake", "AWS::S3::Object", lake),
        _data_events("Functions", "AWS::Lambda::Function", [functions]),
        _data_events("Records of the trail", "AWS::S3::Object", [f"{names.bucket_arn('audit')}/"], but=["PutObject"]),
    ]


def _data_events(
    name: str, kind: str, arns: Sequence[str], but: Sequence[str] = ()
) -> aws.cloudtrail.TrailAdvancedEventSelectorArgsDict:
    fields: list[aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgsDict] = [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": [kind]},
        {"field": "resources.ARN", "starts_withs": list(arns)},
    ]
    if but:
        fields.append({"field": "eventName", "not_equals": list(but)})
    return {"name": name, "field_selectors": fields}


def delivers_access_logs(names: Names) -> Statement:
    """S3 may deliver access logs of our buckets."""
    return {
        "Sid": "DeliverAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{names.bucket_arn('access-logs')}/*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnLike": {"aws:SourceArn": f"arn:{names.partition}:s3:::{names.project}-{names.stack}-*"},
        },
    }


def delivers_balancer_logs(names: Names) -> Statement:
    """Our load balancers may deliver access logs. The path says whose they are: the policy that AWS gives has no
    condition, and where `aws:SourceArn` isn't sent, one on it refuses the load balancer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    return {
        "Sid": "DeliverBalancerLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{names.bucket_arn('access-logs')}/{BALANCER_LOGS}/AWSLogs/{names.account}/*",
    }


def delivers_trail(names: Names) -> list[Statement]:
    """CloudTrail may deliver our trail:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html."""
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    ours = {"aws:SourceArn": trail_arn(names)}
    arn = names.bucket_arn("audit")
    return [
        service
        | {"Sid": "FindTrailBucket", "Action": "s3:GetBucketAcl", "Resource": arn, "Condition": {"StringEquals": ours}},
        service
        | {
            "Sid": "DeliverTrail",
            "Action": "s3:PutObject",
            "Resource": f"{arn}/AWSLogs/{names.account}/*",
            "Condition": {"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
