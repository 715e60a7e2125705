"""IAM policy documents, read into statements that rules can ask."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .subject import plain

# Conditions that narrow "anyone" to a known account, organisation, network or resource; an anonymous caller has
# none of these, so the operator must not be one that is satisfied when the key is missing.
NARROWING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
    }
)
NARROWING_OPERATORS = re.compile(
    r"^(foranyvalue:)?(stringequals|stringlike|arnequals|arnlike|stringequalsignorecase)$", re.IGNORECASE
)

ACCOUNT_ID = re.compile(r"\d{12}")
WILDCARDS = frozenset("*?")


class PolicyDocumentError(Exception):
    """A policy document that is no JSON object."""


@dataclass(frozen=True)
class Statement:
    """One statement, its single values and lists made alike. IAM compares actions without regard to case."""

    effect: str
    principals: tuple[tuple[str, str], ...]
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def allows(self) -> bool:
        """Whether the statement grants something."""
        return self.effect == "Allow"

    @property
    def anyone(self) -> bool:
        """Whether the statement's principals take in everybody."""
        return any(value == "*" and kind in ("*", "AWS") for kind, value in self.principals)

    def covers(self, service: str) -> bool:
        """Whether the statement speaks of every action of a service."""
        return any(action.lower() in ("*", f"{service}:*") for action in self.actions)

    def condition(self, key: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Operator (in lower case) and values of each condition on `key`."""
        for operator, name, values in self.conditions:
            if name == key.lower():
                yield operator, values

    @property
    def narrowed(self) -> bool:
        """Whether a condition keeps strangers out even where the principal is everybody."""
        return self.narrowed_by(NARROWING_KEYS)

    @property
    def through_access_points(self) -> bool:
        """Whether it speaks only of what comes through S3 access points of accounts that it names one by one."""
        accounts = [
            values
            for operator, values in self.condition("s3:DataAccessPointAccount")
            if operator in ("stringequals", "stringlike")
        ]
        return any(values and all(ACCOUNT_ID.fullmatch(value) for value in values) for values in accounts)

    def narrowed_by(self, keys: frozenset[str]) -> bool:
        """Whether a condition holds one of `keys` (in lower case, `*` for any run) to more than a wildcard."""
        return any(
            NARROWING_OPERATORS.match(operator)
            and any(fnmatchcase(name, key) for key in keys)
            and values
            and not any(reaches_everything(value) for value in values)
            for operator, name, values in self.conditions
        )


def reaches_everything(value: str) -> bool:
    """Whether a value or ARN stands for anything of anyone: `*`, `arn:aws:s3:::*`, `arn:aws:kms:*:*:*`."""
    if not value.startswith("arn:"):
        return set(value) <= WILDCARDS
    parts = value.split(":", 5)
    if len(parts) < 6:
        return value.endswith("*")
    return set(parts[4]) <= WILDCARDS and set(parts[5]) <= WILDCARDS | {"/", ":"}


def listed(value: Any) -> tuple[str, ...]:
    """A value of a document as a tuple of strings, be it written alone or as a list."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(_text(each) for each in value)
    return (_text(value),)


def statements(document: Any) -> tuple[Statement, ...]:
    """The statements of a document, given as JSON text or as a mapping; none for an absent one."""
    if document is None or document == "":
        return ()
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except json.JSONDecodeError as error:
            raise PolicyDocumentError(f"the policy document is no JSON: {error}") from error
    document = plain(document)
    if not isinstance(document, Mapping):
        raise PolicyDocumentError("the policy document is no JSON object")
    held = document.get("Statement", [])
    return tuple(_statement(each) for each in (held if isinstance(held, list) else [held]))


def denies_plain_http(found: tuple[Statement, ...], service: str, *actions: str) -> bool:
    """Whether every call of a service that comes without TLS is denied, to everybody and on no other condition.

    Or each of `actions` (in lower case), where they are all that a policy of the service can speak of.
    """
    return any(
        each.effect == "Deny"
        and each.anyone
        and (each.covers(service) or (actions and set(actions) <= {action.lower() for action in each.actions}))
        and len(each.conditions) == 1
        and each.conditions[0][0] in ("bool", "boolifexists")
        and each.conditions[0][1] == "aws:securetransport"
        and each.conditions[0][2] == ("false",)
        for each in found
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _statement(held: Mapping[str, Any]) -> Statement:
    principal = held.get("Principal", {})
    principals = (
        tuple((kind, value) for kind, values in principal.items() for value in listed(values))
        if isinstance(principal, Mapping)
        else tuple(("*", value) for value in listed(principal))
    )
    return Statement(
        effect=str(held.get("Effect", "")),
        principals=principals,
        actions=listed(held.get("Action")),
        not_actions=listed(held.get("NotAction")),
        resources=listed(held.get("Resource")),
        not_resources=listed(held.get("NotResource")),
        conditions=tuple(
            (operator.lower(), key.lower(), listed(values))
            for operator, keys in held.get("Condition", {}).items()
            for key, values in keys.items()
        ),
    )
