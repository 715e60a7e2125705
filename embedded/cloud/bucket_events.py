"""S3 notifications in the shape of AWS's documents; functions are invoked asynchronously, as S3 does."""

import json
import logging
import uuid
from itertools import count
from typing import Any
from urllib.parse import quote_plus

from moto.awslambda.models import lambda_backends
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.s3 import notifications

from embedded.cloud.functions import Functions

log = logging.getLogger(__name__)

_sequence = count(1)


def event(event_name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
    """One notification, as https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    # A slash stays as it is in the key; moto encodes it too.
    item: dict[str, Any] = {"key": quote_plus(key.name, safe="/")}
    if "ObjectCreated" in event_name:
        item |= {"size": key.size, "eTag": key.etag.strip('"')}
    if bucket.is_versioned and key.version_id != "null":
        item["versionId"] = key.version_id
    item["sequencer"] = f"{next(_sequence):016X}"
    owner = {"principalId": "EMBEDDED"}
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": bucket.region_name,
                "eventTime": iso_8601_datetime_with_milliseconds(),
                "eventName": event_name.removeprefix("s3:"),
                "userIdentity": owner,
                "requestParameters": {"sourceIPAddress": "127.0.0.1"},
                "responseElements": {"x-amz-request-id": uuid.uuid4().hex[:16].upper(), "x-amz-id-2": "embedded"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": notification_id,
                    "bucket": {"name": bucket.name, "ownerIdentity": owner, "arn": bucket.arn},
                    "object": item,
                },
            }
        ]
    }


def _test_event(bucket_name: str) -> dict[str, Any]:
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": iso_8601_datetime_with_milliseconds(),
        "Bucket": bucket_name,
        "RequestId": uuid.uuid4().hex[:16].upper(),
        "HostId": "embedded",
    }


def install(functions: Functions | None) -> None:
    """Give moto's S3 these events; without `functions` no function is invoked."""
    notifications._get_s3_event = event
    notifications._get_test_event = _test_event

    def invoke(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        if functions is None:
            return
        try:
            function = lambda_backends[account_id][region_name].get_function(fn_arn)
        except Exception:
            log.exception("S3 could not notify %s", fn_arn)
            return
        functions.invoke_later(function, json.dumps(event_body))

    notifications._invoke_awslambda = invoke
