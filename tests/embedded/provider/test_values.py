"""When two values mean the same, and what a refresh makes of them."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded.provider import paths
from embedded.provider.values import (
    ARCHIVE,
    SIGNATURE,
    UNKNOWN,
    covers,
    from_struct,
    has_unknown,
    lost,
    same,
    settle,
    to_struct,
)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCALARS = st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcd", min_size=1, max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
MAPS = st.dictionaries(st.text("abcd", min_size=1, max_size=3), VALUES, max_size=5)


@UNHURRIED
@given(MAPS)
def test_a_map_survives_the_engine(value: dict[str, Any]) -> None:
    assert from_struct(to_struct(value)) == value


@UNHURRIED
@given(VALUES)
def test_a_value_is_the_same_as_itself_and_satisfies_itself(value: Any) -> None:
    assert same(value, value)
    assert covers(value, value)


@UNHURRIED
@given(st.lists(VALUES, max_size=5), st.randoms())
def test_a_list_in_another_order_is_spelt_as_it_was_asked_for(value: list[Any], chance: Any) -> None:
    shuffled = list(value)
    chance.shuffle(shuffled)
    assert covers(shuffled, value)
    assert same(settle(shuffled, value), value)


@UNHURRIED
@given(MAPS, st.text("wxyz", min_size=1), SCALARS)
def test_members_that_nobody_asked_for_do_not_count(value: dict[str, Any], name: str, extra: Any) -> None:
    assert covers({**value, name: extra}, value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (5, "5"),
        (5.0, 5),
        (True, "true"),
        ([], None),
        ("", None),
        ({}, []),
        ('{"a": 1, "b": [2]}', '{"b":[2],"a":1}'),
        ('{"Action": ["s3:GetObject"]}', '{"Action": "s3:GetObject"}'),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": 1, "b": ""}, {"a": 1}),
    ],
)
def test_spellings_of_one_meaning_are_the_same(left: Any, right: Any) -> None:
    assert same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (5, 6),
        ("a", "A"),
        ([1], [1, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ('{"a": 1}', '{"a": 2}'),
        (0, None),
        (False, None),
    ],
)
def test_different_values_are_not_the_same(left: Any, right: Any) -> None:
    assert not same(left, right)


def test_archives_are_compared_by_their_hash() -> None:
    one = {SIGNATURE: ARCHIVE, "hash": "1", "path": "a.zip"}
    assert same(one, {**one, "path": "b.zip"})
    assert not same(one, {**one, "hash": "2"})


def test_order_counts_where_the_entry_says_so() -> None:
    have = {"columns": [{"name": "a"}, {"name": "b"}]}
    want = {"columns": [{"name": "b"}, {"name": "a"}]}
    assert covers(have, want)
    assert not covers(have, want, ordered=["columns"])
    assert settle(have, want, ["columns"]) == have


def test_free_maps_must_match_key_by_key() -> None:
    assert not covers({"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "1"}}, exact=["tags"])


@pytest.mark.parametrize(
    ("before", "after", "have", "is_lost"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1, "b": 2}, {"a": 1}, {"a": 1}, False),
        ([{"id": "x", "days": 3}], [{"id": "x"}], [{"id": "x", "days": 3}], True),
        ([{"id": "x"}], [{"id": "x"}], [{"id": "x", "days": 3}], False),
        ({"a": 1}, {"a": 2}, {"a": 1}, False),
        (None, {"a": 1}, {"a": 1, "b": 2}, False),
    ],
)
def test_a_member_that_is_no_longer_asked_for_is_missed(before: Any, after: Any, have: Any, is_lost: bool) -> None:
    assert lost(before, after, have) is is_lost


def test_unknowns_of_every_kind_are_known_as_such() -> None:
    struct = to_struct({"number": "3eeb2bf0-c639-47a8-9e75-3b44932eb421", "text": f"arn:{UNKNOWN}"})
    value = from_struct(struct)
    assert value["number"] == UNKNOWN
    assert has_unknown(value["text"])


def test_paths_reach_into_every_item_of_a_list() -> None:
    rules = {"rules": [{"id": "a", "days": 1}, {"id": "b"}]}
    assert paths.without(rules, ["rules", "days"]) == {"rules": [{"id": "a"}, {"id": "b"}]}
    assert paths.without(rules, paths.parse("rules[0].id")) == {"rules": [{"days": 1}, {"id": "b"}]}
    assert paths.graft({"rules": [{"id": "a"}, {"id": "b"}]}, rules, ["rules", "days"]) == rules
    assert paths.parse('tags["a.b"]') == ["tags", "a.b"]


def test_a_json_document_keeps_the_spelling_that_was_asked_for() -> None:
    asked = '{ "b": 1, "a": [ "x" ] }'
    assert settle(json.dumps({"a": "x", "b": 1}), asked) == asked
