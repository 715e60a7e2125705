"""Check: every fault of a resource's inputs at once, each with its path, value, limit and remedy."""

import json
from collections.abc import Mapping
from typing import Any

from embedded.provider import cloudformation, sdk
from embedded.provider.entry import Call, Entry, Fault
from embedded.provider.shapes import show, spell
from embedded.provider.values import Props, Value, has_unknown, is_asset, is_unknown
from embedded.provider.work import Request

Path = tuple[str | int, ...]


def check(token: str, entry: Entry, props: Props, context: Mapping[str, Any]) -> tuple[Props, list[Fault]]:
    """The inputs in the SDK's own types, and all that is wrong with them."""
    faults: list[Fault] = []
    clean: Props = normal(props, sdk.inputs(token), (), faults)
    wrong = {f.path.split(".")[0].split("[")[0] for f in faults}
    sound = {k: v for k, v in clean.items() if k not in wrong}
    faults += [f for f in handled(token, entry, sound, context) if f not in faults]
    told = {f.path for f in faults}
    if entry.cfn:
        found = cloudformation.check(entry.cfn, sound)
        faults += [f for f in found if f.path not in told]
    for rule in entry.rules:
        faults += rule(sound)
    return clean, faults


def handled(token: str, entry: Entry, props: Props, context: Mapping[str, Any]) -> list[Fault]:
    """What the requests of the entry have against the inputs: their limits, and inputs that none of them carries."""
    carried = set(entry.local) | entry.takes | {"region"}
    if entry.tags:
        carried.add("tags")
    faults: list[Fault] = []
    filled = dict(entry.defaults) | props
    for step in _steps(entry, props):
        request = Request(token, entry, step, filled, context, dry=True)
        carried |= request.carried
        faults += [f for f in request.carrier.faults if f not in faults]
    for each in entry.puts:
        carried |= each.props
    if not entry.realised:
        carried |= props.keys()
    missing = f"is not handled by the embedded AWS (no request of {token} carries it): remove it, or extend its entry"
    return faults + [Fault(name, missing) for name in sorted(props.keys() - carried)]


def _steps(entry: Entry, props: Props) -> list[Call]:
    steps = [entry.create, entry.like, *(p.step for p in entry.puts if p.props & props.keys())]
    return [s for s in steps if isinstance(s, Call)]


def normal(value: Value, kind: sdk.Kind, path: Path, faults: list[Fault]) -> Value:
    """The value in the SDK's type; what doesn't fit is noted and left out."""
    if is_unknown(value):
        return value
    match kind:
        case sdk.Object():
            return _object(value, kind, path, faults)
        case sdk.ListOf(of):
            if isinstance(value, list):
                return [normal(v, of, (*path, i), faults) for i, v in enumerate(value)]
            return _mismatch(value, "a list", path, faults)
        case sdk.MapOf(of):
            if isinstance(value, dict):
                return {k: normal(v, of, (*path, k), faults) for k, v in value.items()}
            return _mismatch(value, "a map", path, faults)
        case sdk.Asset():
            return value if is_asset(value) else _mismatch(value, "an asset or archive", path, faults)
        case sdk.Json():
            return _json(value, path, faults)
        case sdk.Scalar(name):
            return _scalar(value, name, path, faults)


def _object(value: Value, kind: sdk.Object, path: Path, faults: list[Fault]) -> Value:
    if not isinstance(value, dict):
        return _mismatch(value, "an object", path, faults)
    out = {}
    for name, item in value.items():
        if name not in kind.fields:
            known = ", ".join(sorted(kind.fields))
            faults.append(
                Fault(spell((*path, name)), f"is not a property of {_title(kind)}: remove it, or use one of {known}")
            )
            continue
        out[name] = normal(item, kind.fields[name].kind, (*path, name), faults)
    for name, fld in kind.fields.items():
        if fld.required and value.get(name) is None:
            faults.append(Fault(spell((*path, name)), f"is missing, and {_title(kind)} requires it: set it"))
    return {k: v for k, v in out.items() if v is not None}


def _json(value: Value, path: Path, faults: list[Fault]) -> Value:
    if isinstance(value, dict | list):
        return json.dumps(value)
    try:
        if isinstance(value, str) and isinstance(json.loads(value), dict | list):
            return value
    except ValueError:
        if has_unknown(value):
            return value
    return _mismatch(value, "a JSON document", path, faults)


def _title(kind: sdk.Object) -> str:
    return kind.name.removesuffix("Args").removesuffix("Init")


def _scalar(value: Value, name: str, path: Path, faults: list[Fault]) -> Value:
    if isinstance(value, dict | list):
        return _mismatch(value, _NAMES[name], path, faults)
    match name:
        case "str":
            return ("true" if value else "false") if isinstance(value, bool) else str(value)
        case "bool":
            return _boolean(value, path, faults)
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
    except ValueError:
        return _mismatch(value, _NAMES[name], path, faults)
    if name == "int" and not number.is_integer():
        return _mismatch(value, _NAMES[name], path, faults)
    return int(number) if number.is_integer() else number


_NAMES = {"str": "a string", "int": "a whole number", "float": "a number", "bool": "true or false"}


def _boolean(value: Value, path: Path, faults: list[Fault]) -> Value:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    return _mismatch(value, _NAMES["bool"], path, faults)


def _mismatch(value: Value, wanted: str, path: Path, faults: list[Fault]) -> None:
    where = spell(path)
    faults.append(Fault(where, f"is {show(value, where)}: give {wanted}"))


def carried(token: str, entry: Entry, props: Props, context: Mapping[str, Any]) -> set[str]:
    """The properties that the creating call carries."""
    assert isinstance(entry.create, Call)
    return Request(token, entry, entry.create, props, context, dry=True).carried
