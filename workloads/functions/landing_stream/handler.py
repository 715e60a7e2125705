"""Takes in the records that producers put on streams: Kinesis → here.

Payloads that keep the contract go, one a line, to the initial layer; the others go to quarantine.
"""

import base64
import os
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from workloads.functions import records
else:
    import records


class LandingError(Exception):
    """A batch of a stream that no contract describes."""


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Handle one batch of a shard. On failure, asks for everything from the first record that is not safe yet."""
    failures = []
    for (stream, shard), batch in _shards(event["Records"]):
        first = batch[0]["sequenceNumber"]
        try:
            land(stream, shard, [(entry["sequenceNumber"], base64.b64decode(entry["data"])) for entry in batch])
        except (LandingError, BotoCoreError, ClientError) as error:
            records.log("ERROR", "batch_not_landed", stream=stream, shard=shard, first=first, error=str(error))
            failures.append({"itemIdentifier": first})
    return {"batchItemFailures": failures}


def land(stream: str, shard: str, batch: list[tuple[str, bytes]]) -> None:
    """Validate a batch of (sequence number, payload), quarantine what is bad, then write the rest to initial.

    The names follow from the shard and the batch's first sequence number, so that a batch delivered again
    overwrites its own objects; where it comes back split, rows are still merged by key later.
    """
    dataset = stream.rpartition("-")[2]
    validator = validators().get(dataset)
    if validator is None:
        raise LandingError(f"Stream {stream} carries no data set that is delivered by stream.")
    accepted: list[bytes] = []
    rejects = []
    for sequence, payload in batch:
        reasons = validator.reasons(payload)
        if reasons:
            rejects.append(records.Reject(payload, sequence, tuple(reasons)))
        else:
            accepted.append(_one_line(payload))
    name = f"{shard}-{batch[0][0]}.jsonl"
    place = {"Bucket": os.environ["LANDING_BUCKET"], "Key": f"quarantine/{dataset}/{name}"}
    if rejects:
        s3().put_object(**place, Body=records.quarantine(validator, f"kinesis://{stream}/{shard}", rejects))
    else:
        # A longer batch that began here and failed may have left one, which the shorter ones now repeat.
        s3().delete_object(**place)
    if accepted:
        raw_key = f"raw/{dataset}/{name}"
        s3().put_object(
            Bucket=os.environ["INITIAL_BUCKET"],
            Key=raw_key,
            Body=b"\n".join(accepted) + b"\n",
            # An Object Lock bucket with a default retention refuses uploads without a checksum.
            ChecksumAlgorithm="CRC32",
        )
    records.log("INFO", "batch_landed", dataset=dataset, object=name, records=len(batch), rejected=len(rejects))


def _shards(entries: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]:
    """The batch by (stream, shard); an `eventID` is `<shard>:<sequence number>`."""

    def place(entry: dict[str, Any]) -> tuple[str, str]:
        return entry["eventSourceARN"].rpartition("/")[2], entry["eventID"].partition(":")[0]

    for where, group in groupby(entries, place):
        yield where, [entry["kinesis"] for entry in group]


def _one_line(payload: bytes) -> bytes:
    """A valid JSON payload without raw line ends: inside JSON they are only ever white space."""
    return payload.strip().replace(b"\r", b" ").replace(b"\n", b" ")


@cache
def s3() -> Any:
    """The S3 client, made at the first call and kept while the function is warm."""
    return boto3.client("s3")


@cache
def validators() -> dict[str, Any]:
    """The validators of the contracts that this archive was built with."""
    return {
        name: validator
        for name, validator in records.load(Path(__file__).with_name("contracts.json").read_text("utf-8")).items()
        if validator.schema["delivery"] == "stream"
    }
