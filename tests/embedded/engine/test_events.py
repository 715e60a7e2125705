"""What is told of a run while the engine writes down its events."""

import json
import threading
from pathlib import Path

import pytest

from embedded.engine import events


def test_a_long_run_is_told_before_its_first_resource_and_each_resource_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events.json"
    kinds = ("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent", "diagnosticEvent")
    lines = [{"sequence": number, "timestamp": 1, kind: {}} for number, kind in enumerate(kinds)]
    text = "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines)
    parts = ["", text[:90], text[90:]]

    class Looks(threading.Event):
        """Lets the teller look three times: before there is a file, at half a line, at the rest."""

        def wait(self, timeout: float | None = None) -> bool:
            if not parts:
                return True
            if part := parts.pop(0):
                with path.open("a") as file:
                    file.write(part)
            return False

    events.tell_progress(path, "up", Looks())
    assert capsys.readouterr().err.splitlines() == ["  up: 0 resources", "  up: 2 resources"]
    assert sum(each.kind in ("resOutputsEvent", "resOpFailedEvent") for each in events.read_events(path)) == 2
