"""Exceptions: what they silence, what they don't, and when they fail a run themselves."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from policy.exceptions import FILE_NAME, Waiver, Waivers, file_of, load
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


ENTRY = {
    "rule": WAIVER.rule,
    "resource": "aws:kinesis/stream:Stream::*",
    "reason": "why",
    "owner": "who",
    "expires": TODAY,
}


def written(folder: Path, content: object) -> Path:
    file = folder / FILE_NAME
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return file


def test_a_file_is_read_for_its_stack_only(tmp_path: Path) -> None:
    file = written(tmp_path, [ENTRY, ENTRY | {"stacks": ["prod", "pre-*"]}])
    assert len(load(file, "dev", IDS).held) == 1
    assert len(load(file, "prod", IDS).held) == 2
    assert len(load(file, "pre-release", IDS).held) == 2


def test_a_project_without_a_file_or_with_an_empty_one_has_no_exceptions(tmp_path: Path) -> None:
    assert load(tmp_path / FILE_NAME, "dev", IDS) == Waivers(())
    assert load(written(tmp_path, "# none yet\n"), "dev", IDS) == Waivers(())
    assert "exceptions-in-force" in ruling([STREAM], waivers=Waivers(())).not_applicable


def test_the_file_lies_beside_the_pulumi_project_that_is_judged(tmp_path: Path) -> None:
    program = tmp_path / "shop" / "infra" / "src"
    program.mkdir(parents=True)
    assert file_of(program) == program / FILE_NAME
    (tmp_path / "shop" / "infra" / "Pulumi.yaml").touch()
    assert file_of(program) == tmp_path / "shop" / "infra" / FILE_NAME
    assert file_of(program.parent) == tmp_path / "shop" / "infra" / FILE_NAME


def test_the_pack_reads_the_file_of_the_project_that_it_runs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    written(tmp_path, [ENTRY | {"stacks": ["dev"]}])
    monkeypatch.chdir(tmp_path)
    (waiver,) = project_waivers("urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev").held
    assert waiver.rule == WAIVER.rule
    assert not project_waivers("urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod").held


def test_faults_of_a_file_fail_the_run_with_their_place(tmp_path: Path) -> None:
    faulty = [
        "everything",
        ENTRY | {"reason": ""},
        ENTRY | {"until": TODAY},
        ENTRY | {"expires": "soon"},
        ENTRY | {"stacks": "dev"},
        ENTRY | {"rule": "no-such-rule"},
    ]
    loaded = load(written(tmp_path, faulty), "dev", IDS)
    assert not loaded.held
    assert list(loaded.faults) == [
        "policy-exceptions.yaml, exception 1: an exception is a mapping of rule, resource, reason, owner, expires",
        "policy-exceptions.yaml, exception 2: lacks reason",
        "policy-exceptions.yaml, exception 3: has unknown fields until",
        "policy-exceptions.yaml, exception 4: expires is 'soon'; write a date as 2027-06-30",
        "policy-exceptions.yaml, exception 5: stacks is 'dev'; write a list of stack names, "
        "`*` for any run of characters",
        "policy-exceptions.yaml, exception 6: there is no rule 'no-such-rule'",
    ]
    found = ruling([STREAM], waivers=held(faults=loaded.faults))
    assert len(found.violated["exceptions-hold"]) == len(faulty)


@pytest.mark.parametrize("content", ["everything: passes\n", "- rule: [\n"])
def test_a_file_that_is_no_list_fails_the_run(tmp_path: Path, content: str) -> None:
    (fault,) = load(written(tmp_path, content), "dev", IDS).faults
    assert fault.startswith(FILE_NAME)


def test_the_projects_own_exceptions_are_well_formed() -> None:
    own = file_of(Path(__file__))
    assert own.exists()
    for stack in ("local", "dev", "prod"):
        assert not load(own, stack, IDS).faults
