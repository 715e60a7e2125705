"""A bucket as every layer has one: encrypted, versioned, private, logged, inside the perimeter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.iam import Statement, document
from components.names import Names
from components.perimeter import Perimeter, denials


@dataclass(frozen=True, kw_only=True)
class ObjectLock:
    """How long nobody may delete an object version. COMPLIANCE binds even the account's root user."""

    mode: str
    days: int


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """`layer` gives the name. `key_arn` None means S3's own key, for what S3 delivers nowhere else.

    `access_logs` names the bucket that gets the access log; `expire_days` maps a prefix to when its objects go, and
    `cold_after_days` to when they go to a colder class; `kept_days` to when they are gone with their old versions;
    `superseded_days` is how long overwritten or deleted versions stay; `statements` admit services that deliver here.
    """

    names: Names
    layer: str
    key_arn: pulumi.Input[str] | None
    access_logs: pulumi.Input[str] | None
    perimeter: Perimeter
    superseded_days: int
    keep: bool
    object_lock: ObjectLock | None = None
    expire_days: Mapping[str, int] = field(default_factory=dict)
    cold_after_days: Mapping[str, int] = field(default_factory=dict)
    kept_days: Mapping[str, int] = field(default_factory=dict)
    statements: Sequence[Statement] = ()


class Bucket(pulumi.ComponentResource):
    """A private bucket. `name` is known once its policy stands: whoever uses it finds it closed."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:storage:Bucket", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.names.bucket(args.layer),
            object_lock_enabled=args.object_lock is not None,
            force_destroy=not args.keep,
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep),
        )
        versioning = aws.s3.BucketVersioning(
            name, bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=child
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.bucket, rules=[encryption_rule(args.key_arn)], opts=child
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        after_versioning = pulumi.ResourceOptions(parent=self, depends_on=[versioning])
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=lifecycle_rules(args.expire_days, args.superseded_days, args.cold_after_days, args.kept_days),
            opts=after_versioning,
        )
        if args.object_lock:
            lock = args.object_lock
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.bucket,
                rule={"default_retention": {"mode": lock.mode, "days": lock.days}},
                opts=after_versioning,
            )
        if args.access_logs is not None:
            aws.s3.BucketLogging(
                name, bucket=bucket.bucket, target_bucket=args.access_logs, target_prefix=f"{args.layer}/", opts=child
            )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=document([*denials(args.names.bucket_arn(args.layer), args.perimeter), *args.statements]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        self.name = policy.bucket
        self.arn = bucket.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def encryption_rule(
    key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    """Default encryption by our key, asked for once a bucket and day instead of once an object; or by S3's own key."""
    if key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "bucket_key_enabled": True,
    }


def lifecycle_rules(
    expire_days: Mapping[str, int],
    superseded_days: int,
    cold_after_days: Mapping[str, int] | None = None,
    kept_days: Mapping[str, int] | None = None,
) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Objects go after their prefix's days, and go cold before; old versions and broken uploads always go.

    What is kept for so many days is gone after them, without the time that old versions have elsewhere. A version that
    is locked stays until it no longer is, and goes then:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    expiring: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": f"expire-{prefix}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {"days": days},
        }
        for prefix, days in sorted(expire_days.items())
    ]
    cooling: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": f"cool-{prefix}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "transitions": [{"days": day, "storage_class": kind} for kind, day in cold_steps(days).items()],
        }
        for prefix, days in sorted((cold_after_days or {}).items())
    ]
    going: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": f"keep-{prefix}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {"days": days},
            "noncurrent_version_expiration": {"noncurrent_days": 1},
        }
        for prefix, days in sorted((kept_days or {}).items())
    ]
    return [
        *expiring,
        *cooling,
        *going,
        {
            "id": "tidy",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": superseded_days},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        },
    ]


def cold_steps(days: int) -> dict[str, int]:
    """Storage class → after how many days. Both classes answer at once: tables over what is cold can still be queried.

    S3 moves nothing to STANDARD_IA before 30 days, nor on from there for 30 more; an object of less than 128 KB stays
    where it is, since there it would cost more:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
    """
    return {"STANDARD_IA": days, "GLACIER_IR": 3 * days}
