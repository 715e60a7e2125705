import json
from typing import Any

import pulumi
from hypothesis import given, settings
from hypothesis import strategies as st

from components.documents import json_document
from tests.components.mock_engine import resolved

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))


def with_outputs(value: Any) -> Any:
    """The value with every text in it as an output."""
    if isinstance(value, str):
        return pulumi.Output.from_input(value)
    if isinstance(value, dict):
        return {key: with_outputs(each) for key, each in value.items()}
    return [with_outputs(each) for each in value] if isinstance(value, list) else value


@given(VALUES)
@settings(max_examples=30, deadline=None)
def test_a_document_says_the_same_whether_its_values_are_known_or_come_later(value: Any) -> None:
    assert json.loads(resolved(json_document(value))) == value
    assert json.loads(resolved(json_document(with_outputs(value)))) == value


def test_a_secret_in_a_document_makes_it_secret() -> None:
    async def secret() -> bool:
        return await json_document({"password": pulumi.Output.secret("hush")}).is_secret()

    assert resolved(pulumi.Output.from_input(secret())) is True


def test_keys_are_sorted_where_that_is_asked_for() -> None:
    assert resolved(json_document({"b": 1, "a": pulumi.Output.from_input(2)}, sort_keys=True)) == '{"a": 2, "b": 1}'
