"""S3: policies with conditions, Object Lock that reaches every object, lifecycle and logging kept as given."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import xmltodict  # type: ignore[import-untyped]
from flask import has_request_context, request
from moto.core.responses import ActionResult
from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import BucketAccessDeniedError, InvalidBucketState, NoSuchLifecycleConfiguration
from moto.s3.models import FakeBucket, FakeDeleteMarker, S3Backend, s3_backends
from moto.s3.responses import S3Response
from moto.s3.utils import _VersionedKeyStore

from embedded.cloud import bucket_policy, callers
from embedded.cloud.patches.graft import graft
from embedded.cloud.surroundings import ACCOUNT

_state = threading.local()
_put_object = S3Backend.put_object
_complete_multipart_upload = S3Backend.complete_multipart_upload
_put_bucket_lifecycle = S3Backend.put_bucket_lifecycle
_delete_bucket = S3Response.delete_bucket
_key_response_put = S3Response._key_response_put
_get_bucket_notification = S3Response.get_bucket_notification
_get_bucket_logging = S3Response.get_bucket_logging
_list_objects = S3Response.list_objects
_get_location_constraint = S3Response._get_location_constraint
# What any call of a bucket may carry: what SDKs add, and how a URL is signed beforehand, besides X-Amz-....
_PLAIN = frozenset({"x-id", "AWSAccessKeyId", "Signature", "Expires"})
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
_OF_A_LISTING = frozenset({"delimiter", "encoding-type", "marker", "max-keys", "prefix"})


# Bucket calls that are judged by who asks, as all calls of objects are; of the others moto's names aren't always IAM's.
_LISTS = {"ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"}


def _authorize(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
    """Refuse a role or user of the account what no policy allows it. moto would judge everybody, and no condition."""
    action = self._get_action()
    asking = callers.current()
    if asking is None or bucket_name is None or (key_name is None and action not in _LISTS):
        return
    asked = [(action, f"{bucket_name}/{key_name}" if key_name else bucket_name)]
    source = self.headers.get("x-amz-copy-source")
    if source:
        asked.append(("GetObject", unquote(source).lstrip("/").partition("?")[0]))
    if any(_refused(self.backend, asking, f"s3:{name}", f"arn:aws:s3:::{path}") for name, path in asked):
        raise BucketAccessDeniedError(bucket=bucket_name)


def _refused(backend: Any, asking: callers.Caller, action: str, resource: str) -> bool:
    bucket = backend.buckets.get(resource.removeprefix("arn:aws:s3:::").partition("/")[0])
    policy = json.loads(bucket.policy) if bucket is not None and bucket.policy else {}
    headers = {key.lower(): value for key, value in request.headers.items()}
    known = {
        **bucket_policy.CONTEXT,
        "aws:principalarn": asking.arn,
        "s3:prefix": request.args.get("prefix"),
        "s3:delimiter": request.args.get("delimiter"),
    }
    return bucket_policy.refused(callers.policies(asking), policy, asking.arn, action, resource, headers, known)


def _get_permission(self: Any, action: str, resource: str) -> Any:
    asking = callers.current()
    # The objects of a DeleteObjects are judged one by one, and here alone.
    if action == "s3:DeleteObject" and asking and _refused(s3_backends[ACCOUNT]["aws"], asking, action, resource):
        return PermissionResult.DENIED
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = self.policy.decode()
    headers = {key.lower(): value for key, value in request.headers.items()} if has_request_context() else {}
    # HEAD and GET of an object are one permission.
    action = action.replace("s3:HeadObject", "s3:GetObject").replace("s3:PostObject", "s3:PutObject")
    if bucket_policy.denied(policy, action, resource, headers):
        return PermissionResult.DENIED
    if bucket_policy.allowed_to_all(policy, action, resource, headers):
        return PermissionResult.PERMITTED
    return PermissionResult.NEUTRAL


class _Backend:
    def log_incoming_request(self: Any, *_: Any) -> None:
        """Deliver no access logs: moto writes an object a call, so that a bucket of logs is never empty."""

    def put_object(self: Any, bucket_name: str, *arguments: Any, **options: Any) -> Any:
        """Lock by the bucket's default, however the object came: by PUT, by copy, in parts."""
        bucket = self.get_bucket(bucket_name)
        if bucket.has_default_lock and not options.get("lock_mode"):
            options |= {"lock_mode": bucket.default_lock_mode, "lock_until": bucket.default_retention()}
        if getattr(_state, "silent", False):
            options["disable_notification"] = True
        return _put_object(self, bucket_name, *arguments, **options)

    def complete_multipart_upload(self: Any, *arguments: Any, **options: Any) -> Any:
        """Announce the object once; moto sends ObjectCreated:Put too."""
        _state.silent = True
        try:
            return _complete_multipart_upload(self, *arguments, **options)
        finally:
            _state.silent = False

    def put_object_lock_configuration(
        self: Any,
        bucket_name: str,
        lock_enabled: bool,
        mode: str | None = None,
        days: int | None = None,
        years: int | None = None,
    ) -> None:
        """Set the default retention, also where the bucket holds objects, as AWS has allowed since 2023."""
        bucket = self.get_bucket(bucket_name)
        if not bucket.is_versioned:
            raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
        bucket.object_lock_enabled = bucket.object_lock_enabled or bool(lock_enabled)
        bucket.default_lock_mode = mode
        bucket.default_lock_days = days or 0
        bucket.default_lock_years = years or 0

    def put_bucket_lifecycle(self: Any, bucket_name: str, rules: list[dict[str, Any]]) -> None:
        _put_bucket_lifecycle(self, bucket_name, rules)
        bucket = self.get_bucket(bucket_name)
        bucket.embedded_lifecycle = rules
        for rule, kept in zip(rules, bucket.rules, strict=True):
            rule.setdefault("ID", kept.id)


class _Responses:
    def get_bucket_lifecycle(self: Any) -> Any:
        """Answer with the rules as they were put; moto drops some of their fields."""
        self.data["Action"] = "GetBucketLifecycleConfiguration"
        bucket = self.backend.get_bucket(self.bucket_name)
        if not bucket.rules:
            raise NoSuchLifecycleConfiguration(bucket_name=self.bucket_name)
        namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        body = xmltodict.unparse({"LifecycleConfiguration": {"@xmlns": namespace, "Rule": bucket.embedded_lifecycle}})
        return 200, {"Content-Type": "application/xml"}, body

    def get_bucket_logging(self: Any) -> Any:
        """Show the form of the log's keys; moto keeps and does not show it."""
        logging = self.backend.get_bucket_logging(self.bucket_name) or {}
        form = logging.get("TargetObjectKeyFormat")
        if not form:
            return _get_bucket_logging(self)
        self.data["Action"] = "GetBucketLogging"
        shown = {name: logging[name] for name in ("TargetBucket", "TargetPrefix")}
        shown["TargetObjectKeyFormat"] = {name: value or {} for name, value in form.items()}
        return self.serialized(ActionResult({"LoggingEnabled": shown}))

    def get_bucket_notification(self: Any) -> Any:
        """Show that events go to EventBridge; moto keeps and does not show it."""
        answer = _get_bucket_notification(self)
        held = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if not held or held.event_bridge is None:
            return answer
        status, headers, body = answer
        document = xmltodict.parse(body)
        document["NotificationConfiguration"]["EventBridgeConfiguration"] = {}
        return status, headers, xmltodict.unparse(document)

    def list_objects(self: Any) -> Any:
        """moto lists the objects where a configuration is asked for that it does not know."""
        _must_be_plain("GET", but=_OF_A_LISTING)
        return _list_objects(self)

    def delete_bucket(self: Any) -> Any:
        _must_be_plain("DELETE")
        return _delete_bucket(self)


def _location_of_new(self: Any) -> Any:
    """Where a bucket is made; moto makes one for a configuration that it does not know."""
    _must_be_plain("PUT")
    return _get_location_constraint(self)


def _must_be_plain(method: str, *, but: frozenset[str] = frozenset()) -> None:
    """Refuse a call of a bucket with more in its query: it is of a configuration that moto does not know."""
    asked = set(request.args) - _PLAIN - but if has_request_context() else set()
    strange = sorted(name for name in asked if not name.lower().startswith("x-amz-"))
    if strange:
        raise NotImplementedError(f"{method} of a bucket's {', '.join(strange)} is not implemented")


def _put_with_checksum(self: Any, query: Any, key_name: str) -> Any:
    """Take any checksum for the one that a locked bucket wants; moto knows one header of the SDKs only.

    A copy brings no body, and so needs none.
    """
    if not self.headers.get("Content-Md5") and not self.headers.get("x-amz-sdk-checksum-algorithm"):
        named = [name for name, _ in self.headers.items() if name.lower().startswith("x-amz-checksum-")]
        trailer = self.headers.get("x-amz-trailer", "")
        copied = "x-amz-copy-source" in self.headers
        if named or copied or trailer.startswith("x-amz-checksum-"):
            algorithm = (named[0].lower() if named else trailer or "-sha256").rsplit("-", 1)[-1].upper()
            self.headers = _Headers(self.headers, {"x-amz-sdk-checksum-algorithm": algorithm})
    return _key_response_put(self, query, key_name)


def _log_permissions_enabled_policy(target_bucket: Any, target_prefix: str | None) -> bool:
    """Whether the policy lets S3 write access logs; moto fails on a statement whose principal is everyone."""
    if not target_bucket.policy:
        return False
    where = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}"
    covering = {where, f"{where}/*", f"{where}/{target_prefix or ''}*"}
    return any(
        statement.get("Effect") == "Allow"
        and isinstance(statement.get("Principal"), dict)
        and "logging.s3.amazonaws.com" in _many(statement["Principal"].get("Service"))
        and "s3:PutObject" in _many(statement.get("Action"))
        and covering & set(_many(statement.get("Resource")))
        for statement in _many(json.loads(target_bucket.policy)["Statement"])
    )


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _dispose(_self: Any) -> None:
    """A delete marker has no bytes to let go of; moto asks it to, in a bucket whose versioning is suspended."""


class _Store:
    """A bucket's keys. moto walks over a copy of them but looks each up again, and fails if it is gone by then."""

    def iterlists(self: Any) -> Iterator[tuple[str, list[Any]]]:
        for key, versions in dict(self).items():
            if versions:
                yield key, list(versions)

    def iteritems(self: Any) -> Iterator[tuple[str, Any]]:
        for key, versions in self.iterlists():
            yield key, versions[-1]

    def itervalues(self: Any) -> Iterator[Any]:
        for _, versions in self.iterlists():
            yield versions[-1]

    items, values, lists = iteritems, itervalues, iterlists


class _Headers(dict[str, str]):
    """Request headers with some added, asked for in any case."""

    def __init__(self, headers: Any, added: dict[str, str]) -> None:
        super().__init__({**dict(headers.items()), **added})
        self._lower = {key.lower(): value for key, value in self.items()}

    def get(self, key: str, default: Any = None) -> Any:
        return self._lower.get(key.lower(), default)

    def __getitem__(self, key: str) -> str:
        return self._lower[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._lower


def install() -> None:
    """Patch the bucket, the backend and the response class."""
    FakeBucket.get_permission = _get_permission
    S3Response._authenticate_and_authorize_s3_action = _authorize
    FakeBucket._log_permissions_enabled_policy = staticmethod(_log_permissions_enabled_policy)
    FakeDeleteMarker.dispose = _dispose
    graft(_VersionedKeyStore, _Store)
    graft(S3Backend, _Backend)
    graft(S3Response, _Responses)
    S3Response._get_location_constraint = _location_of_new
    S3Response._key_response_put = _put_with_checksum
