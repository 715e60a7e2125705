"""CloudFormation templates, read for the resources that they make beside Pulumi's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml


class TemplateError(Exception):
    """A template in which no resources can be read."""


@dataclass(frozen=True)
class Made:
    """A resource of a template."""

    name: str
    type: str
    properties: Mapping[str, Any]

    def get(self, path: str) -> Any:
        """The value at a dotted path of property names, None where nothing is written."""
        value: Any = self.properties
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return value


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (`!Ref Host`) as something written, whatever it comes to."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None}


_Loader.add_multi_constructor("!", _function)


def resources(body: str) -> list[Made]:
    """What a template makes, JSON or YAML; a macro of its own may make more, see `macros`."""
    found = _read(body).get("Resources")
    if not isinstance(found, Mapping):
        raise TemplateError("the template has no Resources")
    return [
        Made(str(name), str(each.get("Type")), each.get("Properties") or {})
        for name, each in found.items()
        if isinstance(each, Mapping)
    ]


def macros(body: str) -> list[str]:
    """The macros that rewrite a template before anything is made of it."""
    written = _read(body).get("Transform") or []
    return [
        str(each.get("Name")) if isinstance(each, Mapping) else str(each)
        for each in (written if isinstance(written, list) else [written])
    ]


def _read(body: str) -> Mapping[str, Any]:
    try:
        # JSON is YAML, but not by far as fast as JSON.
        held = json.loads(body)
    except json.JSONDecodeError:
        held = _yaml(body)
    return held if isinstance(held, Mapping) else {}


def _yaml(body: str) -> Any:
    try:
        # A loader of PyYAML's safe ones, which S506 doesn't see through.
        return yaml.load(body, Loader=_Loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise TemplateError(f"the template can't be read: {error}") from error
