"""What must not change or vanish, can't."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import Severity

from ..rule import Finding, NotApplicableError, Rule, Verdict, cis, must, nist, resource_rule, security_hub, stack_rule
from ..subject import Stack, Subject
from ..tokens import BUCKET, BUCKET_LOCK, REDSHIFT_CLUSTER, TRAIL
from .audit import OBJECTS, receives_access_logs, recorded

# How a program says which of its buckets hold raw data.
RAW: dict[str, dict[str, Any]] = {
    "tag": {"type": "string", "default": "layer", "description": "Tag that declares a bucket raw."},
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
}


@stack_rule(
    id="s3-object-lock",
    title="Buckets of raw data and of the audit are locked.",
    severity=Severity.HIGH,
    controls=(*security_hub("S3.15"), *nist("AU-9", "CP-9", "SI-12")),
    types=(BUCKET,),
    why="raw data is what everything else is rebuilt from, and the audit what an intruder removes first",
    remedy="Bucket(object_lock_enabled=True) and BucketObjectLockConfiguration(rule="
    '{"default_retention": {"mode": "GOVERNANCE" or "COMPLIANCE", "days": ...}})',
    settings=RAW,
)
def s3_object_lock(bucket: Subject, stack: Stack) -> Verdict:
    """Raw is what its tag or name says so, the audit what a trail writes to; a lock without retention locks nothing."""
    raw = holds_raw_data(s3_object_lock, bucket, stack)
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


def holds_raw_data(rule: Rule, bucket: Subject, stack: Stack) -> bool:
    """Whether a bucket's tag or name says so, as the settings `RAW` of `rule` have it."""
    if bucket.tag(rule.setting(stack.config, "tag")) in rule.setting(stack.config, "values"):
        return True
    name = str(bucket.written("bucket"))
    return any(fnmatchcase(name, pattern) for pattern in rule.setting(stack.config, "names"))


@stack_rule(
    id="data-recorded",
    title="A trail records each call to the objects of every bucket of data.",
    severity=Severity.HIGH,
    controls=(*security_hub("S3.22", "S3.23"), *cis("3.8", "3.9"), *nist("AU-2", "AU-12")),
    types=(BUCKET,),
    why="management events say who changed a bucket, never who took its data, or tried to remove it",
    remedy='field_selectors=[..., {"field": "resources.ARN", "starts_withs": [f"{bucket_arn}/"]}]',
    settings={
        "tag": {"type": "string", "default": "layer", "description": "Tag that tells what a bucket holds."},
        "without": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["code", "portal"],
            "description": "The tag's values that stand for buckets without data.",
        },
    },
)
def data_recorded(bucket: Subject, stack: Stack) -> Verdict:
    """A trail of this stack, since nobody here can see whether the organisation has one.

    Logs are no data: a trail that records its own deliveries never ends.
    """
    if bucket.tag(data_recorded.setting(stack.config, "tag")) in data_recorded.setting(stack.config, "without"):
        raise NotApplicableError("declared to hold no data")
    if receives_access_logs(bucket, stack) or stack.pointing(bucket, "s3BucketName", TRAIL):
        raise NotApplicableError("it holds logs")
    # By name, which previews know, and not by ARN: what names no bucket ("arn:aws:s3") stands for all of them.
    objects = f"{bucket.get('bucket')}/"
    prefixes = [prefix for trail in stack.of(TRAIL) for prefix in recorded(trail, OBJECTS)]
    if not any(objects.startswith(prefix.partition(":::")[2]) for prefix in prefixes):
        yield Finding("no trail of this stack records calls to its objects")
