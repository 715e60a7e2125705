"""Values as the engine sends them: structs to Python and back, unknowns, assets, and when two values mean the same."""

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from typing import Any

from google.protobuf import struct_pb2

Value = Any
Props = dict[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
DEFAULTS = "__defaults"


def from_struct(struct: struct_pb2.Struct | None) -> Props:
    """A struct as a dict; whole numbers become ints and nulls are left out of maps."""
    if struct is None:
        return {}
    return {k: _from_value(v) for k, v in struct.fields.items() if v.WhichOneof("kind") != "null_value"}


def _from_value(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_from_value(v) for v in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "bool_value":
            return value.bool_value
    return None


def to_struct(props: Mapping[str, Value]) -> struct_pb2.Struct:
    """A dict of plain values as a struct."""
    struct = struct_pb2.Struct()
    struct.update(without_nulls(dict(props)))
    return struct


def without_nulls(value: Value) -> Value:
    """The value with every null member of every map dropped."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(v) for v in value]
    return value


def is_unknown(value: Value) -> bool:
    """Whether the engine will know this value only after a deployment."""
    return isinstance(value, str) and value == UNKNOWN


def has_unknown(value: Value) -> bool:
    """Whether anything inside the value is unknown."""
    if isinstance(value, dict):
        return any(has_unknown(v) for v in value.values())
    if isinstance(value, list):
        return any(has_unknown(v) for v in value)
    return isinstance(value, str) and UNKNOWN in value


def is_asset(value: Value) -> bool:
    """Whether the value is an asset or an archive."""
    return isinstance(value, dict) and value.get(SIGNATURE) in {ASSET, ARCHIVE}


def is_empty(value: Value) -> bool:
    """Whether the value says nothing: AWS answers nothing, "" or [] for the same thing."""
    return value is None or value == "" or value == [] or value == {}


def same(left: Value, right: Value) -> bool:
    """Whether two values mean the same to AWS: 5 and "5", two spellings of one JSON, lists in another order."""
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    if is_asset(left) and is_asset(right):
        return bool(left.get("hash") == right.get("hash"))
    return bool(_canonical(left) == _canonical(right))


def covers(have: Value, want: Value, ordered: Iterable[str] = (), exact: Iterable[str] = (), at: str = "") -> bool:
    """Whether what AWS holds satisfies what was asked for: members that nobody asked for don't count.

    `ordered` lists the paths whose lists keep their order, `exact` those whose maps must match member by member.
    """
    if want == {} and at not in exact:
        return is_empty(have) or isinstance(have, dict)
    if is_asset(want) or not isinstance(want, dict | list) or is_empty(want) or is_empty(have):
        return same(have, want)
    if isinstance(want, dict):
        if not isinstance(have, dict) or (at in exact and set(have) != set(want)):
            return False
        return all(covers(have.get(k), v, ordered, exact, f"{at}.{k}".lstrip(".")) for k, v in want.items())
    if not isinstance(have, list) or len(have) != len(want):
        return False
    if at in ordered:
        return all(covers(h, w, ordered, exact, at) for h, w in zip(have, want, strict=True))
    return None not in _matched(have, want, lambda h, w: covers(h, w, ordered, exact, at))


def _matched(have: list[Value], want: list[Value], fits: Callable[[Value, Value], bool]) -> list[int | None]:
    """For each wanted item the index of the held one that is it, else of one that fits, each taken once."""
    free = list(range(len(have)))
    found: list[int | None] = [None] * len(want)
    for test in (same, fits):
        for number, item in enumerate(want):
            if found[number] is None:
                found[number] = next((i for i in free if test(have[i], item)), None)
                if found[number] is not None:
                    free.remove(found[number])  # type: ignore[arg-type]
    return found


def settle(have: Value, want: Value, ordered: Iterable[str] = (), at: str = "") -> Value:
    """What AWS holds, spelt as it was asked for: the order of lists, the formatting of JSON, "5" for 5."""
    if isinstance(have, dict) and isinstance(want, dict) and not is_asset(want):
        return {k: settle(v, want.get(k), ordered, f"{at}.{k}".lstrip(".")) for k, v in have.items()}
    if isinstance(have, list) and isinstance(want, list):
        if at in ordered:
            return [settle(h, w, ordered, at) for h, w in zip_longest(have, want)][: len(have)]
        places = _matched(have, want, lambda h, w: covers(h, w, ordered, at=at))
        taken = [(i, w) for i, w in zip(places, want, strict=True) if i is not None]
        rest = [h for i, h in enumerate(have) if i not in {place for place, _ in taken}]
        return [settle(have[i], w, ordered, at) for i, w in taken] + rest
    return want if want is not None and not is_empty(want) and same(have, want) else have


def lost(before: Value, after: Value, have: Value) -> bool:
    """Whether a member that was asked for before no longer is, while AWS still holds it."""
    if is_empty(have):
        return False
    if is_empty(after):
        return not is_empty(before)
    if isinstance(before, list) and isinstance(after, list) and isinstance(have, list):
        old = [b for b in before if not any(same(b, a) for a in after)]
        new = [a for a in after if not any(same(a, b) for b in before)]
        held = [next((h for h in have if covers(h, a)), None) for a in new]
        return any(lost(b, a, h) for b, a, h in zip(old, new, held, strict=False))
    if not isinstance(before, dict) or not isinstance(after, dict) or not isinstance(have, dict):
        return False
    return any(lost(v, after.get(k), have.get(k)) for k, v in before.items())


def _canonical(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) and not value.is_integer() else str(int(value))
    if isinstance(value, str):
        return _canonical_text(value)
    if isinstance(value, dict):
        return tuple(sorted((k, _canonical(v)) for k, v in value.items() if not is_empty(v)))
    if isinstance(value, list):
        return tuple(sorted((_canonical(v) for v in value), key=repr))
    return value


def _canonical_text(text: str) -> Value:
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        document = json.loads(text)
    except ValueError:
        return text
    return ("json", repr(_canonical(_unwrapped(document))))


def _unwrapped(document: Value) -> Value:
    """A policy says `"Action": "x"` and `"Action": ["x"]` for the same thing."""
    if isinstance(document, dict):
        return {k: _unwrapped(v) for k, v in document.items()}
    if isinstance(document, list):
        return _unwrapped(document[0]) if len(document) == 1 else [_unwrapped(v) for v in document]
    return document
