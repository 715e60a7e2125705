"""What the engine's events come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from embedded.engine.events import read_events
from embedded.engine.workspace import Deployment
from embedded.judgement import Verdict, judge

BUCKET = "urn:pulumi:dev::medallion::medallion:layers:Landing$aws:s3/bucket:Bucket::landing"


def verdict(tmp_path: Path, *events: dict[str, Any], exit_code: int = 0) -> Verdict:
    log, lines = tmp_path / "log", tmp_path / "events"
    log.write_text("the last line\n")
    lines.write_text("".join(json.dumps(event) + "\n" for event in events))
    return judge(Deployment("up", exit_code, 1.0, log, tuple(read_events(lines))))


def policy_event(message: str, level: str) -> dict[str, Any]:
    return {
        "policyEvent": {
            "resourceUrn": BUCKET,
            "policyName": "bucket-encrypted",
            "message": message,
            "enforcementLevel": level,
        }
    }


def test_a_mandatory_violation_shuts_the_gate_with_rule_and_resource(tmp_path: Path) -> None:
    found = verdict(tmp_path, policy_event("<{%reset%}>no key<{%reset%}>", "mandatory"), exit_code=255)
    assert not found.holds
    assert [(each.rule, each.resource, each.message) for each in found.violations] == [
        ("bucket-encrypted", "landing", "no key")
    ]


def test_an_advisory_is_shown_and_holds(tmp_path: Path) -> None:
    found = verdict(tmp_path, policy_event("prefer two zones", "advisory"))
    assert found.holds
    assert "advice: bucket-encrypted: landing" in found.text


def test_a_rule_that_met_an_unknown_is_deferred_and_not_violated(tmp_path: Path) -> None:
    told = "can't run policy 'bucket-encrypted' from policy pack 'medallion@v0.1.0' during preview: string value at .x"
    found = verdict(tmp_path, policy_event(told, "advisory"))
    assert found.holds
    assert [(each.rule, each.resource, each.message) for each in found.undecided] == [
        ("bucket-encrypted", "landing", "string value at .x")
    ]
    assert not found.advice


def test_the_engines_errors_are_told_with_the_resource(tmp_path: Path) -> None:
    event = {"diagnosticEvent": {"severity": "error", "urn": BUCKET, "message": "the name is taken\n"}}
    assert verdict(tmp_path, event, exit_code=1).errors == ("landing: the name is taken",)


def test_a_failure_that_left_no_event_tells_the_end_of_the_log(tmp_path: Path) -> None:
    assert verdict(tmp_path, exit_code=1).errors == ("the last line",)


def test_a_half_written_last_event_is_left_for_the_next_reading(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text('{"summaryEvent": {}}\n{"policyEv')
    assert [event.kind for event in read_events(path)] == ["summaryEvent"]
