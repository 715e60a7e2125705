"""SQS: queues and their policies."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, words
from embedded.provider.rules import within
from embedded.provider.values import Props, is_unknown
from embedded.provider.work import Work

_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_FLAGS = ("contentBasedDeduplication", "fifoQueue", "sqsManagedSseEnabled")
_RANGES = {
    "delaySeconds": (0, 900),
    "kmsDataKeyReusePeriodSeconds": (60, 86400),
    "maxMessageSize": (1024, 1048576),
    "messageRetentionSeconds": (60, 1209600),
    "receiveWaitTimeSeconds": (0, 20),
    "visibilityTimeoutSeconds": (0, 43200),
}


_DEFAULTS = {
    "delaySeconds": 0,
    "maxMessageSize": 1048576,
    "messageRetentionSeconds": 345600,
    "receiveWaitTimeSeconds": 0,
    "visibilityTimeoutSeconds": 30,
}


def _attributes(props: Mapping[str, Any]) -> dict[str, str]:
    texts = {m: props[n] for n, m in _ATTRIBUTES.items() if props.get(n) is not None}
    return {m: str(v).lower() if isinstance(v, bool) else str(v) for m, v in texts.items()}


def _create(work: Work) -> str:
    attributes = {k: v for k, v in _attributes(work.new).items() if v != "false" or k == "SqsManagedSseEnabled"}
    return str(work.ask("create_queue", QueueName=work.new["name"], Attributes=attributes)["QueueUrl"])


def _update(work: Work) -> None:
    changed = work.facts["changed"]
    wanted = _attributes({k: v for k, v in work.new.items() if k in changed})
    missing = [n for n in changed if n in _ATTRIBUTES and work.new.get(n) is None]
    unset = {_ATTRIBUTES[n]: "false" if n in _FLAGS else "" for n in missing}
    work.ask("set_queue_attributes", QueueUrl=work.id, Attributes={**unset, **wanted})


def _read(work: Work) -> Props:
    found = work.ask("get_queue_attributes", QueueUrl=work.id, AttributeNames=["All"])["Attributes"]
    props = {n: found[m] for n, m in _ATTRIBUTES.items() if m in found}
    numbers = {n: int(props[n]) for n in _RANGES if props.get(n)}
    flags: Props = {n: props[n] == "true" for n in _FLAGS if n in props}
    return {
        **props,
        **numbers,
        **flags,
        "url": work.id,
        "arn": found["QueueArn"],
        "name": found["QueueArn"].rsplit(":", 1)[1],
    }


def _read_policy(work: Work) -> Props:
    found = work.ask("get_queue_attributes", QueueUrl=work.id, AttributeNames=["Policy"]).get("Attributes", {})
    if not found.get("Policy"):
        raise Gone
    return {"queueUrl": work.id, "policy": found["Policy"]}


def _fifo_name(props: Mapping[str, Any]) -> list[Fault]:
    name = props.get("name")
    if not name or is_unknown(name) or bool(props.get("fifoQueue")) == name.endswith(".fifo"):
        return []
    return [
        Fault("name", f"{name!r} and fifoQueue={bool(props.get('fifoQueue'))} disagree: FIFO queues alone end in .fifo")
    ]


_GONE = words("AWS.SimpleQueueService.NonExistentQueue QueueDoesNotExist")
_POLICY = call("set_queue_attributes", QueueUrl="{queueUrl}", Attributes={"Policy": "{policy}"}, only="")

ENTRIES: dict[str, Entry] = {
    "aws:sqs/queue:Queue": Entry(
        service="sqs",
        id="https://sqs.{region}.amazonaws.com/{account}/{name}",
        create=_create,
        read=(_read,),
        update=_update,
        delete=call("delete_queue", QueueUrl="{id}"),
        tags=Tagging({"QueueUrl": "{id}"}, "tag_queue", "untag_queue", "list_queue_tags", keys="TagKeys"),
        takes=frozenset(_ATTRIBUTES) | {"name"},
        defaults=_DEFAULTS,
        shared=words("policy redriveAllowPolicy redrivePolicy"),
        outputs={"arn": "arn:{partition}:sqs:{region}:{account}:{name}", "url": "{id}"},
        replace=words("name fifoQueue"),
        gone=_GONE,
        named="name",
        longest=80,
        rules=(within(**_RANGES), _fifo_name),
        cfn="AWS::SQS::Queue",
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Entry(
        service="sqs",
        id="{queueUrl}",
        create=_POLICY,
        read=(_read_policy,),
        update=_POLICY,
        delete=call("set_queue_attributes", QueueUrl="{id}", Attributes={"Policy": ""}),
        replace=words("queueUrl"),
        gone=_GONE,
    ),
}
