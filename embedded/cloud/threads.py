"""moto under threads: SQS loses messages when one thread adds while another deletes, Kinesis reuses a number, a backend
that walks over its resources fails when another thread makes or deletes one, and an operation that two threads ask for
first is for one of them botocore's, which lacks what moto adds: moto's method keeps both under the same name.
"""

import functools
import threading
from collections import OrderedDict, defaultdict
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from moto.core import responses
from moto.core.base_backend import BaseBackend
from moto.core.model import ServiceModel
from moto.core.utils import unix_time
from moto.kinesis import models as kinesis
from moto.sqs import models as sqs

_lock = threading.RLock()


def install() -> None:
    """Put one lock around what changes a queue, a shard or what is known of a service; long polls wait outside it."""
    BaseBackend.__setattr__ = _keep
    # moto walks all members of a class with inspect, once a request.
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    _serialise(ServiceModel, "operation_model")
    _serialise(sqs.Queue, "add_message")
    _serialise(sqs.Queue, "delete_message")
    _serialise(sqs.SQSBackend, "change_message_visibility")
    _serialise(kinesis.Shard, "put_record")
    kinesis.Shard.get_max_sequence_number = _last_number
    receive = sqs.SQSBackend.receive_message

    def receive_message(
        self: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Any]:
        deadline = unix_time() + (wait_seconds_timeout or 0)
        while True:
            with _lock:
                found: list[Any] = receive(self, queue_name, count, 0, visibility_timeout, message_attribute_names)
            left = deadline - unix_time()
            if found or left <= 0:
                return found
            await_change(self.get_queue(queue_name), min(left, 1.0))

    sqs.SQSBackend.receive_message = receive_message


class _Calm(dict[Any, Any]):
    """A dictionary that is walked over as it was at the start."""

    def _now(self) -> dict[Any, Any]:
        while True:
            try:
                # `copy` would ask the methods below.
                return dict(zip(dict.keys(self), dict.values(self), strict=True))
            except RuntimeError:
                # It is one step of the interpreter, but the garbage collector may run in it, and let in a thread.
                continue

    def __iter__(self) -> Iterator[Any]:
        return iter(self._now())

    def keys(self) -> KeysView[Any]:  # type: ignore[override]
        """A view of the keys there are now."""
        return self._now().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """A view of the values there are now."""
        return self._now().values()

    def items(self) -> ItemsView[Any, Any]:  # type: ignore[override]
        """A view of the items there are now."""
        return self._now().items()


class _CalmDefault(_Calm, defaultdict[Any, Any]):
    """As `_Calm`, with a default."""


def _keep(backend: Any, name: str, value: Any) -> None:
    """Set an attribute of a backend; what holds its resources becomes a calm dictionary."""
    if type(value) in (dict, OrderedDict):
        value = _Calm(value)
    elif type(value) is defaultdict:
        made = value.default_factory
        value = _CalmDefault(_Calm if made is dict else made, value)
    object.__setattr__(backend, name, value)


def await_change(queue: Any, seconds: float) -> None:
    """Return when a message is sent to moto's `queue`, at the latest after `seconds`."""
    with queue._messages_lock:
        queue._messages_lock.wait(seconds)


def _last_number(shard: Any) -> int:
    # moto copies all numbers into a list, once a record.
    return int(next(reversed(shard.records))) if shard.records else 0


def _serialise(owner: Any, name: str) -> None:
    original = getattr(owner, name)

    def locked(*arguments: Any, **options: Any) -> Any:
        with _lock:
            return original(*arguments, **options)

    setattr(owner, name, locked)
