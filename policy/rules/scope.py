"""How far a permission reaches, and who gets to use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml
from pulumi_policy import Severity

from ..documents import ACCOUNT_ID, Statement, reaches_everything, statements
from ..rule import Finding, NotApplicableError, Verdict, fsbp, nist, resource_rule
from ..subject import Subject
from ..tokens import IAM_POLICY, IAM_ROLE, IAM_ROLE_POLICY
from .access import permissions

UNSCOPED = Path(__file__).parent.parent / "unscoped.yaml"

WHOLE_ACCOUNT = re.compile(rf"arn:aws[^:]*:iam::{ACCOUNT_ID.pattern}:root|{ACCOUNT_ID.pattern}")
# What tells one caller of an account from another.
CALLER_KEYS = (
    "aws:principalarn",
    "aws:principaltag/*",
    "aws:sourceidentity",
    "aws:userid",
    "aws:username",
    "sts:externalid",
)
# Sessions end, and whoever lets people into one has asked for their second factor; access keys do neither.
SESSIONS = frozenset({"AssumedRole", "FederatedUser"})


@cache
def unscoped() -> Mapping[str, str | None]:
    """Actions that IAM binds to no resource, in lower case, and the condition key that must narrow each, if any."""
    held = yaml.safe_load(UNSCOPED.read_text(encoding="utf-8"))
    return {action.lower(): entry.get("with") for action, entry in held.items()}


@resource_rule(
    id="iam-no-unscoped-resource",
    title='Roles are allowed things on named resources; on "*" only what IAM binds to none.',
    severity=Severity.HIGH,
    controls=(*fsbp("KMS.1", "KMS.2"), *nist("AC-3", "AC-6")),
    types=(IAM_ROLE, IAM_ROLE_POLICY, IAM_POLICY),
    why='an action on "*" holds for whatever the account has, and for whatever it will have one day',
    remedy='"Resource": [bucket_arn], or for an action without resources a line in policy/unscoped.yaml that says why',
    settings={
        "also": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "default": {},
            "description": "Further actions that IAM binds to no resource, each with the reason.",
        }
    },
)
def iam_no_unscoped_resource(holder: Subject) -> Verdict:
    """An ARN of nothing but wildcards is "*" too; a condition on the resource's tags names resources as well."""
    also = iam_no_unscoped_resource.setting(holder.config, "also")
    known = {**unscoped(), **{action.lower(): None for action in also}}
    for document in permissions(holder):
        for statement in statements(document):
            wide = [each for each in statement.resources if reaches_everything(each)]
            if not statement.allows or _tagged(statement):
                continue
            if statement.not_resources:
                yield Finding(f"it allows {', '.join(statement.actions[:3])} by NotResource, on all but what it names")
            if wide:
                yield from _unscoped(statement, known, wide[0])


def _unscoped(statement: Statement, known: Mapping[str, str | None], resource: str) -> Iterator[Finding]:
    without = []
    for action in statement.actions:
        keys = [key for pattern, key in known.items() if fnmatchcase(action.lower(), pattern)]
        if not keys:
            without.append(action)
        elif all(key and not statement.narrowed_by(frozenset({key})) for key in keys):
            yield Finding(
                f'it allows {action} on Resource "{resource}" with no condition on {keys[0]}',
                f'"Condition": {{"StringEquals": {{"{keys[0]}": ...}}}}',
            )
    if without:
        yield Finding(f'it allows {", ".join(without)} on Resource "{resource}"')


def _tagged(statement: Statement) -> bool:
    return statement.narrowed_by(frozenset({"aws:resourcetag/*", "*:resourcetag/*"}))


@resource_rule(
    id="trust-not-whole-account",
    title="A role that a whole account may assume asks who calls, or how he signed in.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-6", "IA-2(1)"),
    types=(IAM_ROLE,),
    why="else every user and role there that may assume roles at all gets in, by a leaked access key too",
    remedy='"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, or principals by their own ARNs',
)
def trust_not_whole_account(role: Subject) -> Verdict:
    """The account's root stands for the account. BoolIfExists is met by access keys, which carry no such key."""
    trusts = [
        (statement, accounts)
        for statement in statements(role.get("assumeRolePolicy"))
        if statement.allows
        and (accounts := [value for kind, value in statement.principals if kind == "AWS" and _whole(value)])
    ]
    if not trusts:
        raise NotApplicableError("it trusts no whole account")
    for statement, accounts in trusts:
        if not _asks_who(statement):
            yield Finding(f"it trusts {accounts[0]} on no condition that tells its callers apart")


def _whole(principal: str) -> bool:
    return WHOLE_ACCOUNT.fullmatch(principal) is not None


def _asks_who(statement: Statement) -> bool:
    second_factor = any(
        operator == "bool" and values == ("true",)
        for operator, values in statement.condition("aws:MultiFactorAuthPresent")
    )
    sessions = any(
        operator == "stringequals" and set(values) <= SESSIONS
        for operator, values in statement.condition("aws:PrincipalType")
    )
    return second_factor or sessions or statement.narrowed_by(frozenset(CALLER_KEYS))
