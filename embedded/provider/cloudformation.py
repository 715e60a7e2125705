"""Limits from CloudFormation's schemas, which cfn-lint brings: enums, patterns, ranges and lengths, by name."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.names import find
from embedded.provider.shapes import matches, show, spell
from embedded.provider.values import Props, Value, has_unknown, is_asset

_REGION = "us-east-1"


@cache
def _folder() -> Path:
    spec = importlib.util.find_spec("cfnlint")
    assert spec is not None
    assert spec.submodule_search_locations, "cfn-lint is not a package"
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


@cache
def _catalogue() -> dict[str, str]:
    known: dict[str, str] = json.loads((_folder() / "providers" / f"{_REGION}.json").read_text())
    return known


@cache
def schema(type_name: str) -> dict[str, Any]:
    """The schema of a CloudFormation type, {} when there is none."""
    digest = _catalogue().get(type_name)
    if digest is None:
        return {}
    found: dict[str, Any] = json.loads((_folder() / "resources" / f"{digest.removesuffix('.json')}.json").read_text())
    return found


def create_only(type_name: str) -> set[str]:
    """The top-level properties that can't change without a new resource."""
    paths = schema(type_name).get("createOnlyProperties", [])
    return {p.removeprefix("/properties/") for p in paths if p.count("/") == 2}


def check(type_name: str, props: Props) -> list[Fault]:
    """What the type's schema has against those properties that it knows by name."""
    root = schema(type_name)
    faults: list[Fault] = []
    _object(props, root, root, (), faults)
    return faults


def strict(type_name: str, props: Props, at: tuple[str | int, ...]) -> list[Fault]:
    """What the type's schema has against properties that are spelt as CloudFormation spells them, unknown ones too."""
    root = schema(type_name)
    faults: list[Fault] = []
    _spelt(props, root, root, at, faults)
    return faults


def _spelt(
    value: Value, node: dict[str, Any], root: dict[str, Any], path: tuple[str | int, ...], faults: list[Fault]
) -> None:
    if isinstance(value, list):
        _note(_count(len(value), node, "Items", "items"), value, path, faults)
        items = _resolved(node.get("items", {}), root)
        for number, item in enumerate(value):
            _spelt(item, items, root, (*path, number), faults)
    elif not isinstance(value, dict):
        if not has_unknown(value):
            _note(_scalar(value, node, node.get("type")), value, path, faults)
    elif not _is_function(value):
        known = node.get("properties", {})
        closed = node.get("additionalProperties") is False and known
        faults += [
            Fault(spell((*path, name)), f"is missing, and {_title(path)} requires it: set it")
            for name in node.get("required", [])
            if name not in value
        ]
        for name, item in value.items():
            if name in known:
                _spelt(item, _resolved(known[name], root), root, (*path, name), faults)
            elif closed and not node.get("patternProperties"):
                told = f"is not a property of {_title(path)}: remove it, or use one of {', '.join(sorted(known))}"
                faults.append(Fault(spell((*path, name)), told))


def _title(path: tuple[str | int, ...]) -> str:
    return spell(path[-2:] if isinstance(path[-1], int) else path[-1:])


def _is_function(value: Props) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def _resolved(node: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = root
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _object(
    value: Value, node: dict[str, Any], root: dict[str, Any], path: tuple[str | int, ...], faults: list[Fault]
) -> None:
    members = node.get("properties", {})
    for name, item in value.items():
        member = find(members, name)
        if member is not None and item is not None:
            _value(item, _resolved(members[member], root), root, (*path, name), faults)


def _value(
    value: Value, node: dict[str, Any], root: dict[str, Any], path: tuple[str | int, ...], faults: list[Fault]
) -> None:
    kind = node.get("type")
    if is_asset(value):
        return
    if isinstance(value, dict):
        _object(value, node, root, path, faults)
    elif isinstance(value, list):
        if kind == "array":
            _note(_count(len(value), node, "Items", "items"), value, path, faults)
            items = _resolved(node.get("items", {}), root)
            for number, item in enumerate(value):
                _value(item, items, root, (*path, number), faults)
    elif not has_unknown(value):
        _note(_scalar(value, node, kind), value, path, faults)


def _note(reason: str, value: Value, path: tuple[str | int, ...], faults: list[Fault]) -> None:
    if reason:
        where = spell(path)
        faults.append(Fault(where, f"{show(value, where)} {reason} (CloudFormation's schema)"))


def _scalar(value: Value, node: dict[str, Any], kind: Any) -> str:
    if isinstance(value, bool):
        return ""
    if isinstance(value, str) and kind == "string":
        return _text(value, node)
    if isinstance(value, int | float) and kind in {"integer", "number"}:
        return _number(value, node)
    return ""


def _text(value: str, node: dict[str, Any]) -> str:
    allowed = node.get("enum")
    if allowed and value not in allowed:
        return f"is not one of {', '.join(map(str, allowed[:40]))}: give one of these"
    pattern = node.get("pattern")
    if pattern and not matches(_whole(pattern), value):
        return f"does not match the pattern {pattern}: give a value that does"
    return _count(len(value), node, "Length", "characters")


def _whole(pattern: str) -> str:
    """JSON Schema searches where AWS's own patterns match whole."""
    start = "" if pattern.startswith("^") else ".*"
    end = "" if pattern.endswith("$") else ".*"
    return f"(?s:{start})(?:{pattern})(?s:{end})"


def _number(value: float, node: dict[str, Any]) -> str:
    if "enum" in node and value not in node["enum"]:
        return f"is not one of {', '.join(map(str, node['enum'][:60]))}: give one of these"
    least, most = node.get("minimum"), node.get("maximum")
    if least is not None and value < least:
        return f"is below the least of {least}: give {least} or more"
    if most is not None and value > most:
        return f"is above the most of {most}: give {most} or less"
    return ""


def _count(count: int, node: dict[str, Any], what: str, unit: str) -> str:
    least, most = node.get(f"min{what}"), node.get(f"max{what}")
    if least is not None and count < least:
        return f"has {count} {unit}, below the least of {least}: give {least} or more"
    if most is not None and count > most:
        return f"has {count} {unit}, above the most of {most}: give {most} or less"
    return ""
