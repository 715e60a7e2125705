"""S3: objects."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from embedded.provider.assets import content
from embedded.provider.entry import Entry, Fault, Tagging, call, words
from embedded.provider.work import Work

_BODIES = ("source", "content", "contentBase64")


def _body(context: Mapping[str, Any]) -> bytes:
    if context.get("content") is not None:
        return str(context["content"]).encode()
    if context.get("contentBase64") is not None:
        return base64.b64decode(context["contentBase64"])
    return content(context["source"]) if context.get("source") else b""


def _write_tags(work: Work, tags: Mapping[str, str]) -> None:
    where = {"Bucket": work.get("bucket"), "Key": work.get("key")}
    if not tags:
        work.ask("delete_object_tagging", **where)
        return
    work.ask("put_object_tagging", **where, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]})


def _write(work: Work) -> None:
    work.send(_PUT)
    _write_tags(work, work.new.get("tags") or {})


def _delete(work: Work) -> None:
    """In a versioned bucket every version goes, as with Terraform's provider; a locked one stays and is an error."""
    where = {"Bucket": work.old["bucket"], "Key": work.old["key"]}
    if not work.old.get("versionId"):
        work.ask("delete_object", **where)
        return
    found = work.ask("list_object_versions", Bucket=where["Bucket"], Prefix=where["Key"])
    freed = {"BypassGovernanceRetention": True} if work.old.get("forceDestroy") else {}
    for each in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
        if each["Key"] == where["Key"]:
            work.ask("delete_object", **where, VersionId=each["VersionId"], **freed)


def _one_body(props: Mapping[str, Any]) -> list[Fault]:
    given = [n for n in _BODIES if props.get(n) is not None]
    if len(given) <= 1:
        return []
    return [Fault(given[1], f"goes not with {given[0]}: give one of {', '.join(_BODIES)}")]


def _checksum(context: Mapping[str, Any]) -> str | None:
    """For mocks: what S3 would say of a body that it holds unencrypted."""
    if context.get("content") is None:
        return None
    return hashlib.md5(_body(context), usedforsecurity=False).hexdigest()


_PUT = call(
    "put_object", Bucket="{bucket}", Key="{key}", Body=_body, skip="source content contentBase64 etag sourceHash"
)

ENTRIES: dict[str, Entry] = {
    "aws:s3/bucketObjectv2:BucketObjectv2": Entry(
        service="s3",
        id="{bucket}/{key}",
        create=_PUT,
        read=(
            call("head_object", Bucket="{bucket}", Key="{key}"),
            call("get_object_tagging", Bucket="{bucket}", Key="{key}", sets={"tags": "TagSet"}),
        ),
        update=_write,
        delete=_delete,
        tags=Tagging({}, "", "", write=_write_tags),
        takes=words("source content contentBase64 sourceHash etag"),
        local={"forceDestroy": False},
        unread=words("source content contentBase64 sourceHash acl checksumAlgorithm"),
        names={"acl": "ACL", "kmsKeyId": "SSEKMSKeyId", "websiteRedirect": "WebsiteRedirectLocation"},
        outputs={
            "arn": "arn:{partition}:s3:::{bucket}/{key}",
            "bucket": "{bucket}",
            "key": "{key}",
            "etag": _checksum,
            "storageClass": "STANDARD",
            "serverSideEncryption": "AES256",
            "contentType": "application/octet-stream",
        },
        reads={"etag": "ETag"},
        replace=words("bucket key"),
        gone=words("404 NoSuchBucket NoSuchKey"),
        named="key",
        renewed=words("etag versionId"),
        rules=(_one_body,),
    ),
}
