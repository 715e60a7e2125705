"""SQS to Lambda: pollers that delete what succeeded and leave the rest to the visibility timeout."""

import json
import logging
import time
from threading import Event, Thread
from typing import Any

from moto.sqs.models import sqs_backends

from embedded.cloud.function_pool import Outcome
from embedded.cloud.functions import Functions, TooManyRequestsError
from embedded.cloud.threads import await_change

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5


def failed_messages(payload: str, identifiers: list[str]) -> set[str]:
    """The ids that a function's `batchItemFailures` leaves in the queue: all, if it names one that it never got."""
    answer = json.loads(payload)
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return set()
    named = {str(failure.get("itemIdentifier")) for failure in failures if isinstance(failure, dict)}
    everything = set(identifiers)
    return named if named and named <= everything else everything


class QueuePoller(Thread):
    """One of the pollers of a mapping's queue."""

    def __init__(self, mapping: Any, number: int, *, functions: Functions, lookup: Any) -> None:
        super().__init__(daemon=True, name=f"queue-{mapping.uuid[:8]}-{number}")
        self._mapping = mapping
        self._functions = functions
        self._lookup = lookup
        self._stop_asked = Event()
        self._name = mapping.event_source_arn.rsplit(":", 1)[1]

    def stop(self) -> None:
        """End after the invocation under way."""
        self._stop_asked.set()

    def run(self) -> None:
        """Poll until stopped."""
        while not self._stop_asked.is_set():
            try:
                self._poll()
            except Exception:
                log.exception("The poller of %s failed; it goes on.", self._mapping.event_source_arn)
                self._stop_asked.wait(1)

    def _poll(self) -> None:
        backend = sqs_backends[self._mapping.account_id][self._mapping.region]
        queue = backend.queues.get(self._name)
        if queue is None:
            self._stop_asked.wait(IDLE_SECONDS)
            return
        messages = self._receive(backend, queue)
        if not messages:
            await_change(queue, IDLE_SECONDS)
            return
        function = self._lookup(self._mapping.function_arn)
        try:
            outcome = self._functions.invoke(function, json.dumps(self._event(queue, messages)))
        except TooManyRequestsError:
            self._stop_asked.wait(1)
            return
        left = self._left(messages, outcome)
        for message in messages:
            if message.id not in left:
                backend.delete_message(self._name, message.receipt_handle)

    def _receive(self, backend: Any, queue: Any) -> list[Any]:
        window = float(self._mapping.max_batch_window or 0)
        size: int = self._mapping.batch_size
        messages: list[Any] = []
        deadline: float | None = None
        while True:
            messages += backend.receive_message(self._name, size - len(messages), 0, queue.visibility_timeout, ["All"])
            if not messages:
                return messages
            deadline = deadline or time.monotonic() + window
            left = deadline - time.monotonic()
            if len(messages) >= size or left <= 0 or self._stop_asked.is_set():
                return messages
            await_change(queue, min(left, IDLE_SECONDS))

    def _left(self, messages: list[Any], outcome: Outcome) -> set[str]:
        identifiers = [message.id for message in messages]
        if outcome.error:
            return set(identifiers)
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or ()):
            return set()
        return failed_messages(outcome.payload, identifiers)

    def _event(self, queue: Any, messages: list[Any]) -> dict[str, Any]:
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
        return {
            "Records": [
                {
                    "messageId": message.id,
                    "receiptHandle": message.receipt_handle,
                    "body": message.body,
                    "attributes": _attributes(queue, message),
                    "messageAttributes": _message_attributes(message),
                    "md5OfBody": message.body_md5,
                    "eventSource": "aws:sqs",
                    "eventSourceARN": self._mapping.event_source_arn,
                    "awsRegion": self._mapping.region,
                }
                for message in messages
            ]
        }


def _attributes(queue: Any, message: Any) -> dict[str, str]:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": str(message.sender_id),
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if queue.fifo_queue:
        attributes["MessageGroupId"] = str(message.group_id)
        attributes["MessageDeduplicationId"] = str(message.deduplication_id)
        attributes["SequenceNumber"] = str(message.sequence_number)
    return attributes


def _message_attributes(message: Any) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    for name, value in message.message_attributes.items():
        entry: dict[str, Any] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
        if value.get("StringValue") is not None:
            entry["stringValue"] = value["StringValue"]
        if value.get("BinaryValue") is not None:
            binary = value["BinaryValue"]
            entry["binaryValue"] = binary.decode() if isinstance(binary, bytes) else binary
        shaped[name] = entry
    return shaped
