"""The SDK reads a resource once, where it would read it anew for each rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi_policy import policy as server

from policy.once import Remembered, RememberedModule, read_once

REPLACED = ("deserialize_properties", "unknown_checking_proxy", "json_format")


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK's module, whose functions are put back after the test."""
    for name in REPLACED:
        monkeypatch.setattr(server, name, getattr(server, name))
    return server


def test_a_function_is_asked_once_about_the_same_object() -> None:
    asked: list[list[str]] = []

    def read(what: list[str]) -> list[str]:
        asked.append(what)
        return [*what]

    remembered = Remembered(read)
    one, other = ["bucket"], ["bucket"]
    assert remembered(one) is remembered(one)
    assert remembered(other) is not remembered(one)
    assert asked == [one, other]


def test_a_function_with_further_arguments_is_asked_each_time() -> None:
    remembered = Remembered(lambda what, *others: [what, *others])
    one = "bucket"
    assert remembered(one, "keep") is not remembered(one, "keep")
    assert remembered(one, "keep") == ["bucket", "keep"]
    assert remembered(one) == ["bucket"]


def test_a_module_keeps_all_but_the_function_that_is_replaced() -> None:
    module = RememberedModule(json, "loads")
    text = '{"a": 1}'
    assert module.loads(text) is module.loads(text)
    assert module.dumps is json.dumps
    assert json.loads(text) is not json.loads(text)


def test_this_version_of_the_sdk_has_what_is_replaced(sdk: Any) -> None:
    before = {name: getattr(sdk, name) for name in REPLACED}
    read_once()
    assert isinstance(sdk.deserialize_properties, Remembered)
    assert isinstance(sdk.unknown_checking_proxy, Remembered)
    assert isinstance(sdk.json_format, RememberedModule)
    assert before["json_format"].MessageToDict is not sdk.json_format.MessageToDict


def test_a_version_of_the_sdk_without_them_is_left_as_it_is(sdk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REPLACED:
        monkeypatch.delattr(sdk, name)
    read_once()
    assert not any(hasattr(sdk, name) for name in REPLACED)
