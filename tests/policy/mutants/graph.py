"""The resources of a state, and how one of them is changed without touching the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from policy.review import Resource
from policy.subject import canonical, dotted_type

# What a change returns to take a value away.
GONE = object()
STACK = "urn:pulumi:prod::medallion"


class StaleMutantError(Exception):
    """A mutant that finds nothing to spoil in the graph, because the program has moved on."""


@dataclass(frozen=True)
class Many:
    """What a change returns to put several elements of a list in the place of one."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Of:
    """The value that a resource of the graph has at a path, to be looked up when a mutant is made."""

    kind: str
    name: str | None
    path: str


class Graph:
    """A graph to spoil. Resources are replaced, never written to, so that many graphs can share them."""

    def __init__(self, held: Iterable[Resource]) -> None:
        self.held = list(held)

    def find(self, kind: str, name: str | None = None) -> Resource:
        """The resource of a type, as in `s3.Bucket`, with that name; without one the first by name."""
        found = [each for each in self.held if kind_of(each) == kind and name in (None, each.name)]
        if not found:
            raise StaleMutantError(f"the graph has no {kind} {name or ''}")
        return min(found, key=lambda each: each.name)

    def value(self, kind: str, name: str | None, path: str) -> Any:
        """What a resource has at a path, such as `policy.Statement.Sid=Ours.Action`."""
        return reached(self.find(kind, name).outputs, path.split("."))

    def change(self, kind: str, name: str | None, path: str, change: Callable[[Any], Any]) -> None:
        """Rewrite one value of a resource, in its inputs and its outputs alike."""
        old = self.find(kind, name)
        steps = path.split(".")
        new = replace(old, inputs=rewritten(old.inputs, steps, change), outputs=rewritten(old.outputs, steps, change))
        if (new.inputs, new.outputs) == (old.inputs, old.outputs):
            raise StaleMutantError(f'{kind} "{old.name}" is no other after the change of {path}')
        self.held[self.held.index(old)] = new

    def depend(self, kind: str, name: str | None, prop: str, on: Resource) -> None:
        """Have a property of a resource depend on another resource."""
        old = self.find(kind, name)
        self.held[self.held.index(old)] = replace(old, dependencies={**old.dependencies, prop: [on.urn]})

    def drop(self, kind: str, name: str | None = None) -> None:
        """Take a resource away."""
        self.held.remove(self.find(kind, name))

    def add(self, kind: str, props: dict[str, Any]) -> None:
        """Put a resource of a type, by its whole token, into the graph; values of `props` are looked up in it."""
        made = {key: self.resolved(value) for key, value in props.items()}
        self.held.append(Resource(kind, "added", f"{STACK}::{kind}::added", made, made))

    def resolved(self, value: Any) -> Any:
        """`value` with what the graph has in the place of each `Of`."""
        if isinstance(value, Of):
            return self.value(value.kind, value.name, value.path)
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if isinstance(value, dict):
            return {key: self.resolved(each) for key, each in value.items()}
        return value


def kind_of(resource: Resource) -> str:
    """A resource's type as programs write it; components and providers keep their tokens."""
    token = canonical(resource.type)
    return dotted_type(token) if token.startswith("aws:") else token


def reached(value: Any, steps: list[str]) -> Any:
    """The value behind dotted steps. Text is read as JSON; `Sid=Ours` is the element of a list that has it."""
    for step in steps:
        if isinstance(value, str):
            value = json.loads(value)
        value = value[_position(value, step)] if isinstance(value, list) else value[step]
    return value


def rewritten(value: Any, steps: list[str], change: Callable[[Any], Any]) -> Any:
    """A copy of `value` with the part behind `steps` changed; what is not there is given to `change` as None."""
    if not steps:
        return change(value)
    if isinstance(value, str):
        return json.dumps(rewritten(json.loads(value), steps, change))
    step, *rest = steps
    if isinstance(value, list):
        at = _position(value, step)
        new = rewritten(value[at], rest, change)
        put = new.values if isinstance(new, Many) else () if new is GONE else (new,)
        return [*value[:at], *put, *value[at + 1 :]]
    held = value or {}
    new = rewritten(held.get(step), rest, change)
    kept = {key: each for key, each in held.items() if key != step}
    return kept if new is GONE else {**kept, step: new}


def _position(values: list[Any], step: str) -> int:
    if step.lstrip("-").isdigit():
        return range(len(values))[int(step)]
    key, _, wanted = step.partition("=")
    found = [at for at, each in enumerate(values) if _names(each.get(key), wanted)]
    if not found:
        raise StaleMutantError(f"no element has {step}")
    return found[0]


def _names(held: Any, wanted: str) -> bool:
    return held == wanted or (isinstance(held, list) and wanted in held)
