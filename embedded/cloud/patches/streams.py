"""Kinesis: record sizes up to ten MiB where a stream is set so, warm throughput and tags at creation."""

from base64 import b64decode
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.kinesis.exceptions import (
    InvalidArgumentError,
    RecordSizeExceedsLimit,
    TooManyRecords,
    TotalRecordsSizeExceedsLimit,
)
from moto.kinesis.models import KinesisBackend, Stream
from moto.kinesis.responses import KinesisResponse

from embedded.cloud.patches.graft import graft

KIB = 1024
DEFAULT_RECORD_KIB = 1024
LARGEST_RECORD_KIB = 10 * KIB
MOST_RECORDS = 500
REQUEST_BYTES = 5 * KIB * KIB

_create_stream = KinesisResponse.create_stream
_put_record = KinesisBackend.put_record
_summary = Stream.to_json_summary


class _Stream:
    def to_json_summary(self: Any) -> dict[str, Any]:
        shown: dict[str, Any] = _summary(self)
        summary = shown["StreamDescriptionSummary"]
        summary["MaxRecordSizeInKiB"] = _record_kib(self)
        summary["ConsumerCount"] = len(self.consumers)
        warm = getattr(self, "embedded_warm_mibps", None)
        if warm is not None:
            summary["WarmThroughput"] = {"TargetMiBps": warm, "CurrentMiBps": warm}
        return shown


class _Backend:
    def put_record(
        self: Any, stream_arn: str, stream_name: str, partition_key: str, explicit_hash_key: str, data: str
    ) -> Any:
        stream = self.describe_stream(stream_arn=stream_arn, stream_name=stream_name)
        limit = _record_kib(stream) * KIB
        if _size({"Data": data, "PartitionKey": partition_key}) > limit:
            raise InvalidArgumentError(f"Record is larger than the stream's limit of {limit} bytes")
        return _put_record(self, stream_arn, stream_name, partition_key, explicit_hash_key, data)

    def put_records(self: Any, stream_arn: str, stream_name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
        """moto's, with the stream's own limit in place of one MiB."""
        stream = self.describe_stream(stream_arn=stream_arn, stream_name=stream_name)
        if len(records) > MOST_RECORDS:
            raise TooManyRecords
        limit = _record_kib(stream) * KIB
        sizes = [_size(record) for record in records]
        if sum(sizes) > max(REQUEST_BYTES, limit):
            raise TotalRecordsSizeExceedsLimit
        large = next((place for place, size in enumerate(sizes, start=1) if size > limit), None)
        if large is not None:
            raise RecordSizeExceedsLimit(position=large)
        put = [
            stream.put_record(record.get("PartitionKey"), record.get("ExplicitHashKey"), record.get("Data"))
            for record in records
        ]
        self._send_stream_metrics(stream.stream_name, incoming_bytes=sum(sizes), incoming_records=len(records))
        answers = [{"SequenceNumber": number, "ShardId": shard} for number, shard in put]
        return {"FailedRecordCount": 0, "Records": answers}


class _Actions:
    def create_stream(self: Any) -> Any:
        size = self._get_param("MaxRecordSizeInKiB")
        _check_size(size)
        answer = _create_stream(self)
        stream = self.kinesis_backend.streams[self._get_param("StreamName")]
        stream.embedded_record_kib = size or DEFAULT_RECORD_KIB
        stream.embedded_warm_mibps = self._get_param("WarmThroughputMiBps")
        stream.tags.update(self._get_param("Tags") or {})
        return answer

    def update_max_record_size(self: Any) -> ActionResult:
        size = self._get_param("MaxRecordSizeInKiB")
        _check_size(size)
        _named(self).embedded_record_kib = size
        return EmptyResult()

    def update_stream_warm_throughput(self: Any) -> ActionResult:
        stream = _named(self)
        stream.embedded_warm_mibps = warm = self._get_param("WarmThroughputMiBps")
        return ActionResult(
            {
                "StreamARN": stream.arn,
                "StreamName": stream.stream_name,
                "WarmThroughput": {"TargetMiBps": warm, "CurrentMiBps": warm},
            }
        )


def _named(response: Any) -> Any:
    arn, name = response._get_param("StreamARN"), response._get_param("StreamName")
    return response.kinesis_backend.describe_stream(stream_arn=arn, stream_name=name)


def _record_kib(stream: Any) -> int:
    return int(getattr(stream, "embedded_record_kib", DEFAULT_RECORD_KIB))


def _check_size(kib: int | None) -> None:
    if kib is not None and not DEFAULT_RECORD_KIB <= kib <= LARGEST_RECORD_KIB:
        raise InvalidArgumentError(
            f"MaxRecordSizeInKiB is {kib}; it is from {DEFAULT_RECORD_KIB} to {LARGEST_RECORD_KIB}"
        )


def _size(record: dict[str, Any]) -> int:
    return len(b64decode(record.get("Data", ""))) + len(record.get("PartitionKey", ""))


def install() -> None:
    """Patch the stream, the backend and the response class."""
    graft(Stream, _Stream)
    graft(KinesisBackend, _Backend)
    graft(KinesisResponse, _Actions)
