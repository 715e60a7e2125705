"""Asks the pack about hand-made resources, through the SDK's own types, as the engine does."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import _NotApplicableError
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policy.exceptions import Waivers
from policy.pack import policies
from policy.rule import Rule
from policy.rules import RULES

UNKNOWN = UNKNOWN_STRING_VALUE
TODAY = datetime.date(2026, 1, 1)
OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


@dataclass
class Made:
    """A resource of the hand-made platform; `after` names by property the resources that it depends on."""

    type: str
    name: str
    props: dict[str, Any]
    after: dict[str, list[str]] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::shop::medallion:layers:Any${self.type}::{self.name}"


@dataclass
class Ruling:
    """What the pack said: messages by rule, rules that met unknown values, and rules that did not apply."""

    violated: dict[str, list[str]] = field(default_factory=dict)
    undecided: dict[str, UnknownValueError] = field(default_factory=dict)
    not_applicable: set[str] = field(default_factory=set)
    judged: set[str] = field(default_factory=set)


def ruling(
    platform: Iterable[Made],
    rules: Iterable[Rule] = RULES,
    waivers: Waivers | None = None,
    config: Mapping[str, Any] | None = None,
) -> Ruling:
    """Has the pack judge a platform as the engine does: each resource alone, then all of them."""
    made = list(platform)
    held = waivers or Waivers((), today=TODAY)
    found = Ruling()
    resources = _linked(made)
    for policy in policies(rules, lambda _: held):
        if isinstance(policy, ResourceValidationPolicy):
            for each in made:
                props = unknown_checking_proxy(each.props)
                args = ResourceValidationArgs(each.type, props, each.urn, each.name, OPTIONS, None, config)
                _ask(policy, args, found)
        elif isinstance(policy, StackValidationPolicy):
            _ask(policy, StackValidationArgs(resources, config), found)
            # The first policy keeps them, as with the engine: see policy/once.py.
            resources = []
    found.not_applicable -= found.judged
    return found


def _ask(policy: ResourceValidationPolicy | StackValidationPolicy, args: Any, found: Ruling) -> None:
    def violated(message: str, urn: str | None = None) -> None:
        found.violated.setdefault(policy.name, []).append(message)

    try:
        policy.validate(args, violated)
        found.judged.add(policy.name)
    except UnknownValueError as error:
        found.undecided[policy.name] = error
        found.judged.add(policy.name)
    except _NotApplicableError:
        found.not_applicable.add(policy.name)


def _linked(made: list[Made]) -> list[PolicyResource]:
    resources = {
        each.urn: PolicyResource(
            each.type, unknown_checking_proxy(each.props), each.urn, each.name, OPTIONS, None, None, [], {}
        )
        for each in made
    }
    for each in made:
        for prop, urns in each.after.items():
            resources[each.urn].property_dependencies[prop] = [resources[urn] for urn in urns]
    return list(resources.values())


def names(bound: Iterable[Policy]) -> list[str]:
    return [policy.name for policy in bound]
