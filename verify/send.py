"""Sends what a plan has: files into the drop zone, reference files as exchange revisions, records onto the stream."""

import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from verify.plan import File, Plan
from verify.platform import AT_ONCE, Platform, PlatformError, Progress

BATCH = 500
"""Records that one PutRecords takes: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html"""
TRIES = 12
LONGEST_PAUSE = 5.0
"""Seconds; a shard takes 1,000 records a second, so a pause of that order clears its limit."""


def send(platform: Platform, plan: Plan) -> None:
    """Send everything. Reference files first: nothing waits for them, and the job takes them in one go."""
    files = (*plan.references, *plan.drops)
    progress = Progress(platform.say, "files", len(files))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, _ in enumerate(pool.map(lambda file: _put(platform, file), files), 1):
            progress.at(number)
    progress = Progress(platform.say, "weather records", len(plan.weather))
    sent = 0
    for batch in _batches(plan.weather):
        put_records(platform, platform.outputs.streams["weather"], batch)
        sent += len(batch)
        progress.at(sent)


def key_of(platform: Platform, file: File) -> str:
    """Where in the landing bucket a file goes."""
    return platform.outputs.drop_prefixes[file.dataset] + file.name


def put_records(platform: Platform, stream: str, records: Sequence[bytes]) -> None:
    """Put records, and those that the stream refused again, until all are on it. Raises PlatformError at the end."""
    waiting = [{"Data": record, "PartitionKey": str(zlib.crc32(record))} for record in records]
    reason = ""
    for attempt in range(TRIES):
        answer = platform.kinesis.put_records(StreamName=stream, Records=waiting)
        if not answer.get("FailedRecordCount"):
            return
        results = list(zip(waiting, answer["Records"], strict=True))
        waiting = [entry for entry, result in results if "ErrorCode" in result]
        reason = next(str(result["ErrorCode"]) for _, result in results if "ErrorCode" in result)
        time.sleep(min(0.1 * 2**attempt, LONGEST_PAUSE))
    raise PlatformError(f"Stream {stream} still refuses {len(waiting)} records after {TRIES} tries: {reason}.")


def _put(platform: Platform, file: File) -> None:
    platform.s3.put_object(Bucket=platform.outputs.landing_bucket, Key=key_of(platform, file), Body=file.body)


def _batches(records: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(records), BATCH):
        yield records[start : start + BATCH]
