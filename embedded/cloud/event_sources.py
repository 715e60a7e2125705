"""Event source mappings: keeps exactly the pollers running that the enabled mappings ask for."""

import logging
import threading
from typing import Any, Protocol

from moto.awslambda import models
from moto.core.exceptions import JsonRESTError
from moto.kinesis.models import kinesis_backends
from moto.sqs.models import sqs_backends

from embedded.cloud.functions import Functions
from embedded.cloud.source_queue import QueuePoller
from embedded.cloud.source_stream import ShardPoller, starting_point

log = logging.getLogger(__name__)

QUEUE_POLLERS = 2
REVIEW_SECONDS = 0.5
BATCH_WITHOUT_WINDOW = {"sqs": 10, "kinesis": 10_000}


class Poller(Protocol):
    """A thread that serves a mapping."""

    def start(self) -> None:
        """Begin to poll."""

    def stop(self) -> None:
        """End after the invocation under way."""

    def is_alive(self) -> bool:
        """Tell whether the thread still runs."""


class EventSources:
    """Watches moto's mappings; starts pollers for the enabled ones, stops those of the rest."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._pollers: dict[tuple[str, str], Poller] = {}
        self._checkpoints: dict[str, dict[str, int]] = {}
        self._change = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, daemon=True, name="event-sources")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def review(self) -> None:
        """Look at the mappings now, not at the next round."""
        self._change.set()

    def begin(self, mapping: Any) -> None:
        """Fix where a new mapping starts to read, so that no record sent from now on is missed."""
        if _service(mapping) == "kinesis":
            shards = _stream(mapping).shards.values()
            self._checkpoints[mapping.uuid] = {shard.shard_id: starting_point(mapping, shard) for shard in shards}
        self.review()

    def close(self) -> None:
        """Stop all pollers."""
        self._closed = True
        self._change.set()
        for poller in list(self._pollers.values()):
            poller.stop()

    def _watch(self) -> None:
        while not self._closed:
            self._change.wait(REVIEW_SECONDS)
            self._change.clear()
            try:
                self._reconcile()
            except Exception:
                log.exception("The review of event source mappings failed; it goes on.")

    def _reconcile(self) -> None:
        wanted: dict[tuple[str, str], tuple[Any, Any]] = {}
        existing = set()
        for regions in list(models.lambda_backends.values()):
            for backend in list(regions.values()):
                for mapping in list(backend._event_source_mappings.values()):
                    existing.add(mapping.uuid)
                    if mapping.enabled and _function_exists(backend, mapping):
                        wanted |= dict.fromkeys(_poller_keys(mapping), (backend, mapping))
        for key in [key for key in self._pollers if key not in wanted]:
            self._pollers.pop(key).stop()
        for uuid in [uuid for uuid in self._checkpoints if uuid not in existing]:
            del self._checkpoints[uuid]
        for key, (backend, mapping) in wanted.items():
            if key not in self._pollers and not self._closed:
                poller = self._pollers[key] = self._poller(backend, mapping, key[1])
                poller.start()

    def _poller(self, backend: Any, mapping: Any, part: str) -> Poller:
        def lookup(arn: str) -> Any:
            return backend.get_function(arn)

        if _service(mapping) == "kinesis":
            checkpoints = self._checkpoints.setdefault(mapping.uuid, {})
            return ShardPoller(mapping, part, functions=self._functions, lookup=lookup, checkpoints=checkpoints)
        return QueuePoller(mapping, int(part), functions=self._functions, lookup=lookup)


def _service(mapping: Any) -> str:
    return str(mapping.event_source_arn.split(":")[2])


def _stream(mapping: Any) -> Any:
    backend = kinesis_backends[mapping.account_id][mapping.region]
    return backend.describe_stream(stream_arn=mapping.event_source_arn, stream_name=None)


def _function_exists(backend: Any, mapping: Any) -> bool:
    return backend.get_function_by_arn(mapping.function_arn) is not None


def _poller_keys(mapping: Any) -> list[tuple[str, str]]:
    if _service(mapping) == "sqs":
        most = (mapping.scaling_config or {}).get("MaximumConcurrency", QUEUE_POLLERS)
        return [(mapping.uuid, str(number)) for number in range(min(QUEUE_POLLERS, int(most)))]
    streams = kinesis_backends[mapping.account_id][mapping.region].streams
    stream = streams.get(mapping.event_source_arn.rsplit("/", 1)[1])
    return [(mapping.uuid, shard_id) for shard_id in list(stream.shards)] if stream else []


def _refuse(message: str) -> None:
    raise JsonRESTError("InvalidParameterValueException", message)


def _check(backend: Any, spec: dict[str, Any]) -> None:
    """Refuse what AWS refuses, and what these pollers do not do."""
    arn = spec.get("EventSourceArn") or ""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service not in ("sqs", "kinesis"):
        _refuse(f"The embedded cloud polls Kinesis streams and SQS queues, not {arn or 'a source without ARN'}.")
    for feature in ("FilterCriteria", "TumblingWindowInSeconds"):
        if spec.get(feature):
            _refuse(f"The embedded cloud does not evaluate {feature}.")
    size = int(spec.get("BatchSize") or 0)
    if size > BATCH_WITHOUT_WINDOW[service] and not spec.get("MaximumBatchingWindowInSeconds"):
        _refuse("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    if service == "sqs":
        _check_queue(backend, spec, arn)


def _check_queue(backend: Any, spec: dict[str, Any], arn: str) -> None:
    queue = sqs_backends[backend.account_id][backend.region_name].queues.get(arn.rsplit(":", 1)[1])
    function = backend.get_function(spec["FunctionName"])
    if queue is not None and int(queue.visibility_timeout) < int(function.timeout):
        _refuse(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
            f"Function timeout: {function.timeout} seconds"
        )


def _check_new(backend: Any, spec: dict[str, Any]) -> None:
    function = backend.get_function(spec["FunctionName"])
    for other in backend._event_source_mappings.values():
        if other.event_source_arn == spec["EventSourceArn"] and other.function_arn == function.function_arn:
            raise JsonRESTError(
                "ResourceConflictException",
                f'The event source arn (" {other.event_source_arn} ") and function (" {function.function_name} ") '
                f"provided mapping already exists. Please update or delete the existing mapping with UUID "
                f"{other.uuid}",
            )


def _merged(known: Any, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "BatchSize": known.batch_size,
        "MaximumBatchingWindowInSeconds": known.max_batch_window,
        **spec,
        "EventSourceArn": known.event_source_arn,
        "FunctionName": spec.get("FunctionName") or known.function_arn,
    }


def _unhook(backend: Any) -> None:
    """Take moto's own delivery off its queues and streams."""
    for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
        queue.lambda_event_source_mappings.clear()
    for stream in kinesis_backends[backend.account_id][backend.region_name].streams.values():
        stream.lambda_event_source_mappings.clear()


_create = models.LambdaBackend.create_event_source_mapping
_update = models.LambdaBackend.update_event_source_mapping
_delete = models.LambdaBackend.delete_event_source_mapping
_attached: list[EventSources] = []


def _create_event_source_mapping(self: Any, spec: dict[str, Any]) -> Any:
    if spec.get("FunctionName"):
        _check(self, spec)
        _check_new(self, spec)
    mapping = _create(self, spec)
    _unhook(self)
    for sources in _attached:
        sources.begin(mapping)
    return mapping


def _update_event_source_mapping(self: Any, uuid: str, spec: dict[str, Any]) -> Any:
    known = self.get_event_source_mapping(uuid)
    if known:
        _check(self, _merged(known, spec))
    mapping = _update(self, uuid, spec)
    for sources in _attached:
        sources.review()
    return mapping


def _delete_event_source_mapping(self: Any, uuid: str) -> Any:
    mapping = _delete(self, uuid)
    for sources in _attached:
        sources.review()
    return mapping


def install() -> None:
    """Check mappings as AWS does, and stop moto's own delivery, which invokes once a record inside PutRecord."""
    models.LambdaBackend.create_event_source_mapping = _create_event_source_mapping
    models.LambdaBackend.update_event_source_mapping = _update_event_source_mapping
    models.LambdaBackend.delete_event_source_mapping = _delete_event_source_mapping


def attach(sources: EventSources) -> None:
    """Tell `sources` of every mapping that is made, changed or deleted."""
    _attached.append(sources)
