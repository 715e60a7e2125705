"""Takes in the records that producers put on streams: Kinesis → here.

Payloads that keep the contract go, one a line, to the initial layer; the others go to quarantine.
The event `{"replay": DATA_SET}` takes those out of quarantine that keep the contract as it is now.
"""

import base64
import hashlib
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


AT_A_TIME = 50
"""Quarantine objects that one replay looks at."""


class LandingError(Exception):
    """A batch of a stream, or a replay of a data set, that no contract describes."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Handle one batch of a shard, or a replay. On failure, asks for all from the first record that is not safe yet."""
    if "replay" in event:
        return replay(event["replay"], event.get("after", ""))
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
    records.log("INFO", "batch_landed", dataset=dataset, object=name, accepted=len(accepted), rejected=len(rejects))


def replay(dataset: str, after: str = "") -> dict[str, Any]:
    """Take records that are good now out of the quarantine objects whose keys come after `after`.

    They go to initial first, under a name that follows from them: a replay that was cut off overwrites its own
    objects. Returns how many were `released` and are `left`, and after which key to go on, None at the end.
    """
    validator = validators().get(dataset)
    if validator is None:
        raise LandingError(f"{dataset} is no data set that is delivered by stream; nothing was replayed.")
    landing, initial = os.environ["LANDING_BUCKET"], os.environ["INITIAL_BUCKET"]
    prefix = f"quarantine/{dataset}/"
    page = s3().list_objects_v2(Bucket=landing, Prefix=prefix, StartAfter=after or prefix, MaxKeys=AT_A_TIME)
    keys = [entry["Key"] for entry in page.get("Contents", ())]
    released = left = 0
    for key in keys:
        entries = records.quarantined(s3().get_object(Bucket=landing, Key=key)["Body"].read())
        good, rest = records.sort_out(validator, entries)
        left += len(entries) - len(good)
        if not good:
            continue
        body = b"\n".join(map(_one_line, good)) + b"\n"
        name = key.removeprefix(prefix).removesuffix(".jsonl")
        raw_key = f"raw/{dataset}/{name}-replayed-{hashlib.sha256(body).hexdigest()[:16]}.jsonl"
        s3().put_object(Bucket=initial, Key=raw_key, Body=body, ChecksumAlgorithm="CRC32")
        if rest:
            s3().put_object(Bucket=landing, Key=key, Body=rest)
        else:
            s3().delete_object(Bucket=landing, Key=key)
        released += len(good)
        records.log("INFO", "replayed", dataset=dataset, object=raw_key, records=len(good))
    return {"released": released, "left": left, "next": keys[-1] if page["IsTruncated"] else None}


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
