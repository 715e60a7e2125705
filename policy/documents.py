"""IAM policy documents, read into statements that rules can ask."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
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
# Keys whose values are ids: one with a wildcard stands for strangers' too.
ID_KEYS = re.compile(r"(aws:(principal|source|resource)(account|orgid|vpc|vpce)|kms:calleraccount)$")
# A key that no policy names, to tell a resource that takes in every object from one that takes in a folder.
ANY_OBJECT = "\x00/\x00/\x00"


class PolicyDocumentError(Exception):
    """A policy document that is no JSON object."""


@dataclass(frozen=True)
class Statement:
    """One statement, its single values and lists made alike. IAM compares actions without regard to case."""

    effect: str
    principals: tuple[tuple[str, str], ...]
    not_principals: tuple[str, ...]
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
        """Whether the statement's principals take in everybody; an Allow does that too for all but a few."""
        if self.allows and self.not_principals:
            return True
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
            and not any(reaches_strangers(name, value) for value in values)
            for operator, name, values in self.conditions
        )

    def allows_service(self, service: str, action: str) -> bool:
        """Whether it lets an AWS service do something, such as `s3:PutObject`."""
        named = any(kind == "Service" and value == service for kind, value in self.principals)
        return self.allows and named and any(fnmatchcase(action.lower(), each.lower()) for each in self.actions)

    def covers_bucket(self, name: str) -> bool:
        """Whether its resources take in a bucket itself, as calls that list it ask for."""
        return any(fnmatchcase(name, each.rpartition(":::")[2]) for each in self.resources)

    def covers_objects(self, name: str) -> bool:
        """Whether its resources take in every object of a bucket."""
        return any(fnmatchcase(f"{name}/{ANY_OBJECT}", each.rpartition(":::")[2]) for each in self.resources)


def reaches_everything(value: str) -> bool:
    """Whether a value or ARN stands for anything of anyone: `*`, `arn:aws:s3:::*`, `arn:aws:kms:*:*:*`."""
    if not value.startswith("arn:"):
        return set(value) <= WILDCARDS
    parts = value.split(":", 5)
    if len(parts) < 6:
        return value.endswith("*")
    return set(parts[4]) <= WILDCARDS and set(parts[5]) <= WILDCARDS | {"/", ":"}


def reaches_strangers(key: str, value: str) -> bool:
    """Whether a value of a condition on `key` (in lower case) may be met by whom one doesn't know.

    That is any id with a wildcard, any ARN without its account, and any bucket's that is not named in full.
    """
    if reaches_everything(value):
        return True
    wild = not WILDCARDS.isdisjoint(value)
    if not value.startswith("arn:"):
        return wild and (key.endswith("arn") or ID_KEYS.fullmatch(key) is not None)
    account, named = (*value.split(":", 5), "", "")[4:6]
    return not WILDCARDS.isdisjoint(account) if account else not WILDCARDS.isdisjoint(named.partition("/")[0])


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
    return _of_text(document) if isinstance(document, str) else _of_mapping(plain(document))


@lru_cache(maxsize=1024)
def _of_text(text: str) -> tuple[Statement, ...]:
    """Most rules ask for the same documents, and each role's again for every workload that acts with it."""
    try:
        return _of_mapping(json.loads(text))
    except json.JSONDecodeError as error:
        raise PolicyDocumentError(f"the policy document is no JSON: {error}") from error


def _of_mapping(document: Any) -> tuple[Statement, ...]:
    if not isinstance(document, Mapping):
        raise PolicyDocumentError("the policy document is no JSON object")
    held = document.get("Statement", [])
    return tuple(_statement(each) for each in (held if isinstance(held, list) else [held]))


def denying_plain_http(found: tuple[Statement, ...], service: str, *actions: str) -> list[Statement]:
    """The statements by which every call of a service without TLS is denied, to everybody and on no other condition.

    Or each of `actions` (in lower case), where they are all that a policy of the service can speak of.
    """
    return [
        each
        for each in found
        if each.effect == "Deny"
        and each.anyone
        and (each.covers(service) or (actions and set(actions) <= {action.lower() for action in each.actions}))
        and len(each.conditions) == 1
        and each.conditions[0][0] in ("bool", "boolifexists")
        and each.conditions[0][1] == "aws:securetransport"
        and each.conditions[0][2] == ("false",)
    ]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _principals(written: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(written, Mapping):
        return tuple((kind, value) for kind, values in written.items() for value in listed(values))
    return tuple(("*", value) for value in listed(written))


def _statement(held: Mapping[str, Any]) -> Statement:
    return Statement(
        effect=str(held.get("Effect", "")),
        principals=_principals(held.get("Principal", {})),
        not_principals=tuple(value for _, value in _principals(held.get("NotPrincipal", {}))),
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
