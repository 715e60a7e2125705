"""What the engine reports while it runs (`pulumi --event-log`): one JSON object a line."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# A tick of progress; a run shorter than this says nothing.
SECONDS_BETWEEN_LINES = 3.0


class Event(NamedTuple):
    """One event: `kind` as the engine names it, such as `policyEvent`, and its body."""

    kind: str
    body: dict[str, Any]


def read_events(path: Path) -> Iterator[Event]:
    """The events written so far; a half-written last line waits for the next reading."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            return
        for kind, body in entry.items():
            if kind.endswith("Event"):
                yield Event(kind, body or {})


def errors(events: Iterable[Event]) -> list[str]:
    """The error messages that the engine showed, each as `resource: message`, once."""
    found: dict[str, None] = {}
    for event in events:
        if event.kind == "diagnosticEvent" and event.body.get("severity") == "error":
            name = event.body.get("urn", "").rpartition("::")[2]
            message = event.body.get("message", "").strip()
            found[f"{name}: {message}" if name else message] = None
    return list(found)


def tell_progress(path: Path, what: str, done: threading.Event) -> None:
    """Say every few seconds how many resources are dealt with, until `done`."""
    told = -1
    while not done.wait(SECONDS_BETWEEN_LINES):
        count = sum(event.kind in ("resOutputsEvent", "resOpFailedEvent") for event in read_events(path))
        if count != told:
            print(f"  {what}: {count} resources", file=sys.stderr, flush=True)
            told = count
