"""What the engine reports while it runs (`pulumi --event-log`): one JSON object a line."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# A tick of progress; a run shorter than this says nothing.
SECONDS_BETWEEN_LINES = 3.0
# The line of a resource that is dealt with, as the engine writes it.
DEALT_WITH = re.compile(rb'\{"sequence":\d+,"timestamp":\d+,"res(OutputsEvent|OpFailedEvent)":')


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
    """Say every few seconds how many resources are dealt with, until `done`.

    The events grow to megabytes: each time only what is new is read, and no more of it than the kind of each.
    """
    count, told = 0, -1
    read, rest = 0, b""
    while not done.wait(SECONDS_BETWEEN_LINES):
        if path.exists():
            with path.open("rb") as file:
                file.seek(read)
                fresh = file.read()
            read += len(fresh)
            *lines, rest = (rest + fresh).split(b"\n")
            count += sum(DEALT_WITH.match(line) is not None for line in lines)
        if count != told:
            print(f"  {what}: {count} resources", file=sys.stderr, flush=True)
            told = count
