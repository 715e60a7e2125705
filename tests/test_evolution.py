"""How a contract may change: what the tables can follow passes, what breaks somebody is refused with the reason."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import contracts
import evolution
from tests.test_contracts import GOOD, write

Change = Callable[[dict[str, Any]], Any]


def props(content: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = content["schema"][0]["properties"]
    return found


def wide(content: dict[str, Any]) -> dict[str, Any]:
    """The contract of before, with a narrow column to be widened."""
    before = copy.deepcopy(content)
    before["version"] = "1.0.0"
    props(before).append({"name": "seats", "logicalType": "integer", "logicalTypeOptions": {"format": "i32"}})
    return before


def changed(folder: Path, change: Change, version: str = "1.1.0") -> None:
    before = wide(GOOD)
    after = {**copy.deepcopy(before), "version": version}
    change(after)
    old = contracts.load(write(folder / "old", before))
    evolution.check(evolution.shapes(old), contracts.load(write(folder / "new", after)))


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda c: props(c).append({"name": "gate", "logicalType": "string"}),
        lambda c: props(c)[3].update(logicalTypeOptions={"format": "i64"}),
        lambda c: props(c)[0]["logicalTypeOptions"].update(maximum=99),
        lambda c: props(c)[1].update(description="Who rode", classification="confidential"),
    ],
    ids=["nothing", "a column more", "a wider type", "a wider limit", "other words"],
)
def test_what_tables_and_people_can_follow_passes(tmp_path: Path, change: Change) -> None:
    changed(tmp_path, change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: props(c).pop(1), "trips: column rider is dropped, and may be asked for; leave it"),
        (lambda c: props(c)[1].update(logicalType="integer"), "column rider is bigint and was string"),
        (lambda c: props(c)[1].update(required=True), "column rider is required and was not before"),
        (
            lambda c: props(c).append({"name": "gate", "logicalType": "string", "required": True}),
            "column gate is required and is new",
        ),
        (
            lambda c: props(c)[1].update(required=True, primaryKey=True, primaryKeyPosition=2),
            "the key is trip, rider and was trip, by which rows are merged",
        ),
        (
            lambda c: c.update(customProperties=[{"property": "delivery", "value": "stream"}]),
            "its place is stream and was files",
        ),
        (lambda c: props(c).insert(1, {"name": "gate", "logicalType": "string"}), "come in another order"),
    ],
    ids=["dropped", "another type", "required now", "new and required", "another key", "another delivery", "order"],
)
def test_what_breaks_producers_readers_or_tables_is_refused_with_the_reason(
    tmp_path: Path, change: Change, told: str
) -> None:
    with pytest.raises(evolution.EvolutionError, match=told):
        changed(tmp_path, change)


def test_a_type_is_not_narrowed(tmp_path: Path) -> None:
    before, after = wide(GOOD), wide(GOOD)
    props(before)[3]["logicalTypeOptions"] = {"format": "i64"}
    old = contracts.load(write(tmp_path / "old", before))
    with pytest.raises(evolution.EvolutionError, match="column seats is int and was bigint, which Iceberg can't widen"):
        evolution.check(evolution.shapes(old), contracts.load(write(tmp_path / "new", after)))


def test_a_change_of_columns_raises_the_version(tmp_path: Path) -> None:
    def grow(content: dict[str, Any]) -> None:
        props(content).append({"name": "gate", "logicalType": "string"})

    with pytest.raises(evolution.EvolutionError, match=r"version is 1\.0\.0 after 1\.0\.0, though columns changed"):
        changed(tmp_path, grow, version="1.0.0")


def test_all_faults_of_all_data_sets_are_told_at_once(tmp_path: Path) -> None:
    def spoil(content: dict[str, Any]) -> None:
        props(content).pop(3)
        props(content)[1].update(logicalType="integer")

    with pytest.raises(evolution.EvolutionError) as refused:
        changed(tmp_path, spoil, version="1.0.0")
    assert len(refused.value.faults) == 3


def test_a_data_set_may_come_and_go(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    before = evolution.shapes(contracts.load(tmp_path))
    (tmp_path / "trips.yaml").unlink()
    evolution.check(before, contracts.load(write(tmp_path, {**GOOD, "name": "rides"}, "rides")))


def test_the_command_holds_the_contracts_against_a_commit() -> None:
    command = [sys.executable, "-m", "evolution", "--base"]
    assert "break nothing of HEAD" in subprocess.run([*command, "HEAD"], capture_output=True, text=True).stdout
    unknown = subprocess.run([*command, "no-such-commit"], capture_output=True, text=True)
    assert unknown.returncode == 1
    assert "no-such-commit" in unknown.stderr
    assert "Traceback" not in unknown.stderr


def test_columns_that_a_contract_adds_are_told_apart_and_a_new_data_set_adds_none(tmp_path: Path) -> None:
    before = wide(GOOD)
    after = copy.deepcopy(before)
    props(after).append({"name": "gate", "logicalType": "string"})
    old, new = (contracts.load(write(tmp_path / name, content)) for name, content in (("old", before), ("new", after)))
    assert evolution.added(evolution.shapes(old), new) == {"trips": {"gate"}}
    assert evolution.added(evolution.shapes(new), new) == {}
    assert evolution.added({}, new) == {}
