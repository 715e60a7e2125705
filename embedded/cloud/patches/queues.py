"""SQS: attributes that are unset with an empty text, and a policy that other changes leave alone."""

from typing import Any

from moto.sqs.models import Queue

_set_attributes = Queue._set_attributes
_DOCUMENTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")


def _set(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
    given = dict(attributes)
    policy = given.get("Policy", getattr(self, "policy", None))
    redrive = given.get("RedrivePolicy")
    for name in _DOCUMENTS:
        if given.get(name) == "":
            given[name] = None
    _set_attributes(self, given, now)
    self.policy = policy or None
    if redrive == "":
        self.redrive_policy = self.dead_letter_queue = None


def install() -> None:
    """Patch the queue."""
    Queue._set_attributes = _set
    Queue.redrive_allow_policy = None
    if "RedriveAllowPolicy" not in Queue.BASE_ATTRIBUTES:
        Queue.BASE_ATTRIBUTES.append("RedriveAllowPolicy")
