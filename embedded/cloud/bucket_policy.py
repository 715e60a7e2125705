"""Policies of buckets, and of who asks, with their conditions, as far as they can be judged here."""

import fnmatch
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from embedded.cloud.surroundings import ACCOUNT


class Truth(Enum):
    """Whether a condition holds; UNKNOWN where it asks for what this cloud does not know of a caller."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_VARIABLE = re.compile(r"\$\{[^}]*\}")
Context: TypeAlias = Mapping[str, str | None]

# What is the same for every call. Loopback stands for TLS. Nothing here is known of a caller's role or endpoint.
CONTEXT: Context = {
    "aws:securetransport": "true",
    "s3:tlsversion": "1.3",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
    "aws:principalaccount": ACCOUNT,
    "aws:resourceaccount": ACCOUNT,
}
# Keys that come with the request itself: absent from its headers means absent from the context.
HEADER_KEYS = {
    "s3:x-amz-server-side-encryption": "x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-acl": "x-amz-acl",
    "s3:x-amz-storage-class": "x-amz-storage-class",
    "s3:object-lock-mode": "x-amz-object-lock-mode",
}


def denied(policy: str, action: str, resource: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a statement of the policy surely denies `action` on `resource` to whoever calls."""
    return any(
        statement["Effect"] == "Deny" and _concerns(statement, action, resource, headers)
        for statement in _listed(json.loads(policy)["Statement"])
    )


def allowed_to_all(policy: str, action: str, resource: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a statement of the policy surely allows `action` on `resource` to everybody."""
    return any(
        statement["Effect"] == "Allow" and _concerns(statement, action, resource, headers)
        for statement in _listed(json.loads(policy)["Statement"])
    )


def refused(
    groups: Sequence[Sequence[Mapping[str, Any]]],
    bucket_policy: Mapping[str, Any],
    principal: str,
    action: str,
    resource: str,
    headers: Mapping[str, str],
    known: Context,
) -> bool:
    """Tell whether somebody of the account surely may not do `action`.

    A policy of its own or the bucket's denies it, or none allows it: neither one in each of the groups nor, naming it,
    the bucket's. A statement that asks for what isn't known here may allow and does not deny.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """

    def says(policy: Mapping[str, Any], effect: str, least: Sequence[Truth]) -> bool:
        return any(
            statement["Effect"] == effect
            and _names(statement, "Action", action.lower())
            and _names(_loosened(statement) if effect == "Allow" else statement, "Resource", resource)
            and holds(statement.get("Condition") or {}, headers, known) in least
            and ("Principal" not in statement or _everybody(statement, principal))
            and ("NotPrincipal" not in statement or effect == "Allow")
            for statement in _listed(policy.get("Statement", []))
        )

    if any(says(policy, "Deny", [Truth.YES]) for policy in [bucket_policy, *itertools.chain(*groups)]):
        return True
    maybe = [Truth.YES, Truth.UNKNOWN]
    own = all(any(says(policy, "Allow", maybe) for policy in group) for group in groups)
    return not own and not says(bucket_policy, "Allow", maybe)


def _loosened(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """The statement with variables such as ${aws:username} standing for anything: what they are isn't known here."""
    if "Resource" not in statement:
        return statement
    return {**statement, "Resource": [_VARIABLE.sub("*", str(text)) for text in _listed(statement["Resource"])]}


def _concerns(statement: Mapping[str, Any], action: str, resource: str, headers: Mapping[str, str]) -> bool:
    return (
        _everybody(statement)
        and _names(statement, "Action", action.lower())
        and _names(statement, "Resource", resource)
        and holds(statement.get("Condition") or {}, headers) is Truth.YES
    )


def _everybody(statement: Mapping[str, Any], or_this: str = "*") -> bool:
    principal = statement.get("Principal")
    named = _listed(principal.get("AWS", [])) if isinstance(principal, dict) else [principal]
    return "*" in named or or_this in named


def _names(statement: Mapping[str, Any], element: str, value: str) -> bool:
    negated = f"Not{element}"
    patterns = [str(pattern) for pattern in _listed(statement.get(element, statement.get(negated, [])))]
    if element == "Action":
        patterns = [pattern.lower() for pattern in patterns]
    matched = any(_like(value, pattern) for pattern in patterns)
    return not matched if negated in statement else matched


def holds(conditions: Mapping[str, Any], headers: Mapping[str, str], known: Context = CONTEXT) -> Truth:
    """Judge a Condition block: every operator and every key in it must hold."""
    found = [
        _judge(operator, key.lower(), [str(value) for value in _listed(expected)], headers, known)
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    ]
    if Truth.NO in found:
        return Truth.NO
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.YES


def _judge(operator: str, key: str, expected: list[str], headers: Mapping[str, str], known: Context) -> Truth:
    if key in HEADER_KEYS:
        actual = headers.get(HEADER_KEYS[key])
    elif key in known:
        actual = known[key]
    else:
        return Truth.UNKNOWN
    if operator == "Null":
        return _truth((actual is None) == (expected[0].lower() == "true"))
    lenient = operator.endswith("IfExists")
    name = operator.removesuffix("IfExists").lower()
    test = _TESTS.get(name.replace("not", "", 1))
    if test is None:
        return Truth.UNKNOWN
    negated = "not" in name
    if actual is None:
        return _truth(lenient or negated)
    return _truth(any(test(actual, value) for value in expected) != negated)


def _truth(value: bool) -> Truth:
    return Truth.YES if value else Truth.NO


def _like(value: str, pattern: str) -> bool:
    # In a policy only * and ? are wild; [ is itself.
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _folded(value: str, pattern: str) -> bool:
    return value.lower() == pattern.lower()


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "bool": _folded,
    "stringequals": lambda value, pattern: value == pattern,
    "stringequalsignorecase": _folded,
    "stringlike": _like,
    "arnequals": _like,
    "arnlike": _like,
    "numericequals": lambda value, pattern: float(value) == float(pattern),
    "numericlessthan": lambda value, pattern: float(value) < float(pattern),
    "numericlessthanequals": lambda value, pattern: float(value) <= float(pattern),
    "numericgreaterthan": lambda value, pattern: float(value) > float(pattern),
    "numericgreaterthanequals": lambda value, pattern: float(value) >= float(pattern),
}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
