"""Kinesis: data streams."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, put, words
from embedded.provider.rules import among, within
from embedded.provider.values import is_unknown
from embedded.provider.work import CallError, Work

_STREAM: dict[str, Any] = {"StreamName": "{name}"}
_DAY = 24
# https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html
_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)


def _retain(work: Work) -> None:
    hours, before = work.new.get("retentionPeriod", _DAY), work.old.get("retentionPeriod", _DAY)
    if hours != before:
        way = "increase" if hours > before else "decrease"
        op = f"{way}_stream_retention_period"
        work.ask(op, StreamName=work.get("name"), RetentionPeriodHours=hours)


def _encrypt(work: Work) -> None:
    name = work.get("name")
    if work.old.get("encryptionType") == "KMS":
        work.ask("stop_stream_encryption", StreamName=name, EncryptionType="KMS", KeyId=work.old["kmsKeyId"])
    if work.new.get("encryptionType") == "KMS":
        work.ask("start_stream_encryption", StreamName=name, EncryptionType="KMS", KeyId=work.new["kmsKeyId"])


def _watch_shards(work: Work) -> None:
    before, after = (set(side.get("shardLevelMetrics") or []) for side in (work.old, work.new))
    for op, metrics in (("disable", before - after), ("enable", after - before)):
        if metrics:
            name = work.get("name")
            work.ask(f"{op}_enhanced_monitoring", StreamName=name, ShardLevelMetrics=sorted(metrics))


def _reshard(work: Work) -> None:
    if _mode(work.new) == "PROVISIONED" and work.new.get("shardCount"):
        count, before = int(work.new["shardCount"]), int(work.old.get("shardCount") or 0)
        # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
        if before and not before <= 2 * count <= 4 * before:
            least, most = -(-before // 2), 2 * before
            raise CallError(
                f"kinesis:update_shard_count was refused: {count} is outside {least} to {most}, half and double of "
                f"{before}: go there in steps",
                "InvalidArgumentException",
            )
        work.ask(
            "update_shard_count", StreamName=work.get("name"), TargetShardCount=count, ScalingType="UNIFORM_SCALING"
        )


def _metrics(props: Mapping[str, Any]) -> list[Fault]:
    """Kinesis takes ALL too, and answers with the names, so that every later deployment would find a difference."""
    metrics = props.get("shardLevelMetrics")
    if not isinstance(metrics, list):
        return []
    return [
        Fault(f"shardLevelMetrics[{number}]", f"{name!r} is not one of {', '.join(_METRICS)}: give one of these")
        for number, name in enumerate(metrics)
        if name not in _METRICS and not is_unknown(name)
    ]


def _mode(props: Mapping[str, Any]) -> str:
    return str((props.get("streamModeDetails") or {}).get("streamMode", "PROVISIONED"))


def _capacity(props: Mapping[str, Any]) -> list[Fault]:
    if _mode(props) == "PROVISIONED" and not props.get("shardCount"):
        return [
            Fault(
                "shardCount", "is missing, and a PROVISIONED stream needs it: give 1 or more, or stream mode ON_DEMAND"
            )
        ]
    if _mode(props) == "ON_DEMAND" and props.get("shardCount"):
        return [Fault("shardCount", "goes not with stream mode ON_DEMAND: remove it, or use PROVISIONED")]
    return []


def _key(props: Mapping[str, Any]) -> list[Fault]:
    if props.get("encryptionType") == "KMS" and not props.get("kmsKeyId"):
        return [Fault("kmsKeyId", "is missing, and encryptionType KMS needs it: give a key, or alias/aws/kinesis")]
    if props.get("kmsKeyId") and props.get("encryptionType") != "KMS":
        return [Fault("kmsKeyId", "does nothing without encryptionType KMS: remove it, or set that")]
    return []


_SUMMARY = "StreamDescriptionSummary"
_OPEN = f"{_SUMMARY}.StreamModeDetails.StreamMode=='ON_DEMAND' && `0` || {_SUMMARY}.OpenShardCount"

ENTRIES: dict[str, Entry] = {
    "aws:kinesis/stream:Stream": Entry(
        service="kinesis",
        id="arn:{partition}:kinesis:{region}:{account}:stream/{name}",
        create=call("create_stream", skip="retentionPeriod encryptionType kmsKeyId shardLevelMetrics arn"),
        read=(
            call("describe_stream_summary", **_STREAM, take=_SUMMARY),
            call("describe_stream_summary", **_STREAM, sets={"shardCount": _OPEN}),
        ),
        puts=(
            put("retentionPeriod", _retain, _retain),
            put("encryptionType kmsKeyId", _encrypt, _encrypt),
            put("shardLevelMetrics", _watch_shards, _watch_shards),
            put("shardCount", _reshard, _reshard),
            put("maxRecordSizeInKib", call("update_max_record_size", StreamARN="{id}")),
            put("warmThroughputMibPs", call("update_stream_warm_throughput", StreamARN="{id}")),
            put("streamModeDetails", call("update_stream_mode", StreamARN="{id}")),
        ),
        delete=call("delete_stream", **_STREAM, EnforceConsumerDeletion="{enforceConsumerDeletion}"),
        tags=Tagging(
            _STREAM, "add_tags_to_stream", "remove_tags_from_stream", "list_tags_for_stream", keys="TagKeys", after=True
        ),
        names={"name": "StreamName"},
        reads={
            "name": "StreamName",
            "retentionPeriod": "RetentionPeriodHours",
            "kmsKeyId": "KeyId",
            "shardLevelMetrics": "EnhancedMonitoring[0].ShardLevelMetrics",
        },
        local={"enforceConsumerDeletion": False},
        unread=words("maxRecordSizeInKib warmThroughputMibPs"),
        defaults={"retentionPeriod": _DAY, "encryptionType": "NONE"},
        outputs={
            "arn": "{id}",
            "encryptionType": "NONE",
            "streamModeDetails": lambda _: {"streamMode": "PROVISIONED"},
            "maxRecordSizeInKib": 1024,
        },
        replace=words("name"),
        gone=words("ResourceNotFoundException"),
        named="name",
        longest=128,
        rules=(
            _capacity,
            _key,
            _metrics,
            among(encryptionType=("NONE", "KMS")),
            within(retentionPeriod=(24, 8760), maxRecordSizeInKib=(1024, 10240)),
        ),
        cfn="AWS::Kinesis::Stream",
    ),
}
