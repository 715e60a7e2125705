"""Rules that the table gives to Check, for what no schema says: ranges, choices, alternatives, address blocks."""

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from embedded.provider import paths
from embedded.provider.entry import Fault
from embedded.provider.values import has_unknown, is_unknown

Rule = Callable[[Mapping[str, Any]], list[Fault]]


def within(**ranges: tuple[float, float]) -> Rule:
    """Each of these numbers lies in its range, ends included."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        return [
            Fault(name, f"{props[name]} is outside {least:g} to {most:g}: give a value within")
            for name, (least, most) in ranges.items()
            if isinstance(props.get(name), int | float) and not least <= props[name] <= most
        ]

    return rule


def among(**choices: Iterable[Any]) -> Rule:
    """Each of these properties has one of its values."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        return [
            Fault(name, f"{props[name]!r} is not one of {', '.join(map(str, allowed))}: give one of these")
            for name, allowed in choices.items()
            if props.get(name) is not None and not is_unknown(props[name]) and props[name] not in allowed
        ]

    return rule


def one_of(*names: str) -> Rule:
    """Exactly one of these properties is given; tells of the last one that is too many."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        given = [n for n in names if props.get(n)]
        if len(given) == 1:
            return []
        told = f"goes not with {', '.join(given[:-1])}" if given else "is missing"
        return [Fault((given or [names[0]])[-1], f"{told}: give exactly one of {', '.join(names)}")]

    return rule


def like(name: str, pattern: str, what: str) -> Rule:
    """A text of this form; `what` tells the form in words."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        value = props.get(name)
        if not isinstance(value, str) or has_unknown(value) or re.fullmatch(pattern, value):
            return []
        return [Fault(name, f"{value!r} is not allowed: give {what}")]

    return rule


def document(name: str) -> Rule:
    """A text that is JSON."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        value = props.get(name)
        if not isinstance(value, str) or has_unknown(value):
            return []
        try:
            json.loads(value)
        except ValueError as fault:
            return [Fault(name, f"is not JSON ({fault}): give a JSON document")]
        return []

    return rule


def blocks(*names: str) -> Rule:
    """Address blocks in CIDR notation, whose host bits are zero, as EC2 demands."""

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        faults = []
        for name in names:
            for block in _flat(paths.get(props, name.split("."))):
                try:
                    if isinstance(block, str) and not has_unknown(block):
                        ipaddress.ip_network(block)
                except ValueError as fault:
                    faults.append(Fault(name, f"{block!r} is no address block ({fault}): give one such as 10.0.0.0/16"))
        return faults

    return rule


def _flat(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [inner for v in value for inner in _flat(v)]
    return [] if value is None else [value]
