"""Kinesis to Lambda: one poller a shard, in order, its checkpoint never ahead of what succeeded."""

import base64
import json
import logging
import time
from collections import deque
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from moto.kinesis.models import kinesis_backends

from embedded.cloud.destinations import send, stamp
from embedded.cloud.function_pool import Outcome
from embedded.cloud.functions import Functions, TooManyRequestsError

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.05
# Lambda's limit for the event of one synchronous invocation.
EVENT_BYTES = 6_000_000
RECORD_OVERHEAD_BYTES = 500
LONGEST_BACKOFF_SECONDS = 5.0


@dataclass(frozen=True)
class Batch:
    """Records of one shard to be handed over together; `attempts` failed before."""

    records: tuple[Any, ...]
    attempts: int = 0


def first_failure(payload: str, identifiers: list[str]) -> int | None:
    """Where a stream batch must be taken up again, by the function's `batchItemFailures`; None if all succeeded.

    An answer that names no record of the batch fails the whole of it, as on AWS.
    """
    answer = json.loads(payload)
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return None
    places = {identifier: place for place, identifier in enumerate(identifiers)}
    named = [places.get(str(failure.get("itemIdentifier"))) for failure in failures if isinstance(failure, dict)]
    known = [place for place in named if place is not None]
    return min(known) if len(known) == len(failures) else 0


def starting_point(mapping: Any, shard: Any) -> int:
    """The sequence number after which a new mapping reads `shard`."""
    if mapping.starting_position == "LATEST":
        return int(shard.get_max_sequence_number())
    if mapping.starting_position == "AT_TIMESTAMP":
        return int(shard.get_sequence_number_at(float(mapping.starting_position_timestamp)))
    return 0


class ShardPoller(Thread):
    """Reads one shard of a mapping's stream and invokes its function."""

    def __init__(
        self, mapping: Any, shard_id: str, *, functions: Functions, lookup: Any, checkpoints: dict[str, int]
    ) -> None:
        super().__init__(daemon=True, name=f"stream-{mapping.uuid[:8]}-{shard_id[-3:]}")
        self._mapping = mapping
        self._shard_id = shard_id
        self._functions = functions
        self._lookup = lookup
        self._checkpoints = checkpoints
        self._stop_asked = Event()
        self._pending: deque[Batch] = deque()

    def stop(self) -> None:
        """End after the invocation under way."""
        self._stop_asked.set()

    def run(self) -> None:
        """Poll until stopped."""
        while not self._stop_asked.is_set():
            batch = self._pending.popleft() if self._pending else self._read()
            if batch is None:
                self._stop_asked.wait(IDLE_SECONDS)
                continue
            try:
                self._process(batch)
            except Exception:
                log.exception("The poller of %s failed; it goes on.", self._mapping.event_source_arn)
                self._pending.appendleft(batch)
                self._stop_asked.wait(1)

    def _shard(self) -> Any | None:
        arn = self._mapping.event_source_arn
        streams = kinesis_backends[self._mapping.account_id][self._mapping.region].streams
        stream = streams.get(arn.rsplit("/", 1)[1])
        return stream.shards.get(self._shard_id) if stream else None

    def _read(self) -> Batch | None:
        window = float(self._mapping.max_batch_window or 0)
        deadline: float | None = None
        while True:
            records, full = self._available()
            if not records:
                return None
            deadline = deadline or time.monotonic() + window
            if full or time.monotonic() >= deadline or self._stop_asked.wait(IDLE_SECONDS):
                return Batch(tuple(records))

    def _available(self) -> tuple[list[Any], bool]:
        """The next records, no more than one event holds, and whether that is as many as fit."""
        shard = self._shard()
        if shard is None:
            return [], False
        taken: list[Any] = []
        size = 0
        # moto numbers a shard's records 1, 2, 3 ...
        number = self._checkpoints.setdefault(self._shard_id, 0) + 1
        while len(taken) < self._mapping.batch_size:
            record = shard.records.get(number)
            if record is None:
                return taken, False
            size += len(record.data) + RECORD_OVERHEAD_BYTES
            if taken and size > EVENT_BYTES:
                break
            taken.append(record)
            number += 1
        return taken, True

    def _process(self, batch: Batch) -> None:
        age = self._mapping.max_record_age
        if age and age > 0 and time.time() - batch.records[0].created_at > age:
            self._give_up(batch, None, "RecordAgeExceeded")
            return
        function = self._lookup(self._mapping.function_arn)
        try:
            outcome = self._functions.invoke(function, json.dumps(self._event(function, batch)))
        except TooManyRequestsError:
            self._pending.appendleft(batch)
            self._stop_asked.wait(1)
            return
        failed_at = self._failed_at(batch, outcome)
        if failed_at is None:
            self._advance(batch)
            return
        if failed_at > 0:
            self._advance(Batch(batch.records[:failed_at]))
            self._pending.appendleft(Batch(batch.records[failed_at:]))
            return
        self._fail(batch, outcome)

    def _failed_at(self, batch: Batch, outcome: Outcome) -> int | None:
        if outcome.error:
            return 0
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or ()):
            return None
        return first_failure(outcome.payload, [str(record.sequence_number) for record in batch.records])

    def _fail(self, batch: Batch, outcome: Outcome) -> None:
        count = len(batch.records)
        if self._mapping.bisect_on_error and count > 1:
            # Splitting does not count as a retry.
            self._pending.appendleft(Batch(batch.records[count // 2 :], batch.attempts))
            self._pending.appendleft(Batch(batch.records[: count // 2], batch.attempts))
            return
        limit = self._mapping.max_retry_attempts
        if limit is not None and 0 <= limit <= batch.attempts:
            self._give_up(batch, outcome, "RetryAttemptsExhausted")
            return
        self._pending.appendleft(Batch(batch.records, batch.attempts + 1))
        self._stop_asked.wait(min(0.1 * 2**batch.attempts, LONGEST_BACKOFF_SECONDS))

    def _advance(self, batch: Batch) -> None:
        self._checkpoints[self._shard_id] = batch.records[-1].sequence_number

    def _give_up(self, batch: Batch, outcome: Outcome | None, condition: str) -> None:
        """Pass over a batch, telling the on-failure destination which records it held."""
        target = ((self._mapping.destination_config or {}).get("OnFailure") or {}).get("Destination")
        if target:
            send(target, json.dumps(self._record_of_failure(batch, outcome, condition)))
        log.warning("%s: %d records of %s passed over", condition, len(batch.records), self._mapping.event_source_arn)
        self._advance(batch)

    def _record_of_failure(self, batch: Batch, outcome: Outcome | None, condition: str) -> dict[str, Any]:
        # https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
        first, last = batch.records[0], batch.records[-1]
        context: dict[str, Any] = {
            "requestId": outcome.request_id if outcome else "",
            "functionArn": self._mapping.function_arn,
            "condition": condition,
            "approximateInvokeCount": batch.attempts + (1 if outcome else 0),
        }
        record: dict[str, Any] = {"requestContext": context}
        if outcome:
            record["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST"}
            if outcome.error:
                record["responseContext"]["functionError"] = "Unhandled"
        return {
            **record,
            "version": "1.0",
            "timestamp": stamp(time.time()),
            "KinesisBatchInfo": {
                "shardId": self._shard_id,
                "startSequenceNumber": str(first.sequence_number),
                "endSequenceNumber": str(last.sequence_number),
                "approximateArrivalOfFirstRecord": stamp(first.created_at),
                "approximateArrivalOfLastRecord": stamp(last.created_at),
                "batchSize": len(batch.records),
                "streamArn": self._mapping.event_source_arn,
            },
        }

    def _event(self, function: Any, batch: Batch) -> dict[str, Any]:
        # https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
        return {
            "Records": [
                {
                    "kinesis": {
                        "kinesisSchemaVersion": "1.0",
                        "partitionKey": record.partition_key,
                        "sequenceNumber": str(record.sequence_number),
                        "data": _text(record.data),
                        "approximateArrivalTimestamp": round(record.created_at, 3),
                    },
                    "eventSource": "aws:kinesis",
                    "eventVersion": "1.0",
                    "eventID": f"{self._shard_id}:{record.sequence_number}",
                    "eventName": "aws:kinesis:record",
                    "invokeIdentityArn": function.role,
                    "awsRegion": self._mapping.region,
                    "eventSourceARN": self._mapping.event_source_arn,
                }
                for record in batch.records
            ]
        }


def _text(data: Any) -> str:
    """Record data as Base64 text; a client of the CBOR protocol leaves bytes."""
    return data if isinstance(data, str) else base64.b64encode(data).decode()
