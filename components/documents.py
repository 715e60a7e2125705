"""JSON documents with outputs in them."""

import json
from typing import Any

import pulumi


def json_document(value: Any, *, sort_keys: bool = False) -> pulumi.Output[str]:
    """The JSON text of a value with outputs anywhere in it.

    As `pulumi.Output.json_dumps`, which is slow for policies: it makes an output of every leaf, known or not.
    """
    waited_for: list[pulumi.Output[Any]] = []
    hollow = _without_outputs(value, waited_for)
    if not waited_for:
        return pulumi.Output.from_input(json.dumps(hollow, sort_keys=sort_keys))
    return pulumi.Output.all(*waited_for).apply(lambda known: json.dumps(_filled(hollow, known), sort_keys=sort_keys))


class _Place(int):
    """Where the value of an output goes, by its number."""


def _without_outputs(value: Any, found: list[pulumi.Output[Any]]) -> Any:
    if isinstance(value, pulumi.Output):
        found.append(value)
        return _Place(len(found) - 1)
    if isinstance(value, dict):
        return {key: _without_outputs(each, found) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_outputs(each, found) for each in value]
    return value


def _filled(value: Any, known: list[Any]) -> Any:
    if isinstance(value, _Place):
        return known[value]
    if isinstance(value, dict):
        return {key: _filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    return value
