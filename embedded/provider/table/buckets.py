"""S3: buckets and their settings."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.bucket_rules import lifecycle, notification
from embedded.provider.entry import Call, Entry, Gone, Tagging, call, words
from embedded.provider.rules import like
from embedded.provider.values import Props
from embedded.provider.work import CallError, Work

_ZONES = {  # hosted zones of S3 website endpoints, from AWS's general reference
    "us-east-1": "Z3AQBSTGFJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
}
_GONE = words("NoSuchBucket 404")
AT_A_TIME = 1000
"""Versions that S3 lists, and deletes, in one call."""


_NAME = like("bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "3 to 63 lower-case letters, digits, hyphens or periods")


def _create(work: Work) -> str:
    members: dict[str, Any] = {"Bucket": work.new["bucket"]}
    if work.region != "us-east-1":
        members["CreateBucketConfiguration"] = {"LocationConstraint": work.region}
    if work.new.get("objectLockEnabled"):
        members["ObjectLockEnabledForBucket"] = True
    work.ask("create_bucket", **members)
    return str(work.new["bucket"])


def _empty(work: Work) -> None:
    """Delete every version of every object, locked ones as far as governance allows."""
    locked = {"BypassGovernanceRetention": True} if work.get("objectLockEnabled") else {}
    # Always the first page: moto finds no page that begins after a version that is gone.
    while keys := _versions(work):
        answer = work.ask("delete_objects", Bucket=work.id, Delete={"Objects": keys}, **locked)
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise CallError(f"s3:delete_objects left {first['Key']}: {first['Message']}", first["Code"])


def _versions(work: Work) -> list[dict[str, str]]:
    """The first versions and delete markers of a bucket."""
    page = work.ask("list_object_versions", Bucket=work.id, MaxKeys=AT_A_TIME)
    items = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in items]


def _delete(work: Work) -> None:
    if work.old.get("forceDestroy"):
        _empty(work)
    work.ask("delete_bucket", Bucket=work.id)


def _write_tags(work: Work, tags: Mapping[str, str]) -> None:
    if tags:
        pairs = [{"Key": k, "Value": v} for k, v in tags.items()]
        work.ask("put_bucket_tagging", Bucket=work.id, Tagging={"TagSet": pairs})
    else:
        work.ask("delete_bucket_tagging", Bucket=work.id)


def _read_versioning(work: Work) -> Props:
    found = work.ask("get_bucket_versioning", Bucket=work.id)
    asked = work.get("versioningConfiguration") or {}
    state = {"status": found.get("Status", "Disabled")}
    if found.get("MFADelete") or asked.get("mfaDelete"):
        state["mfaDelete"] = found.get("MFADelete", "Disabled")
    return {"bucket": work.id, "versioningConfiguration": state}


def _write_versioning(work: Work) -> str:
    wanted = work.new["versioningConfiguration"]
    if wanted["status"] != "Disabled" or work.old:
        work.send(call("put_bucket_versioning", Bucket="{bucket}"))
    return str(work.new["bucket"])


def _suspend_versioning(work: Work) -> None:
    if work.old["versioningConfiguration"]["status"] != "Enabled":
        return
    try:
        work.ask("put_bucket_versioning", Bucket=work.id, VersioningConfiguration={"Status": "Suspended"})
    except CallError as fault:
        if fault.code != "InvalidBucketState":  # a bucket with object lock keeps its versions for good
            raise


_KINDS = {
    "lambdaFunctions": ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambdaFunctionArn"),
    "queues": ("QueueConfigurations", "QueueArn", "queueArn"),
    "topics": ("TopicConfigurations", "TopicArn", "topicArn"),
}
_FILTERS = {"filterPrefix": "prefix", "filterSuffix": "suffix"}


def _notify(work: Work) -> str:
    bucket = work.get("bucket")
    wanted: dict[str, Any] = {"EventBridgeConfiguration": {}} if work.new.get("eventbridge") else {}
    for name, (member, arn, source) in _KINDS.items():
        items = []
        for number, each in enumerate(work.new.get(name) or []):
            rules = [{"Name": rule, "Value": each[k]} for k, rule in _FILTERS.items() if each.get(k)]
            chosen = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
            id_ = each.get("id") or f"tf-s3-{name}-{bucket[:40]}-{number}"
            items.append({"Id": id_, arn: each[source], "Events": each["events"], **chosen})
        if items:
            wanted[member] = items
    work.ask("put_bucket_notification_configuration", Bucket=bucket, NotificationConfiguration=wanted)
    return str(bucket)


def _read_notification(work: Work) -> Props:
    found = work.ask("get_bucket_notification_configuration", Bucket=work.id)
    out: Props = {"bucket": work.id, "eventbridge": "EventBridgeConfiguration" in found}
    for name, (member, arn, source) in _KINDS.items():
        items = []
        for each in found.get(member, []):
            rules = {
                r["Name"].lower(): r["Value"] for r in each.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            }
            chosen = {k: rules[rule] for k, rule in _FILTERS.items() if rule in rules}
            items.append({"id": each["Id"], source: each[arn], "events": each["Events"], **chosen})
        out[name] = items
    if not out["eventbridge"] and not any(out[k] for k in _KINDS):
        raise Gone
    return out


def _stop_notifying(work: Work) -> None:
    work.ask("put_bucket_notification_configuration", Bucket=work.id, NotificationConfiguration={})


def _setting(write: Call, read: Call, delete: Any, gone: str = "", **more: Any) -> Entry:
    """A setting of a bucket: written whole, known by the bucket's name."""
    unread = words("expectedBucketOwner") | more.pop("unread", frozenset())
    return Entry(
        service="s3",
        id="{bucket}",
        create=write,
        read=(read,),
        update=write,
        delete=delete,
        outputs={"bucket": "{id}"},
        replace=words("bucket expectedBucketOwner"),
        unread=unread,
        gone=_GONE | words(gone),
        **more,
    )


_HERE: dict[str, Any] = {"Bucket": "{bucket}"}
_ID: dict[str, Any] = {"Bucket": "{id}"}

ENTRIES: dict[str, Entry] = {
    "aws:s3/bucket:Bucket": Entry(
        service="s3",
        id="{bucket}",
        create=_create,
        read=(
            call("head_bucket", **_ID),
            call(
                "get_object_lock_configuration",
                **_ID,
                sets={"objectLockEnabled": "ObjectLockConfiguration.ObjectLockEnabled=='Enabled'"},
                absent="ObjectLockConfigurationNotFoundError",
            ),
            call("get_bucket_tagging", **_ID, sets={"tags": "TagSet"}, absent="NoSuchTagSet"),
        ),
        delete=_delete,
        tags=Tagging(_ID, "", "", write=_write_tags),
        takes=words("bucket objectLockEnabled"),
        local={"forceDestroy": False},
        outputs={
            "arn": "arn:{partition}:s3:::{id}",
            "bucket": "{id}",
            "bucketRegion": "{region}",
            "bucketDomainName": "{id}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{id}.s3.{region}.amazonaws.com",
            "hostedZoneId": lambda c: _ZONES.get(str(c["region"]), ""),
            "requestPayer": "BucketOwner",
        },
        replace=words("bucket objectLockEnabled"),
        gone=_GONE,
        named="bucket",
        longest=63,
        rules=(_NAME,),
        cfn="AWS::S3::Bucket",
        names={"bucket": "Bucket"},
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Entry(
        service="s3",
        id="{bucket}",
        create=_write_versioning,
        read=(_read_versioning,),
        update=_write_versioning,
        delete=_suspend_versioning,
        takes=words("bucket versioningConfiguration mfa expectedBucketOwner"),
        unread=words("mfa expectedBucketOwner"),
        replace=words("bucket expectedBucketOwner"),
        gone=_GONE,
        names={"mfa": "MFA"},
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _setting(
        call("put_bucket_encryption", **_HERE, into="ServerSideEncryptionConfiguration"),
        call("get_bucket_encryption", **_ID, take="ServerSideEncryptionConfiguration"),
        call("delete_bucket_encryption", **_ID),
        "ServerSideEncryptionConfigurationNotFoundError",
        names={"rules.blockedEncryptionTypes": "BlockedEncryptionTypes.EncryptionType"},
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _setting(
        call("put_public_access_block", **_HERE, into="PublicAccessBlockConfiguration"),
        call("get_public_access_block", **_ID, take="PublicAccessBlockConfiguration"),
        call("delete_public_access_block", **_ID),
        "NoSuchPublicAccessBlockConfiguration",
        local={"skipDestroy": None},
        defaults=dict.fromkeys(
            ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), False
        ),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _setting(
        call("put_bucket_ownership_controls", **_HERE, into="OwnershipControls"),
        call("get_bucket_ownership_controls", **_ID, take="OwnershipControls"),
        call("delete_bucket_ownership_controls", **_ID),
        "OwnershipControlsNotFoundError",
        names={"rule": "Rules"},
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _setting(
        call("put_bucket_policy", **_HERE),
        call("get_bucket_policy", **_ID),
        call("delete_bucket_policy", **_ID),
        "NoSuchBucketPolicy",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _setting(
        call("put_bucket_lifecycle_configuration", **_HERE, into="LifecycleConfiguration"),
        call("get_bucket_lifecycle_configuration", **_ID),
        call("delete_bucket_lifecycle", **_ID),
        "NoSuchLifecycleConfiguration",
        rules=(lifecycle,),
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _setting(
        call("put_object_lock_configuration", **_HERE, into="ObjectLockConfiguration"),
        call("get_object_lock_configuration", **_ID, take="ObjectLockConfiguration"),
        call("put_object_lock_configuration", **_ID, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}),
        "ObjectLockConfigurationNotFoundError",
        defaults={"objectLockEnabled": "Enabled"},
    ),
    "aws:s3/bucketNotification:BucketNotification": Entry(
        service="s3",
        id="{bucket}",
        create=_notify,
        read=(_read_notification,),
        update=_notify,
        delete=_stop_notifying,
        takes=words("bucket eventbridge lambdaFunctions queues topics"),
        defaults={"eventbridge": False},
        replace=words("bucket"),
        gone=_GONE,
        rules=(notification,),
    ),
    "aws:s3/bucketLogging:BucketLogging": _setting(
        call("put_bucket_logging", **_HERE, into="BucketLoggingStatus.LoggingEnabled"),
        call("get_bucket_logging", **_ID, take="LoggingEnabled"),
        call("put_bucket_logging", **_ID, BucketLoggingStatus={}),
    ),
}
