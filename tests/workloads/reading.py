"""Reading back what functions and jobs wrote."""

import json
from typing import Any


def objects(s3: Any, bucket: str, prefix: str = "") -> dict[str, bytes]:
    """Everything in a bucket, or below a prefix, by key."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {entry["Key"]: s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in found}


def entries(body: bytes) -> list[dict[str, Any]]:
    """The entries of a quarantine object."""
    return [json.loads(line) for line in body.decode().splitlines()]
