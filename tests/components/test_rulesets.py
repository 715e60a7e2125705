import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rulesets import rules, ruleset
from contracts import Contract, Field
from embedded.provider import dqdl
from terms import Promise
from tests.components import parts

NAMES = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)
LIMITS = st.none() | st.integers(-9, 9)


@st.composite
def fields(draw: st.DrawFn) -> Field:
    kind = draw(st.sampled_from(("integer", "number", "string", "boolean", "date")))
    text = st.text(string.printable, max_size=6)
    return Field(
        name=draw(NAMES),
        type=kind,
        required=draw(st.booleans()),
        minimum=draw(LIMITS) if kind == "integer" else None,
        maximum=draw(LIMITS) if kind == "integer" else None,
        min_length=draw(st.none() | st.integers(0, 9)) if kind == "string" else None,
        pattern=draw(st.none() | st.sampled_from((r"^[A-Z]{2}$", '^"?$', r"^\d+$"))) if kind == "string" else None,
        enum=tuple(draw(st.lists(text.filter(lambda t: "\\" not in t), max_size=3))) if kind == "string" else (),
    )


def contract(*given_fields: Field) -> Contract:
    return Contract(
        name="trips",
        version="1.0.0",
        domain="trains",
        description="",
        key=(given_fields[0].name,),
        fields=given_fields,
    )


@given(st.lists(fields(), min_size=1, max_size=6, unique_by=lambda field: field.name))
def test_whatever_a_contract_says_becomes_a_ruleset_that_glue_can_read(some: list[Field]) -> None:
    assert dqdl.faults(ruleset(contract(*some))) == []


def test_promises_of_rows_and_of_missing_values_are_rules() -> None:
    promised = replace(
        contract(Field(name="id", type="integer", required=True), Field(name="gust", type="number")),
        promises=(
            Promise(sign=">=", limit=1000),
            Promise(sign="<", limit=2.5, column="gust"),
            Promise(sign="!=", limit=100, column="gust"),
        ),
    )
    assert list(rules(promised))[1:4] == [
        "RowCount >= 1000",
        'Completeness "gust" > 0.975',
        'Completeness "gust" != 0.0',
    ]
    assert dqdl.faults(ruleset(promised)) == []


@given(st.lists(fields(), min_size=1, max_size=6, unique_by=lambda field: field.name))
def test_each_promise_is_a_rule_and_nothing_else_is(some: list[Field]) -> None:
    found = list(rules(contract(*some)))
    promises = sum(
        (field.required and index > 0)
        + bool(field.enum)
        + sum(
            each is not None
            for each in (field.minimum, field.maximum, field.min_length, field.max_length, field.pattern)
        )
        for index, field in enumerate(some)
    )
    assert len(found) == promises + 2
    assert len(set(found)) == len(found)


@given(st.lists(fields(), min_size=1, max_size=6, unique_by=lambda field: field.name))
def test_a_missing_value_breaks_no_rule_but_the_one_that_asks_for_it(some: list[Field]) -> None:
    optional = {f'"{field.name}"' for field in some if not field.required}
    for rule in rules(contract(*some)):
        if rule.startswith("Column") and rule.split()[1] in optional:
            assert rule.endswith(' is not null"')


def test_the_rules_of_a_table_read_as_its_contract_does() -> None:
    planes = next(each for each in parts.all_contracts().sources if each.name == "planes")
    found = list(rules(planes))
    assert found[:2] == ["RowCount > 0", 'IsPrimaryKey "tailnum"']
    assert 'ColumnValues "tailnum" matches "^[0-9A-Z]{2,6}$"' in found
    assert 'ColumnValues "year" >= 1903 where "year is not null"' in found
    assert 'ColumnValues "type" in ["Fixed wing multi engine", "Fixed wing single engine", "Rotorcraft"]' in found, (
        "a required column needs no condition"
    )


@pytest.mark.parametrize("name", [each.name for each in parts.all_contracts().sources])
def test_the_key_of_every_source_is_judged_as_one(name: str) -> None:
    source = next(each for each in parts.all_contracts().sources if each.name == name)
    assert " ".join(["IsPrimaryKey", *(f'"{column}"' for column in source.key)]) in rules(source)


def test_true_and_false_are_texts_as_spark_makes_them() -> None:
    flag = Field(name="free", type="boolean", required=True, enum=(True,))
    assert 'ColumnValues "free" in ["true"]' in rules(contract(flag))
