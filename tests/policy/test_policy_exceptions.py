"""Exceptions: what they silence, what they don't, and when they fail a run themselves."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import yaml

from policy.exceptions import FILE, Waiver, Waivers, load
from policy.pack import project_waivers
from policy.rules import RULES
from tests.policy.court import TODAY, UNKNOWN, Made, ruling

IDS = frozenset(rule.id for rule in RULES)
STREAM = Made("aws:kinesis/stream:Stream", "flights", {"encryptionType": "KMS", "kmsKeyId": "alias/aws/kinesis"})
WAIVER = Waiver(
    rule="kinesis-customer-key",
    resource="aws:kinesis/stream:Stream::flights",
    reason="a partner reads it with AWS's own key",
    owner="ingest",
    expires=TODAY,
)


def held(*waivers: Waiver, faults: tuple[str, ...] = ()) -> Waivers:
    return Waivers(waivers, faults, today=TODAY)


def test_an_exception_silences_its_rule_on_its_resource_and_is_printed() -> None:
    found = ruling([STREAM], waivers=held(WAIVER))
    assert set(found.violated) == {"exceptions-in-force"}
    (printed,) = found.violated["exceptions-in-force"]
    assert printed == (
        "kinesis-customer-key on aws:kinesis/stream:Stream::flights, until 2026-01-01, for ingest: "
        "a partner reads it with AWS's own key"
    )


def test_an_exception_silences_no_other_resource() -> None:
    other = Made(STREAM.type, "weather", STREAM.props)
    (message,) = ruling([STREAM, other], waivers=held(WAIVER)).violated["kinesis-customer-key"]
    assert '"weather"' in message


def test_an_exception_past_its_last_day_silences_nothing_and_fails_the_run() -> None:
    expired = replace(WAIVER, expires=TODAY - datetime.timedelta(days=1))
    found = ruling([STREAM], waivers=held(expired))
    assert "kinesis-customer-key" in found.violated
    assert "expired on 2025-12-31" in found.violated["exceptions-hold"][0]


def test_an_exception_that_matches_no_breach_fails_the_run() -> None:
    mended = Made(STREAM.type, STREAM.name, {"encryptionType": "KMS", "kmsKeyId": "alias/ours"})
    assert "matches no breach any more" in ruling([mended], waivers=held(WAIVER)).violated["exceptions-hold"][0]


def test_an_exception_whose_rule_cannot_tell_yet_is_not_called_unused() -> None:
    previewed = Made(STREAM.type, STREAM.name, {"encryptionType": "KMS", "kmsKeyId": UNKNOWN})
    found = ruling([previewed], waivers=held(WAIVER))
    assert "exceptions-hold" not in found.violated
    assert "exceptions-hold" in found.undecided


def test_an_exception_covers_no_rule_that_crashes() -> None:
    broken = Made("aws:emr/securityConfiguration:SecurityConfiguration", "emr", {"configuration": "{"})
    waiver = replace(WAIVER, rule="emr-customer-key", resource=f"{broken.type}::emr")
    assert "the rule itself failed" in ruling([broken], waivers=held(waiver)).violated["emr-customer-key"][0]


def test_a_file_is_read_for_its_project_and_stack_only(tmp_path: Path) -> None:
    entry = {
        "rule": WAIVER.rule,
        "resource": "aws:kinesis/stream:Stream::*",
        "reason": "why",
        "owner": "who",
        "expires": TODAY,
    }
    file = tmp_path / "exceptions.yaml"
    file.write_text(yaml.safe_dump({"shop": [entry, entry | {"stacks": ["prod"]}], "other": [entry]}))
    assert len(load(file, "shop", "dev", IDS).held) == 1
    assert len(load(file, "shop", "prod", IDS).held) == 2
    assert not load(file, "stranger", "dev", IDS).held


def test_faults_of_a_file_fail_the_run_with_their_place(tmp_path: Path) -> None:
    good = {"rule": WAIVER.rule, "resource": "x", "reason": "why", "owner": "who", "expires": TODAY}
    file = tmp_path / "exceptions.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "shop": [
                    "everything",
                    {**good, "reason": ""},
                    {**good, "until": TODAY},
                    {**good, "expires": "soon"},
                    {**good, "rule": "no-such-rule"},
                ]
            }
        )
    )
    loaded = load(file, "shop", "dev", IDS)
    assert not loaded.held
    assert [fault.partition(": ")[2] for fault in loaded.faults] == [
        "an exception is a mapping of rule, resource, reason, owner, expires",
        "lacks reason",
        "has unknown fields until",
        "expires is 'soon'; write a date as 2027-06-30",
        "there is no rule 'no-such-rule'",
    ]
    found = ruling([STREAM], waivers=held(faults=loaded.faults))
    assert found.violated["exceptions-hold"][0].startswith("exceptions.yaml, shop[0]: ")
    assert len(found.violated["exceptions-hold"]) == 5


def test_a_file_that_is_no_mapping_fails_the_run(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text("- everything\n")
    assert load(file, "shop", "dev", IDS).faults


def test_the_projects_own_exceptions_are_well_formed() -> None:
    assert FILE.exists()
    assert not project_waivers("urn:pulumi:dev::medallion::pulumi:pulumi:Stack::medallion-dev").faults


def test_a_project_without_exceptions_shows_none() -> None:
    stranger = project_waivers("urn:pulumi:dev::stranger::pulumi:pulumi:Stack::stranger-dev")
    assert not stranger.held
    assert "exceptions-in-force" in ruling([STREAM], waivers=stranger).not_applicable
