"""What a change does to the resources of a stack, told from two states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from embedded import diff
from embedded.diff import SECRET, SIGNATURE, compare
from embedded.engine.workspace import WorkspaceError


def resource(kind: str, name: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::medallion::{kind}::{name}"
    return {"urn": urn, "type": kind, "custom": True, "inputs": inputs, "outputs": dict(inputs), **more}


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": list(resources)}}


def stream(**inputs: Any) -> dict[str, Any]:
    return resource("aws:kinesis/stream:Stream", "weather", {"name": "weather", **inputs}, id="weather")


def test_what_is_new_gone_and_otherwise_is_told_apart() -> None:
    topic, queue = (resource(f"aws:{kind}", "dead", {}, id=kind) for kind in ("sns/topic:Topic", "sqs/queue:Queue"))
    found = compare(state(stream(shardCount=1), topic), state(stream(shardCount=4), queue))
    assert (found.added, found.removed) == (("aws:sqs/queue:Queue::dead",), ("aws:sns/topic:Topic::dead",))
    assert [str(each) for each in found.changed["aws:kinesis/stream:Stream::weather"]] == [
        "  - `shardCount`: `1` → `4`"
    ]
    assert found.markdown("Stack dev").splitlines()[:3] == [
        "# Stack dev",
        "",
        "**1 added, 1 removed, 1 changed**, 0 unchanged.",
    ]


def test_two_deployments_of_one_program_do_not_differ_by_what_aws_makes_up() -> None:
    def deployed(key: str) -> dict[str, Any]:
        arn = f"arn:aws:kms:eu-west-1:123456789012:key/{key}"
        made = resource("aws:kms/key:Key", "landing", {"enableKeyRotation": True}, id=key)
        made["outputs"] |= {"arn": arn}
        policy = json.dumps({"Statement": [{"Resource": f"{arn}"}]})
        return state(made, stream(kmsKeyId=arn, policy=policy))

    first, second = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "ab")
    found = compare(deployed(first), deployed(second))
    assert not found.changed
    assert found.unchanged == 2


def test_another_key_is_a_difference_though_its_name_is_made_up() -> None:
    def deployed(used: str) -> dict[str, Any]:
        ids = {"landing": "a" * 36, "initial": "b" * 36}
        keys = [resource("aws:kms/key:Key", name, {}, id=key) for name, key in ids.items()]
        return state(*keys, stream(kmsKeyId=ids[used]))

    assert list(compare(deployed("landing"), deployed("initial")).changed) == ["aws:kinesis/stream:Stream::weather"]


def test_of_a_policy_document_only_the_statement_that_changed_is_shown() -> None:
    def with_actions(*actions: str) -> dict[str, Any]:
        return state(stream(policy=json.dumps({"Statement": [{"Effect": "Allow", "Action": list(actions)}]})))

    (changes,) = compare(with_actions("s3:Get", "s3:List"), with_actions("s3:Get", "s3:Put")).changed.values()
    assert [str(each) for each in changes] == ["  - `policy.Statement[0].Action`: `s3:List` → `s3:Put`"]


def test_a_secret_is_neither_compared_nor_shown() -> None:
    def with_password(text: str) -> dict[str, Any]:
        return state(stream(password={SIGNATURE: SECRET, "ciphertext": text}))

    found = compare(with_password("v1:one"), with_password("v1:two"))
    assert not found.changed
    assert "v1:" not in found.markdown("Stack dev")


def test_what_the_program_leaves_alone_is_no_change() -> None:
    before, after = (stream(shardCount=count) | {"ignoreChanges": ["shardCount"]} for count in (1, 4))
    assert not compare(state(before), state(after)).changed


def test_a_summary_has_an_end() -> None:
    many = state(*(resource("aws:sqs/queue:Queue", f"q{n}", {}, id=f"q{n}") for n in range(diff.LISTED + 3)))
    assert compare(state(), many).markdown("Stack dev").splitlines()[-1] == "- … and 3 more"


def test_a_stack_that_no_gate_judged_says_which_command_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "ROOT", tmp_path)
    with pytest.raises(WorkspaceError, match="make gate STACK=dev"):
        diff.diff("dev", "main")


def test_a_commit_that_git_does_not_know_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tmp_path / "build" / "gate" / "dev" / "state.json"
    ours.parent.mkdir(parents=True)
    ours.write_text(json.dumps(state()))
    monkeypatch.setattr(diff, "ROOT", tmp_path)
    with pytest.raises(WorkspaceError, match="no commit 'nowhere'"):
        diff.diff("dev", "nowhere")
