"""Takes in the files that producers drop: S3 event → SQS → here.

A file's bytes go whole and untouched to the initial layer, with the verdict on its lines beside it; the lines that
break the contract go to quarantine.
The event `{"replay": DATA_SET}` judges files that have lines in quarantine anew, by the contract as it is now.
"""

import io
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from workloads.functions import records
else:
    import records

DROP = "drop/"
BUFFER = 1 << 20
"""Bytes read at a time, so that a file may be larger than the function's memory."""
LARGEST = 5 << 30
"""Bytes that S3 copies in one piece: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
AT_A_TIME = 20
"""Files that one replay judges."""


class LandingError(Exception):
    """A notification or replay that no retry can turn into data: it has to be looked at."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Handle one SQS batch, or a replay; only the messages that failed are handed back to the queue."""
    if "replay" in event:
        return replay(event["replay"], event.get("after", ""))
    failures = []
    for message in event["Records"]:
        try:
            for bucket, key in created_objects(message["body"]):
                land(bucket, key)
        except (LandingError, BotoCoreError, ClientError) as error:
            records.log("ERROR", "file_not_landed", message=message["messageId"], error=str(error))
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


def created_objects(body: str) -> Iterator[tuple[str, str]]:
    """Bucket and key of each object that an S3 notification announces; none for S3's test message."""
    try:
        content = json.loads(body)
        if content.get("Event") == "s3:TestEvent":
            return
        announced = [(entry["s3"]["bucket"]["name"], entry["s3"]["object"]["key"]) for entry in content["Records"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LandingError(f"The message is not an S3 notification: {error!r}") from error
    # Keys come form-encoded: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    yield from ((bucket, unquote_plus(key)) for bucket, key in announced)


def land(bucket: str, key: str) -> None:
    """Validate one dropped file, quarantine its bad lines, then copy it to the initial layer.

    Rejects are written before the copy: whoever reads the initial layer finds the rejects of all that is there.
    Both names follow from the key, so a redelivery overwrites its own objects. The object is read as it is now,
    whatever version was announced: notifications may come out of order, and must not bring back an older file.
    """
    if key.endswith("/"):
        return
    dataset, _, name = key.removeprefix(DROP).partition("/")
    validator = validators().get(dataset)
    if validator is None or validator.schema["prefix"] != f"{DROP}{dataset}/" or not key.startswith(DROP) or not name:
        raise LandingError(f"s3://{bucket}/{key} is under no data set's drop prefix; use drop/<data set>/<file>.")
    take(validator, name, bucket, key)


def replay(dataset: str, after: str = "") -> dict[str, Any]:
    """Judge files anew whose quarantine objects come after the key `after`: from initial, where they are whole.

    Each gets there again, as newer than before, so that the jobs take what is good now. Returns how many lines were
    `released` and are `left`, and after which key to go on, None at the end.
    """
    validator = validators().get(dataset)
    if validator is None:
        raise LandingError(f"{dataset} is no data set that is delivered in files; nothing was replayed.")
    landing, initial = os.environ["LANDING_BUCKET"], os.environ["INITIAL_BUCKET"]
    prefix = f"quarantine/{dataset}/"
    page = s3().list_objects_v2(Bucket=landing, Prefix=prefix, StartAfter=after or prefix, MaxKeys=AT_A_TIME)
    keys = [entry["Key"] for entry in page.get("Contents", ())]
    released = left = 0
    for key in keys:
        before = len(records.quarantined(s3().get_object(Bucket=landing, Key=key)["Body"].read()))
        name = key.removeprefix(prefix).removesuffix(".jsonl")
        rejected = take(validator, name, initial, f"raw/{dataset}/{name}")
        released, left = released + before - rejected, left + rejected
    return {"released": released, "left": left, "next": keys[-1] if page["IsTruncated"] else None}


def take(validator: Any, name: str, bucket: str, key: str) -> int:
    """Validate a file, quarantine its bad lines, copy it and its verdict to initial; how many lines were bad.

    Raises ClientError where the file was replaced meanwhile: to be taken again.
    """
    dataset, initial = validator.name, os.environ["INITIAL_BUCKET"]
    raw_key = f"raw/{dataset}/{name}"
    found = s3().get_object(Bucket=bucket, Key=key)
    if found["ContentLength"] > LARGEST:
        raise LandingError(
            f"s3://{bucket}/{key} has {found['ContentLength']:,} bytes; drop files of {LARGEST:,} at most."
        )
    count, rejects = records.check_file(validator, records.lines(io.BufferedReader(found["Body"], BUFFER)))
    source = f"s3://{initial}/{raw_key}"
    bad = records.quarantine(validator, source, rejects)
    judged = records.verdict(validator, source, count, rejects)
    records.keep(s3(), (os.environ["LANDING_BUCKET"], initial), (dataset, name), bad, judged)
    s3().copy_object(
        Bucket=initial,
        Key=raw_key,
        CopySource={"Bucket": bucket, "Key": key},
        CopySourceIfMatch=found["ETag"],
        TaggingDirective="REPLACE",
        # S3 copies nothing onto itself that stays as it is, so a replay says anew where the file came from.
        MetadataDirective="REPLACE",
        Metadata=found["Metadata"] if bucket == initial else origin(bucket, key, found),
        # An Object Lock bucket with a default retention refuses uploads without a checksum.
        ChecksumAlgorithm="CRC32",
    )
    accepted = count - len(rejects)
    records.log("INFO", "file_landed", dataset=dataset, object=raw_key, accepted=accepted, rejected=len(rejects))
    return len(rejects)


def origin(bucket: str, key: str, found: dict[str, Any]) -> dict[str, str]:
    """What a raw object says of where it came from, and when it came to landing."""
    version = found.get("VersionId", "null")
    return {
        # Metadata are header fields, which are ASCII: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
        "source": quote(f"s3://{bucket}/{key}", safe=":/"),
        "source-version": version,
        "received": found["LastModified"].isoformat(),
    }


@cache
def s3() -> Any:
    """The S3 client, made at the first call and kept while the function is warm."""
    return boto3.client("s3")


@cache
def validators() -> dict[str, Any]:
    """The validators, of the contracts that this archive was built with, of all that is delivered in files."""
    return {
        name: validator
        for name, validator in records.load(Path(__file__).with_name("contracts.json").read_text("utf-8")).items()
        if validator.schema["format"] == "csv"
    }
