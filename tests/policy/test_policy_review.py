"""A stack judged from its state: the verdicts, the evidence, the command, and what a configuration file changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel

from policy import manual
from policy.exceptions import FILE_NAME, Waivers, load
from policy.review import Review, Verdict, judge, resources, worst
from policy.review.__main__ import main
from policy.review.configuration import Configuration, ConfigurationError, read
from policy.review.evidence import code, document, table
from policy.rule import FRAMEWORKS, by_control
from policy.rules import RULES
from tests.policy.court import TODAY, Made, ruling
from tests.policy.platform import platform
from tests.policy.test_policy_rules import ACCESS_LOGS

STREAM = Made("aws:kinesis/stream:Stream", "flights", {"encryptionType": "KMS", "kmsKeyId": "alias/ours"})
OPEN = Made("aws:kinesis/stream:Stream", "weather", {"encryptionType": "NONE", "kmsKeyId": "alias/ours"})
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:unread"}


def state_of(made: Iterable[Made]) -> dict[str, Any]:
    """What `pulumi stack export` would print of hand-made resources."""
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-01-01T12:30:00.5Z", "version": "v3.259.0"},
            "resources": [
                {"type": each.type, "urn": each.urn, "inputs": each.props, "outputs": each.props}
                | {"propertyDependencies": each.after}
                for each in made
            ],
        },
    }


def reviewed(made: Iterable[Made], waivers: Waivers | None = None, config: Configuration | None = None) -> Review:
    return judge(resources(state_of(made)), waivers or Waivers((), today=TODAY), config)


def verdicts(review: Review) -> dict[str, Verdict]:
    return {standing.rule.id: standing.verdict for standing in review.standings}


def written(folder: Path, state: object) -> str:
    file = folder / "state.json"
    file.write_text(json.dumps(state))
    return str(file)


def test_the_review_and_the_sdk_come_to_the_same_on_a_platform_with_faults() -> None:
    made = platform()
    made["stream"].props["encryptionType"] = "NONE"
    del made["lake-policy"]
    waivers = Waivers((ACCESS_LOGS,), today=TODAY)
    asked = ruling(made.values(), waivers=Waivers((ACCESS_LOGS,), today=TODAY))
    review = reviewed(made.values(), waivers)
    assert not review.holds
    violated = {rule for rule, verdict in verdicts(review).items() if verdict is Verdict.VIOLATED}
    assert violated == asked.violated.keys() - {"exceptions-in-force"}
    for standing in review.standings:
        told = [message for answer in standing.answers for message in answer.messages if answer in standing.judged]
        assert told == asked.violated.get(standing.rule.id, [])


def test_an_excepted_breach_is_neither_hidden_nor_held_against_the_stack() -> None:
    review = reviewed(platform().values(), Waivers((ACCESS_LOGS,), today=TODAY))
    assert review.holds
    assert verdicts(review)["s3-customer-key"] is Verdict.EXCEPTED


def test_an_exception_that_matches_nothing_keeps_a_stack_from_holding() -> None:
    review = reviewed([STREAM], Waivers((ACCESS_LOGS,), today=TODAY))
    assert not review.holds
    assert "matches no breach any more" in review.exception_faults[0]
    assert "matches no breach any more" in document(review, {})


def test_a_rule_that_judges_nothing_says_why() -> None:
    standings = {standing.rule.id: standing for standing in reviewed([STREAM]).standings}
    assert standings["kms-rotation"].why_not_applicable == "the stack has no kms.Key"
    signing = Made("aws:kms/key:Key", "signing", {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"})
    standings = {standing.rule.id: standing for standing in reviewed([signing]).standings}
    assert standings["kms-rotation"].verdict is Verdict.NOT_APPLICABLE
    assert standings["kms-rotation"].why_not_applicable != "the stack has no kms.Key"


def test_what_a_state_keeps_encrypted_is_undecided_until_it_is_shown() -> None:
    hidden = replace(STREAM, props=STREAM.props | {"kmsKeyId": SECRET})
    review = reviewed([hidden])
    assert not review.holds
    assert verdicts(review)["kinesis-customer-key"] is Verdict.UNDECIDED
    assert "kmsKeyId is encrypted in the state, or not known" in document(review, {})
    excepted = replace(ACCESS_LOGS, rule="kinesis-customer-key", resource="*::flights")
    (fault,) = reviewed([hidden], Waivers((excepted,), today=TODAY)).exception_faults
    assert "nobody can tell whether it is needed" in fault
    shown = replace(STREAM, props=STREAM.props | {"kmsKeyId": SECRET | {"plaintext": '"alias/ours"'}})
    assert verdicts(reviewed([shown]))["kinesis-customer-key"] is Verdict.HOLDS


def test_resources_that_wait_for_their_deletion_are_not_judged() -> None:
    state = state_of([STREAM, OPEN])
    state["deployment"]["resources"][1]["delete"] = True
    assert [each.name for each in resources(state)] == ["flights"]


def test_verdicts_together_are_as_bad_as_the_worst() -> None:
    assert worst([Verdict.HOLDS, Verdict.NOT_APPLICABLE]) is Verdict.HOLDS
    assert worst([Verdict.HOLDS, Verdict.EXCEPTED, Verdict.UNDECIDED, Verdict.VIOLATED]) is Verdict.VIOLATED
    assert worst([]) is Verdict.NOT_APPLICABLE


def test_the_evidence_tells_of_each_rule_what_it_judged_and_of_each_control_which_rules_serve_it() -> None:
    review = reviewed(platform().values(), Waivers((ACCESS_LOGS,), today=TODAY))
    page = document(review, {"commit": "0123abc", "nothing": ""}, {"s3-customer-key": ["lake", "raw"]})
    for standing in review.standings:
        assert f"| {code(standing.rule.id)} | {standing.rule.severity.value} | {standing.rule.title}" in page
        for answer in standing.judged:
            assert code(answer.subject.name) in page
    for control in by_control(RULES):
        assert f"| {control.id} | " in page
    for full in FRAMEWORKS.values():
        assert re.search(rf"^### {re.escape(full)}: .*\d+ hold", page, re.MULTILINE)
    assert "| S3.17 | `s3-encryption-declared`, `s3-customer-key` (excepted) | excepted |" in page
    assert f"| `s3-customer-key` | {code(ACCESS_LOGS.resource)} | {TODAY} | platform | {ACCESS_LOGS.reason} |" in page
    assert "| `s3-customer-key` | lake, raw | 1 excepted, " in page
    assert "| commit | 0123abc |" in page
    assert "nothing" not in page.split("## Rules")[0].split("**The stack")[0]
    assert "**The stack holds.**" in page


def test_the_evidence_shows_violations_first_and_in_full() -> None:
    page = document(reviewed([STREAM, OPEN]), {})
    assert "**The stack does not hold.**" in page
    assert page.index("## What does not hold") < page.index("## Rules")
    assert '[kinesis-customer-key] Stream "weather": encryptionType is "NONE".\n  Why: ' in page
    assert "| 2 | **1 violated, 1 hold** |" in page
    assert "| Kinesis.1 | `kinesis-customer-key` (violated) | **violated** |" in page
    assert "- violated: kinesis.Stream `weather`\n- holds: kinesis.Stream `flights`" in page


def test_what_folds_opens_and_closes_and_tables_keep_their_columns() -> None:
    page = document(reviewed(platform().values()), {}, {"s3-customer-key": ["lake"]})
    assert page.count("<details>") == page.count("</details>") > len(RULES) / 2
    assert page.count("<summary>") == page.count("</summary>") == page.count("<details>")
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block
    assert table(("a",), [("x | y\nz",)])[2] == "| x \\| y z |"


def test_an_advisory_rule_is_shown_and_fails_nothing() -> None:
    advisory = Configuration({"kinesis-customer-key": EnforcementLevel.ADVISORY})
    review = reviewed([OPEN], config=advisory)
    assert review.holds
    assert verdicts(review)["kinesis-customer-key"] is Verdict.VIOLATED
    assert "**1 violated** (advisory)" in document(review, {})


def test_a_disabled_rule_is_not_asked_and_the_evidence_says_so() -> None:
    review = reviewed([OPEN], config=Configuration({"all": EnforcementLevel.DISABLED}))
    assert review.holds
    assert set(verdicts(review).values()) == {Verdict.NOT_APPLICABLE}
    assert "| disabled by configuration |" in document(review, {})


def test_a_setting_reaches_its_rule() -> None:
    bronze = Made("aws:s3/bucket:Bucket", "theirs", {"bucket": "theirs", "tags": {"layer": "bronze"}})
    config = Configuration(settings={"s3-object-lock": {"tag": "layer", "values": ["bronze"]}})
    assert verdicts(reviewed([bronze]))["s3-object-lock"] is not Verdict.VIOLATED
    assert verdicts(reviewed([bronze], config=config))["s3-object-lock"] is Verdict.VIOLATED


def example(language: str) -> str:
    """The one example in a language that the manual gives."""
    (found,) = re.findall(rf"```{language}\n(.+?)```", manual.PROSE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def test_the_manuals_example_of_a_configuration_is_one(tmp_path: Path) -> None:
    file = tmp_path / "policy-config.json"
    file.write_text(example("json"))
    config = read(file, RULES)
    assert config.level("emr-tls") is EnforcementLevel.DISABLED
    assert config.level("kms-rotation") is EnforcementLevel.MANDATORY
    assert config.settings["s3-object-lock"] == {"tag": "layer", "values": ["bronze"]}


def test_the_manuals_example_of_an_exception_is_one(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_text(example("yaml"))
    waivers = load(file, "dev", frozenset(rule.id for rule in RULES))
    assert not waivers.faults
    (waiver,) = waivers.held
    assert waiver.names("urn:pulumi:dev::shop::aws:s3/bucket:Bucket::scratch-area")


def test_a_configuration_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "policy-config.json"
    file.write_text('{"no-rule": "advisory", "kms-rotation": {"days": 1}, "emr-tls": "soft", "all": "advisory"}')
    with pytest.raises(ConfigurationError) as refused:
        read(file, RULES)
    for fault in ("there is no rule 'no-rule'", "kms-rotation has no setting days", "emr-tls is 'soft'"):
        assert fault in str(refused.value)
    for content in ("[]", "{"):
        file.write_text(content)
        with pytest.raises(ConfigurationError):
            read(file, RULES)


def test_the_command_prints_the_evidence_and_exits_by_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([written(tmp_path, state_of([STREAM]))]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Evidence on stack dev of project shop\n")
    assert "| deployed | 2026-01-01 12:30:00 UTC |" in printed
    assert "| engine | Pulumi v3.259.0 |" in printed
    assert main([written(tmp_path, state_of([STREAM, OPEN]))]) == 1
    assert "## What does not hold" in capsys.readouterr().out


def test_the_command_takes_exceptions_and_levels_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    state = written(tmp_path, state_of([OPEN]))
    config = tmp_path / "levels.json"
    config.write_text('{"kinesis-customer-key": "advisory", "exceptions-hold": "mandatory"}')
    assert main([state, "--config", str(config)]) == 0
    named, own = tmp_path / "elsewhere.yaml", tmp_path / FILE_NAME
    entry = "- {rule: kinesis-customer-key, resource: '*::weather', reason: why, owner: who, expires: 2999-01-01}\n"
    named.write_text(entry)
    assert main([state, "--exceptions", str(named)]) == 0
    own.write_text(entry)
    project = tmp_path / "Pulumi.yaml"
    project.write_text("name: shop\n")
    assert main([state]) == 0
    assert "| who | why |" in capsys.readouterr().out
    project.write_text("name: another\n")
    assert main([state]) == 1, "another project's exceptions are no business of this one"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "it is no JSON (Expecting property name"),
        ("[]", "it has no `deployment`; write a state with `pulumi stack export --file FILE`"),
        ("{}", "it has no `deployment`"),
        ('{"deployment": {}}', "it holds no resources"),
        ('{"deployment": {"resources": [{"id": "x"}]}}', "its resources have no type or URN"),
    ],
)
def test_a_file_that_is_no_state_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
) -> None:
    file = tmp_path / "no-state.json"
    file.write_text(content)
    assert main([str(file)]) == 2
    assert told in capsys.readouterr().err


def test_a_file_that_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state, missing = written(tmp_path, state_of([STREAM])), str(tmp_path / "missing")
    for arguments in ([missing], [state, "--config", missing], [state, "--exceptions", missing]):
        assert main(arguments) == 2
        assert missing in capsys.readouterr().err
