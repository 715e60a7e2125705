"""Ways to spoil the hand-made platform in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.policy.court import Made
from tests.policy.pieces import allow, document, no_plain_http, outsiders
from tests.policy.platform import emr_settings

Platform = dict[str, Made]
Spoil = Callable[[Platform], None]
# The rule that must be violated, what is done to the platform, and what the message must say.
Case = tuple[str, Spoil, str]


def put(key: str, path: str, value: Any) -> Spoil:
    """Writes `value` at a dotted path of a resource's properties; None removes what is there."""

    def spoil(made: Platform) -> None:
        target: Any = made[key].props
        *way, last = path.split(".")
        for step in way:
            target = target[int(step)] if step.isdigit() else target[step]
        if value is None:
            del target[last]
        else:
            target[last] = value

    return spoil


def drop(*keys: str) -> Spoil:
    """Takes resources away."""

    def spoil(made: Platform) -> None:
        for key in keys:
            del made[key]

    return spoil


def add(resource_type: str, **props: Any) -> Spoil:
    """Adds a resource."""

    def spoil(made: Platform) -> None:
        made["added"] = Made(resource_type, "added", props)

    return spoil


def emr(*path: str, value: Any) -> Spoil:
    """Writes `value` into the EMR security configuration's JSON, under encryption unless the path starts with "/"."""

    def spoil(made: Platform) -> None:
        held: dict[str, Any] = emr_settings()
        target = held if path[0] == "/" else held["EncryptionConfiguration"]
        *way, last = path[1:] if path[0] == "/" else path
        for step in way:
            target = target[step]
        target[last] = value
        made["emr-security"].props["configuration"] = json.dumps(held)

    return spoil


def may(role_key: str, *actions: str, **more: Any) -> Spoil:
    """Lets a role do this and nothing else."""
    return put(f"{role_key}-may", "policy", document(allow(*actions, **more)))


def advanced(*fields: tuple[str, str, list[str]]) -> Spoil:
    """Has the trail record S3 objects by one advanced selector, with these fields besides."""
    plain = [("eventCategory", "equals", ["Data"]), ("resources.type", "equals", ["AWS::S3::Object"])]

    def spoil(made: Platform) -> None:
        del made["trail"].props["eventSelectors"]
        made["trail"].props["advancedEventSelectors"] = [
            {"fieldSelectors": [{"field": field, operator: values} for field, operator, values in (*plain, *fields)]},
            {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]},
        ]

    return spoil


def guard(**changes: Any) -> Spoil:
    """Rewrites the perimeter's Deny of bucket lake; a condition of None is left out."""
    statement = outsiders("lake", "vpce-s3")
    statement |= {key: value for key, value in changes.items() if key != "Condition"}
    for operator, condition in changes.get("Condition", {}).items():
        if condition is None:
            del statement["Condition"][operator]
        else:
            statement["Condition"][operator] = condition
    return put(
        "lake-policy", "policy", document(no_plain_http("s3", "arn:aws:s3:::lake", "arn:aws:s3:::lake/*"), statement)
    )
