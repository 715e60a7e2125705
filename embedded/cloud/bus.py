"""The account's event bus: what services tell it, and what its rules reach beyond moto's queues and log groups."""

import copy
import json
import logging
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from moto.events.models import Rule, events_backends

from embedded.cloud import destinations

log = logging.getLogger(__name__)

Target: TypeAlias = dict[str, Any]
Event: TypeAlias = dict[str, Any]
Deliver: TypeAlias = Callable[[Target, Event], None]


def put(account: str, region: str, source: str, detail_type: str, detail: dict[str, Any]) -> None:
    """Put an event of a service on the default bus. No service waits for what becomes of it: faults are logged."""
    event = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "EventBusName": "default"}
    try:
        events_backends[account][region].put_events([event])
    except Exception:
        log.exception("An event was lost: %s of %s", detail_type, source)


def install(reached: dict[str, Deliver]) -> None:
    """Let rules reach topics, and by `reached` the targets of more services, each by the name in its ARN."""
    reach: dict[str, Deliver] = {"sns": _tell, **reached}
    of_moto = Rule.send_to_targets

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        if not self.event_pattern.matches_event(original_event):
            return
        for target in self.targets:
            service = target["Arn"].split(":")[2]
            if service in reach:
                reach[service](target, original_event)
                continue
            alone = copy.copy(self)
            alone.targets = [target]
            try:
                of_moto(alone, original_event, transform_input)
            except NotImplementedError as problem:
                told = f"rule {self.name} has a target that the bus does not reach: {target['Arn']}"
                # Who puts an event is told; a service can't be.
                if not str(original_event["source"]).startswith("aws."):
                    raise NotImplementedError(told) from problem
                log.warning("The embedded cloud: %s", told)

    Rule.send_to_targets = send_to_targets


def _tell(target: Target, event: Event) -> None:
    destinations.send(target["Arn"], message(target.get("InputTransformer"), event))


def message(transformer: dict[str, Any] | None, event: Event) -> str:
    """The event, or what its target's transformer makes of it. A template in quotation marks keeps them, as on AWS.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    stamped = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(float(event["time"])))
    event = {name: value for name, value in event.items() if name != "ingestion-time"} | {"time": stamped}
    if not transformer:
        return json.dumps(event)
    text = str(transformer["InputTemplate"])
    quoted = text.startswith('"')
    for word, path in (transformer.get("InputPathsMap") or {}).items():
        found = _at(event, path)
        told = json.dumps(found)
        if quoted:
            # Within a text there are no quotation marks around what is put in, and what is missing is left out.
            told = json.dumps(found if isinstance(found, str) else "" if found is None else told)[1:-1]
        text = text.replace(f"<{word}>", told)
    return text


def _at(event: Any, path: str) -> Any:
    """The value at a path such as `$.detail.state`; None where there is none."""
    for step in path.removeprefix("$").strip(".").split("."):
        event = event.get(step) if isinstance(event, dict) else None
    return event
