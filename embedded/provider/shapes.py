"""From Pulumi's values to botocore's shapes, by name, with every limit of the shape checked (back: `reading`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import regex  # type: ignore[import-untyped]

from embedded.provider import sdk
from embedded.provider.entry import Fault
from embedded.provider.names import alike, bare, find
from embedded.provider.values import Value, has_unknown, is_asset, is_unknown

_PAIRS = (
    ("Key", "Value"),
    ("TagKey", "TagValue"),
    ("key", "value"),
    ("Name", "Value"),
    ("name", "value"),
    ("ParameterKey", "ParameterValue"),
)
_SECRET = ("password", "secretstring", "secretbinary", "token")


def spell(path: tuple[str | int, ...]) -> str:
    """A property path as the engine writes it: `rules[0].status`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def show(value: Value, path: str) -> str:
    """A value for an error message, unless it may be a secret."""
    if any(word in path.lower() for word in _SECRET):
        return "(secret)"
    text = json.dumps(value) if not isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


@dataclass
class Carrier:
    """Carries values into requests, and keeps account of what could not be carried."""

    names: Mapping[str, str]
    target: str = ""
    faults: list[Fault] = field(default_factory=list)

    def carry(self, value: Value, kind: sdk.Kind, shape: Any, path: tuple[str | int, ...]) -> Value:
        """The value in the form of the shape; faults are noted, unknowns passed through."""
        if is_unknown(value):
            return value
        if is_asset(value):
            return value
        self.limits(value, shape, path)
        match shape.type_name:
            case "structure":
                return self._structure(value, kind, shape, path)
            case "list":
                return self._list(value, kind, shape, path)
            case "map" if isinstance(value, list):
                return self._keyed(value, kind, shape, path)
            case "map":
                of = kind.of if isinstance(kind, sdk.MapOf) else sdk.Scalar("str")
                return {k: self.carry(v, of, shape.value, (*path, k)) for k, v in value.items()}
        return _scalar(value, shape.type_name)

    def _structure(self, value: Value, kind: sdk.Kind, shape: Any, path: tuple[str | int, ...]) -> Value:
        if isinstance(value, list) and len(value) == 1:
            inner = kind.of if isinstance(kind, sdk.ListOf) else kind
            return self._structure(value[0], inner, shape, (*path, 0))
        if not isinstance(value, dict):
            if len(shape.members) == 1:
                ((name, member),) = shape.members.items()
                return {name: self.carry(value, kind, member, path)}
            self.note(path, f"{show(value, spell(path))} can't be sent to {self.target}, which wants {shape.name}")
            return None
        out: dict[str, Value] = {}
        for name, item in value.items():
            member_kind = _member_kind(kind, name)
            self.place(out, shape, name, item, member_kind, (*path, name))
        return out

    def place(
        self, out: dict[str, Value], shape: Any, name: str, item: Value, kind: sdk.Kind, path: tuple[str | int, ...]
    ) -> bool:
        """Put one property where the shape wants it; a property it has no place for is a fault."""
        steps = destination(shape, name, self.names.get(_plain(path)))
        if steps is None:
            self.note(
                path,
                f"is not handled by the embedded AWS ({self.target} has no such member): "
                "remove it, or extend the table's entry",
            )
            return False
        for step in steps[:-1]:
            shape = shape.members[step]
            out = out.setdefault(step, {})
        out[steps[-1]] = self.carry(item, kind, shape.members[steps[-1]], path)
        return True

    def _list(self, value: Value, kind: sdk.Kind, shape: Any, path: tuple[str | int, ...]) -> Value:
        if isinstance(value, dict) and isinstance(kind, sdk.MapOf):
            return pairs(value, shape.member)
        of = kind.of if isinstance(kind, sdk.ListOf) else kind
        if not isinstance(value, list):
            return [self.carry(value, of, shape.member, path)]
        return [self.carry(v, of, shape.member, (*path, i)) for i, v in enumerate(value)]

    def _keyed(self, value: Value, kind: sdk.Kind, shape: Any, path: tuple[str | int, ...]) -> Value:
        """A map that the SDK has as a list, whose items bear the key: `tableMaps[0].tableMapId`."""
        of = kind.of if isinstance(kind, sdk.ListOf) else kind
        keys = {f"{form}id" for form in alike(str(path[-1]))}
        out = {}
        for number, item in enumerate(value):
            if not isinstance(item, dict):
                continue
            key = next((name for name in item if bare(name) in keys), None)
            if key is None:
                self.note((*path, number), f"has no key for {self.target}, which wants a map: give its id")
                continue
            self.limits(item[key], shape.key, (*path, number, key))
            rest = {name: inner for name, inner in item.items() if name != key}
            out[item[key]] = self.carry(rest, of, shape.value, (*path, number))
        return out

    def limits(self, value: Value, shape: Any, path: tuple[str | int, ...]) -> None:
        """Note what the shape's own metadata has against a value."""
        if has_unknown(value):
            return
        where = spell(path)
        for reason in limits(value, shape):
            self.note(path, f"{show(value, where)} {reason} ({self.target})")

    def note(self, path: tuple[str | int, ...], reason: str) -> None:
        """Keep a fault."""
        self.faults.append(Fault(spell(path), reason))


def limits(value: Value, shape: Any) -> list[str]:
    """What a shape's own metadata has against a value."""
    meta, kind = shape.metadata, shape.type_name
    if kind == "string" and isinstance(value, str | int | float):
        return _text_limits(str(value), getattr(shape, "enum", None) or [], meta)
    if kind in {"integer", "long", "float", "double"} and _is_number(value):
        return _range(float(value), meta.get("min"), meta.get("max"), "")
    if kind == "list" and isinstance(value, list):
        return _range(len(value), meta.get("min"), meta.get("max"), "items")
    return []


def _text_limits(text: str, enum: list[str], meta: Mapping[str, Any]) -> list[str]:
    if enum:
        return [] if text in enum else [f"is not one of {', '.join(enum[:40])}: give one of these"]
    reasons = _range(len(text), meta.get("min"), meta.get("max"), "characters")
    pattern = meta.get("pattern")
    if pattern and not matches(pattern, text):
        reasons.append(f"does not match the pattern {pattern}: give a value that does")
    return reasons


def _range(number: float, least: float | None, most: float | None, unit: str) -> list[str]:
    having = f"has {number:g} {unit}, which is" if unit else "is"
    if least is not None and number < least:
        return [f"{having} below the least of {least:g}: give {least:g} or more"]
    if most is not None and number > most:
        return [f"{having} above the most of {most:g}: give {most:g} or less"]
    return []


@cache
def _compiled(pattern: str) -> Any:
    if "\\uD8" in pattern or "\\ud8" in pattern:
        return None  # surrogate ranges mean something else to Java than to Python
    if pattern == "^.*$":
        return None  # AppSync's mapping templates, of several lines
    try:
        return regex.compile(pattern)
    except regex.error:
        return None


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches a pattern of AWS's; patterns that only Java reads match all."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(text, timeout=1) is not None


def destination(shape: Any, name: str, renamed: str | None) -> list[str] | None:
    """The path of members under a structure that a property goes to."""
    if renamed is not None:
        steps = renamed.split(".")
        at = shape
        for step in steps:
            if step not in getattr(at, "members", {}):
                return None
            at = at.members[step]
        return steps
    member = find(shape.members, name)
    return [member] if member else None


def pairs(value: Mapping[str, Value], member: Any) -> list[Value]:
    """A map as the list of pairs that many services take for tags, or as the list of its keys."""
    if member.type_name != "structure":
        return list(value)
    key, val = pair_names(member.members)
    return [{key: k, val: v} for k, v in value.items()]


def pair_names(members: Mapping[str, Any]) -> tuple[str, str]:
    """What a pair calls its key and its value."""
    return next(pair for pair in _PAIRS if pair[0] in members)


def _scalar(value: Value, type_name: str) -> Value:
    match type_name:
        case "string" if isinstance(value, bool):
            return "true" if value else "false"
        case "string":
            return json.dumps(value) if isinstance(value, dict | list) else str(value)
        case "integer" | "long":
            return int(float(value))
        case "float" | "double":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        case "blob":
            return value.encode() if isinstance(value, str) else value
    return value


def _member_kind(kind: sdk.Kind, name: str) -> sdk.Kind:
    known = kind.fields.get(name) if isinstance(kind, sdk.Object) else None
    return known.kind if known else sdk.Json()


def _plain(path: tuple[str | int, ...]) -> str:
    return ".".join(p for p in path if isinstance(p, str))


def _is_number(value: Value) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)
