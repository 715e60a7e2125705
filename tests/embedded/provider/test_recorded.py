"""Types that moto lacks: checked as AWS would, kept in the state alone, and told as such."""

import re

import pytest

from embedded.provider.table import TABLE
from embedded.summary import share_lines, shares
from tests.embedded.provider.cases import CASES
from tests.embedded.provider.harness import NONE, AbortedError, Engine, misfits
from tests.embedded.provider.test_table import Paper

RECORDED = sorted(title for title in CASES if not TABLE[title.split()[0]].realised)
BLUEPRINT = "aws:datazone/getEnvironmentBlueprint:getEnvironmentBlueprint"


@pytest.mark.parametrize("title", RECORDED)
def test_a_recorded_type_is_held_by_the_state_from_create_to_delete(configured: Engine, title: str) -> None:
    token, case, world = title.split()[0], CASES[title], Paper(configured)
    wanted = world.fill(case.inputs)
    thing = configured.make(token, wanted)
    made = thing.outputs
    assert thing.id, "a created resource has an id"
    assert not re.search(r"\{\w+\}", f"{thing.id} {made.get('arn')}"), "no place of a template is left open"
    assert not misfits(token, made), "outputs have the types of the SDK"
    assert thing.diff(wanted).changes == NONE
    assert thing.read() == (thing.id, made, thing.inputs), "a refresh finds no drift"

    if case.update:
        changed = {**wanted, **world.fill(case.update)}
        found = thing.diff(changed)
        assert found.changes != NONE, "a changed property shows in the diff"
        assert not list(found.replaces), f"AWS updates {list(found.diffs)} in place"
        thing.update(changed)
        assert not misfits(token, thing.outputs)
        assert thing.diff(changed).changes == NONE
        stays = TABLE[token].outputs.keys() - changed.keys() - TABLE[token].renewed
        assert {n: thing.outputs.get(n) for n in stays} == {n: made.get(n) for n in stays}, "what AWS gave stays"
        thing.update(wanted)
        assert thing.outputs == made

    if case.replace:
        other = {**wanted, **world.fill(case.replace)}
        assert set(thing.diff(other).replaces) & set(case.replace), "AWS makes a new resource for this change"
    thing.delete()


@pytest.mark.parametrize("token", sorted(token for token, entry in TABLE.items() if not entry.realised))
def test_a_recorded_type_says_why_and_what_its_inputs_are_checked_by(token: str) -> None:
    assert TABLE[token].reason, "the summary tells why a type is only recorded"
    assert TABLE[token].like is not None or TABLE[token].cfn, "botocore's or CloudFormation's model checks the inputs"


def test_the_tags_of_a_recorded_type_are_checked(configured: Engine) -> None:
    given = {"name": "d", "domainExecutionRole": "arn:aws:iam::123456789012:role/r", "tags": {"a": "!"}}
    _, faults = configured.check("aws:datazone/domain:Domain", given)
    assert set(faults) == {"tags.a"}


def test_the_summary_tells_the_recorded_types_apart_with_the_reason() -> None:
    layer = {"urn": "urn:l", "type": "medallion:layers:EndUse"}
    domain = {"urn": "urn:d", "type": "aws:datazone/domain:Domain", "parent": "urn:l"}
    bucket = {"urn": "urn:b", "type": "aws:s3/bucket:Bucket", "parent": "urn:l"}
    layers, recorded = shares([layer, domain, bucket])
    assert layers == {"EndUse": {"realised": 1, "recorded": 1}}
    assert recorded == {"aws:datazone/domain:Domain": 1}
    lines = share_lines([layer, domain, bucket])
    assert "1 of 2 resources (50%) live in the embedded AWS, 1 are only recorded." in lines
    assert "only recorded: 1 x aws:datazone/domain:Domain: moto has no DataZone" in lines


def test_a_managed_blueprint_has_an_id_of_its_own_in_each_domain(configured: Engine) -> None:
    lake = configured.invoke(BLUEPRINT, domainId="dzd_one", name="DefaultDataLake", managed=True)
    assert re.fullmatch(r"[a-z0-9]{14}", lake["id"])
    assert lake == configured.invoke(BLUEPRINT, domainId="dzd_one", name="DefaultDataLake", managed=True)
    others = [("dzd_one", "DefaultDataWarehouse"), ("dzd_two", "DefaultDataLake")]
    for domain, name in others:
        assert configured.invoke(BLUEPRINT, domainId=domain, name=name, managed=True)["id"] != lake["id"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"domainId": "dzd_one", "name": "DefaultDataPond", "managed": True}, "no managed blueprint 'DefaultDataPond'"),
        ({"domainId": "one", "name": "DefaultDataLake", "managed": True}, "'one' is no domain's id"),
        ({"domainId": "dzd_one"}, "lacks name, managed"),
    ],
)
def test_a_blueprint_that_is_not_there_is_told(configured: Engine, arguments: dict[str, object], told: str) -> None:
    with pytest.raises(AbortedError, match=told):
        configured.invoke(BLUEPRINT, **arguments)
