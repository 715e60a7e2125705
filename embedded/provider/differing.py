"""Diff: what would change, judged against what the cloud holds."""

from dataclasses import dataclass, field

from embedded.provider import paths, sdk
from embedded.provider.entry import Entry
from embedded.provider.values import DEFAULTS, Props, Value, covers, has_unknown, is_asset, is_empty, lost

_HIDDEN = {DEFAULTS, "tagsAll"}


@dataclass
class Difference:
    """Changed top-level properties with what happens to each: `add`, `delete` or `update`."""

    kinds: dict[str, str] = field(default_factory=dict)
    replaces: list[str] = field(default_factory=list)
    seen_in_inputs: set[str] = field(default_factory=set)
    delete_first: bool = False


def difference(token: str, entry: Entry, state: Props, old_inputs: Props, news: Props, ignore: list[str]) -> Difference:
    """Compare the new inputs, the entry's defaults among them, with the state."""
    made = news.get(DEFAULTS, [])
    news = {**entry.defaults, **news}
    for path in map(paths.parse, ignore):
        state, old_inputs, news = (paths.without(v, path) for v in (state, old_inputs, news))
    out = Difference()
    exact = map_paths(sdk.inputs(token), news)
    for name, want in news.items():
        if name in _HIDDEN:
            continue
        have, before = state.get(name), old_inputs.get(name)
        if _differs(name, have, want, entry, exact) or lost(before, want, have):
            out.kinds[name] = "add" if is_empty(have) else "update"
    for name in old_inputs.keys() - news.keys() - _HIDDEN - _computed(token, entry):
        if not is_nothing(name, state.get(name), entry):
            out.kinds[name] = "delete"
    if entry.tags and "tags" not in news and not is_empty(state.get("tags")):
        out.kinds["tags"] = "delete"
    out.seen_in_inputs = {name for name in out.kinds if old_inputs.get(name) != news.get(name)}
    out.replaces = sorted(n for n in out.kinds if _replaces(n, entry, state, news))
    named = entry.named
    fixed = bool(named) and named not in made and state.get(named) == news.get(named)
    out.delete_first = bool(out.replaces) and fixed and not is_empty(news.get(named))
    return out


def _computed(token: str, entry: Entry) -> set[str]:
    """Properties that AWS fills in when they are left out: to leave them out again changes nothing."""
    always = {name for name, fld in sdk.outputs(token).fields.items() if fld.required}
    return (always | entry.computed) - set(entry.local) - {"tags"}


def is_nothing(name: str, value: Value, entry: Entry) -> bool:
    """Whether a property has the value that it has when nobody gives one."""
    return is_empty(value) or value is False or value == {**entry.local, **entry.assumed}.get(name)


def _differs(name: str, have: Value, want: Value, entry: Entry, exact: set[str]) -> bool:
    return has_unknown(want) or not covers(have, want, entry.ordered, exact, name)


def _replaces(name: str, entry: Entry, state: Props, news: Props) -> bool:
    if name in entry.replace or name == "region":
        return True
    for path in entry.replace:
        parts = path.split(".")
        if len(parts) > 1 and parts[0] == name:
            have, want = paths.get(state, parts), paths.get(news, parts)
            if not is_empty(want) and not covers(have, want):
                return True
    return False


def map_paths(kind: sdk.Kind, value: Value, at: str = "") -> set[str]:
    """The paths of those members of a value whose keys are free: two such maps are the same only key by key."""
    if isinstance(kind, sdk.MapOf):
        return {at}
    found: set[str] = set()
    if isinstance(kind, sdk.ListOf) and isinstance(value, list):
        for item in value:
            found |= map_paths(kind.of, item, at)
    elif isinstance(kind, sdk.Object) and isinstance(value, dict) and not is_asset(value):
        for name, item in value.items():
            if name in kind.fields:
                found |= map_paths(kind.fields[name].kind, item, f"{at}.{name}".lstrip("."))
    return found
