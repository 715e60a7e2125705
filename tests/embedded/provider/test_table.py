"""Every type of the table, from check to delete, against a real moto server."""

import functools
import operator
import re
from typing import Any

import pytest

from embedded.provider.differing import map_paths
from embedded.provider.sdk import inputs as sdk_inputs
from embedded.provider.synthesis import synthesise
from embedded.provider.table import TABLE
from embedded.provider.values import DEFAULTS, UNKNOWN, covers
from tests.embedded.provider.cases import CASES, NEEDS
from tests.embedded.provider.harness import NONE, Engine, Resource, misfits, preview

_PLACE = re.compile(r"\$([a-z0-9]+)\.([a-zA-Z]+(?:\.[a-zA-Z]+)*)")
REALISED = sorted(title for title in CASES if TABLE[title.split()[0]].realised)


class World:
    """Prerequisites, made when a case first names them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.made: dict[str, Resource] = {}

    def fill(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: self.fill(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.fill(v) for v in value]
        if not isinstance(value, str):
            return value
        whole = _PLACE.fullmatch(value)
        return self.place(whole) if whole else _PLACE.sub(self.place, value)

    def place(self, found: re.Match[str]) -> Any:
        name, prop = found.groups()
        if name.startswith("policy"):
            return self.policy(name)
        if name not in NEEDS:
            return found[0]
        thing = self.need(name)
        return thing.id if prop == "id" else functools.reduce(operator.getitem, prop.split("."), thing.outputs)

    def policy(self, name: str) -> str:
        """A customer's own policy: moto's list of AWS's takes seconds to load."""
        iam = self.engine.provider.resources.cloud.client("iam")
        document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        arn = f"arn:aws:iam::123456789012:policy/{name}"
        if arn not in [p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"]]:
            iam.create_policy(PolicyName=name, PolicyDocument=document)
        return arn

    def need(self, name: str) -> Resource:
        if name not in self.made:
            token, inputs = NEEDS[name]
            self.made[name] = self.engine.make(token, self.fill(inputs), name)
        return self.made[name]


class Paper(World):
    """Prerequisites on paper: enough for what makes nothing."""

    def policy(self, name: str) -> str:
        return f"arn:aws:iam::123456789012:policy/{name}"

    def need(self, name: str) -> Resource:
        if name not in self.made:
            token, inputs = NEEDS[name]
            given = self.fill(inputs)
            id_, outputs = synthesise(token, name, given, "123456789012", "eu-central-1")
            self.made[name] = Resource(self.engine, token, name, id_, given, outputs)
        return self.made[name]


@pytest.fixture
def paper(configured: Engine) -> World:
    return Paper(configured)


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def test_every_type_of_the_table_has_a_case() -> None:
    assert {title.split()[0] for title in CASES} == set(TABLE)


@pytest.mark.parametrize("title", REALISED)
def test_a_realised_type_lives_in_the_cloud_from_create_to_delete(world: World, title: str) -> None:
    token, case = title.split()[0], CASES[title]
    wanted = world.fill(case.inputs)

    thing = world.engine.make(token, wanted)
    assert thing.id, "a created resource has an id"
    assert not misfits(token, thing.outputs), "outputs have the types of the SDK"
    _holds(thing, wanted)
    _is_settled(thing, wanted)

    if case.update:
        changed = {**wanted, **world.fill(case.update)}
        found = thing.diff(changed)
        assert found.changes != NONE, "a changed property shows in the diff"
        assert not list(found.replaces), f"AWS updates {list(found.diffs)} in place"
        thing.update(changed)
        assert not misfits(token, thing.outputs)
        _holds(thing, changed)
        _is_settled(thing, changed)
        thing.update(wanted)
        _is_settled(thing, wanted)

    if case.replace:
        other = {**wanted, **world.fill(case.replace)}
        assert set(thing.diff(other).replaces) & set(case.replace), "AWS makes a new resource for this change"

    thing.delete()
    if not case.stays:
        assert thing.read()[0] == "", "a deleted resource is gone"
    thing.delete()


@pytest.mark.parametrize("title", sorted(CASES))
def test_a_preview_knows_the_inputs_and_says_unknown_of_the_rest(paper: World, title: str) -> None:
    token, case = title.split()[0], CASES[title]
    inputs, faults = paper.engine.check(token, paper.fill(case.inputs))
    assert not faults
    known = preview(paper.engine, token, inputs)
    for name, value in inputs.items():
        assert name == DEFAULTS or known[name] == value
    assert all(v == UNKNOWN for k, v in known.items() if k == "arn" and k not in inputs)


@pytest.mark.parametrize("title", sorted(CASES))
def test_a_bad_input_is_told_by_its_path(paper: World, title: str) -> None:
    token, case = title.split()[0], CASES[title]
    path, value = case.bad
    name = path.split(".")[0].split("[")[0]
    _, faults = paper.engine.check(token, {**paper.fill(case.inputs), name: value})
    assert path in faults, f"{path} is told among {faults}"
    assert faults[path].startswith(f"{path}: "), "the reason names the path"


def _holds(thing: Resource, wanted: dict[str, Any]) -> None:
    entry, kind = TABLE[thing.token], sdk_inputs(thing.token)
    for name, value in thing.inputs.items():
        if name != DEFAULTS:
            exact = map_paths(kind, thing.inputs)
            assert covers(thing.outputs.get(name), value, entry.ordered, exact, name), f"{name} is held as given"


def _is_settled(thing: Resource, wanted: dict[str, Any]) -> None:
    found = thing.diff(wanted)
    assert found.changes == NONE, f"nothing to do after it was done, yet {list(found.diffs)}"
    id_, outputs, inputs = thing.read()
    assert id_ == thing.id
    assert outputs == thing.outputs, "a refresh finds no drift"
    assert inputs == thing.inputs
