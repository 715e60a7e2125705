"""Names: Pulumi's `kmsMasterKeyId` and AWS's `KMSMasterKeyID` are the same word; templates are filled here too."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from embedded.provider.values import UNKNOWN, has_unknown, is_unknown

_PLACE = re.compile(r"\{(\w+)\}")


class _Missing:
    """Stands for a template that has nothing to say."""


MISSING = _Missing()


@lru_cache(maxsize=65536)
def bare(name: str) -> str:
    """The name without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=65536)
def alike(name: str) -> tuple[str, ...]:
    """The bare name, then its singular or plural forms, likeliest first."""
    word = bare(name)
    forms = [word, f"{word}s", f"{word}es", re.sub("y$", "ies", word), f"{word}list"]
    if word.endswith("s"):
        forms += [word[:-1], re.sub("ies$", "y", word), re.sub("es$", "", word), f"{word[:-1]}list"]
    return tuple(dict.fromkeys(forms))


def find(members: Iterable[str], name: str) -> str | None:
    """The member that is the same word as `name`."""
    known = {bare(m): m for m in members}
    return next((known[form] for form in alike(name) if form in known), None)


def fill(template: Any, context: Mapping[str, Any]) -> Any:
    """A template with its places filled; `MISSING` when a place has no value."""
    if isinstance(template, Mapping):
        filled = {k: fill(v, context) for k, v in template.items()}
        return {k: v for k, v in filled.items() if v is not MISSING}
    if isinstance(template, list | tuple):
        return [v for v in (fill(t, context) for t in template) if v is not MISSING]
    if callable(template):
        value = template(context)
        return MISSING if value is None else value
    if not isinstance(template, str):
        return template
    whole = _PLACE.fullmatch(template)
    if whole:
        value = context.get(whole[1])
        return MISSING if value is None else value
    values = {name: context.get(name) for name in _PLACE.findall(template)}
    if any(v is None for v in values.values()):
        return MISSING
    if any(has_unknown(v) or is_unknown(v) for v in values.values()):
        return UNKNOWN
    return _PLACE.sub(lambda m: str(values[m[1]]), template)


def whole(template: Any) -> str:
    """The name of the one place that a template consists of, "" if it has more to it."""
    found = _PLACE.fullmatch(template) if isinstance(template, str) else None
    return found[1] if found else ""


def places(template: Any) -> set[str]:
    """The names of a template's places."""
    if isinstance(template, Mapping):
        return {name for v in template.values() for name in places(v)}
    if isinstance(template, list | tuple):
        return {name for v in template for name in places(v)}
    return set(_PLACE.findall(template)) if isinstance(template, str) else set()
