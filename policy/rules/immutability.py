"""What must not change or vanish, can't."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pulumi_policy import Severity

from ..rule import Finding, NotApplicableError, Verdict, must, nist, resource_rule, security_hub, stack_rule
from ..subject import Stack, Subject
from ..tokens import BUCKET, BUCKET_LOCK, BUCKET_VERSIONING, REDSHIFT_CLUSTER, TRAIL


@stack_rule(
    id="s3-object-lock",
    title="Buckets of raw data and of the audit are versioned and locked.",
    severity=Severity.HIGH,
    controls=(*security_hub("S3.14", "S3.15"), *nist("AU-9", "CP-9", "SI-12")),
    types=(BUCKET,),
    why="raw data is what everything else is rebuilt from, and the audit what an intruder removes first",
    remedy="Bucket(object_lock_enabled=True), BucketVersioning(status Enabled), BucketObjectLockConfiguration(rule="
    '{"default_retention": {"mode": "GOVERNANCE" or "COMPLIANCE", "days": ...}})',
    settings={
        "tag": {"type": "string", "default": "medallion:layer", "description": "Tag that declares a bucket raw."},
        "values": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["initial"],
            "description": "The tag's values that stand for raw data.",
        },
        "names": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["*-initial-*"],
            "description": "Physical names of raw buckets, where no tag says so; `*` for any run of characters.",
        },
    },
)
def s3_object_lock(bucket: Subject, stack: Stack) -> Verdict:
    """Raw is what its tag or name says so, the audit what a trail writes to; a lock without retention locks nothing."""
    rule = s3_object_lock
    name = str(bucket.written("bucket"))
    raw = bucket.tag(rule.setting(stack.config, "tag")) in rule.setting(stack.config, "values") or any(
        fnmatchcase(name, pattern) for pattern in rule.setting(stack.config, "names")
    )
    if not raw and not bucket.written("objectLockEnabled") and not stack.pointing(bucket, "s3BucketName", TRAIL):
        raise NotApplicableError("neither declared raw, nor locked, nor a trail's")
    locks = stack.pointing(bucket, "bucket", BUCKET_LOCK)
    # S3 turns the lock on for a bucket that a configuration names later, too.
    if not locks:
        yield from must(bucket, "objectLockEnabled", lambda value: value is True, "objectLockEnabled is {}")
        yield Finding("no BucketObjectLockConfiguration gives it a default retention")
    for lock in locks:
        retention = "rule.defaultRetention"
        yield from must(
            lock,
            f"{retention}.mode",
            lambda mode: mode in ("GOVERNANCE", "COMPLIANCE"),
            "the mode of its default retention is {}",
        )
        if not (lock.get(f"{retention}.days") or lock.get(f"{retention}.years")):
            yield Finding("its default retention has neither days nor years")
    versioning = stack.pointing(bucket, "bucket", BUCKET_VERSIONING)
    if not versioning and bucket.written("versioning.enabled") is not True:
        yield Finding("no BucketVersioning names it")
    for each in versioning:
        yield from must(
            each,
            "versioningConfiguration.status",
            lambda status: status == "Enabled",
            "its versioning is {}",
        )


@resource_rule(
    id="redshift-snapshots",
    title="Redshift clusters keep automated snapshots.",
    severity=Severity.MEDIUM,
    controls=nist("CP-9", "CP-10"),
    types=(REDSHIFT_CLUSTER,),
    why="marts can be built again from the lake, but not who was granted what, nor within the hour",
    remedy="automated_snapshot_retention_period=7",
)
def redshift_snapshots(cluster: Subject) -> Verdict:
    """Unset is one day, 0 switches them off; FSBP Redshift.3 asks production for 7."""
    yield from must(
        cluster,
        "automatedSnapshotRetentionPeriod",
        lambda days: days is None or days >= 1,
        "automatedSnapshotRetentionPeriod is {}",
    )
