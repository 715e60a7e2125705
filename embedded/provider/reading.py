"""From what AWS answers to the kinds that the SDK declares, by name."""

import datetime
import json
from collections.abc import Mapping

from embedded.provider import sdk
from embedded.provider.names import find
from embedded.provider.shapes import pair_names
from embedded.provider.values import Value


def read(value: Value, kind: sdk.Kind, names: Mapping[str, str], path: str = "") -> Value:
    """What AWS answered, in the kind that the SDK declares."""
    if value is None:
        return None
    match kind:
        case sdk.Object():
            return _read_object(value, kind, names, path)
        case sdk.ListOf(of):
            items = value if isinstance(value, list) else [value]
            return [read(v, of, names, path) for v in items]
        case sdk.MapOf(of):
            return _read_map(value, of)
        case sdk.Scalar(name):
            return _read_scalar(value, name)
    return json.dumps(value) if isinstance(value, dict | list) else value


def _read_object(value: Value, kind: sdk.Object, names: Mapping[str, str], path: str) -> Value:
    if isinstance(value, list):
        return _read_object(value[0], kind, names, path) if value else None
    if not isinstance(value, dict):
        (name,) = kind.fields
        return {name: value}
    out = {}
    for name, fld in kind.fields.items():
        where = f"{path}.{name}".lstrip(".")
        found = lookup(value, name, names.get(where))
        if found is not None:
            out[name] = read(found, fld.kind, names, where)
    return out


def lookup(value: Mapping[str, Value], name: str, renamed: str | None) -> Value:
    """The member of an answer that is the property `name`."""
    if renamed is None:
        member = find(value, name)
        return None if member is None else value[member]
    at: Value = value
    for step in renamed.split("."):
        at = at.get(step) if isinstance(at, Mapping) else None
    return at


def _read_map(value: Value, of: sdk.Kind) -> Value:
    if isinstance(value, list):
        if not value:
            return {}
        key, val = pair_names(value[0])
        value = {v[key]: v.get(val, "") for v in value}
    return {k: read(v, of, {}) for k, v in value.items()}


def _read_scalar(value: Value, name: str) -> Value:
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else json.dumps(value) if value else None
    if value is None:
        return None
    match name:
        case "str" if isinstance(value, bool):
            return "true" if value else "false"
        case "str" if isinstance(value, dict):
            return json.dumps(value)
        case "str":
            return str(value)
        case "bool":
            return value if isinstance(value, bool) else str(value).lower() in {"true", "enabled", "1"}
        case "int":
            return int(float(value))
    return float(value)
