"""Paths into values: `rules.filter` reaches into every item of the lists that it crosses."""

import re
from typing import Any

from embedded.provider.values import Value

_PART = re.compile(r'\[(?:"([^"]+)"|(\d+|\*))\]|([^.\[\]]+)')


def parse(path: str) -> list[str]:
    """The parts of a property path such as `tags["a.b"]` or `rules[0].id`."""
    return [quoted or index or name for quoted, index, name in _PART.findall(path)]


def without(value: Value, path: list[str]) -> Value:
    """The value with what the path leads to left out."""
    if not path:
        return None
    if isinstance(value, list):
        if path[0].isdigit() or path[0] == "*":
            return [without(v, path[1:]) if path[0] in {"*", str(i)} else v for i, v in enumerate(value)]
        return [without(v, path) for v in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    rest = {k: v for k, v in value.items() if k != path[0]}
    if len(path) == 1:
        return rest
    return {**rest, path[0]: without(value[path[0]], path[1:])}


def graft(value: Value, source: Value, path: list[str]) -> Value:
    """The value with what the path leads to taken from `source`, item by item where there are lists."""
    if isinstance(value, list) and isinstance(source, list):
        return [graft(v, s, path) for v, s in zip(value, source, strict=False)] + value[len(source) :]
    if isinstance(value, dict) and isinstance(source, dict) and path[0] in source:
        taken = source[path[0]]
        return {
            **value,
            path[0]: taken if len(path) == 1 else graft(value.get(path[0]) or _like(taken), taken, path[1:]),
        }
    return value


def _like(value: Value) -> Any:
    return [{} for _ in value] if isinstance(value, list) else {}


def get(value: Value, path: list[str]) -> Value:
    """What the path leads to, None when there is nothing."""
    for number, part in enumerate(path):
        if isinstance(value, list):
            return [get(v, path[number:]) for v in value]
        value = value.get(part) if isinstance(value, dict) else None
    return value
