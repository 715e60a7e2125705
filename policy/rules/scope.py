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
from ..tokens import IAM_ROLE
from .access import IAM_POLICIES, permissions

UNSCOPED = Path(__file__).parent.parent / "unscoped.yaml"

WHOLE_ACCOUNT = re.compile(rf"arn:aws[^:]*:iam::{ACCOUNT_ID.pattern}:root|{ACCOUNT_ID.pattern}")
WHOLE_KIND = re.compile(r"arn:[^:]*:(iam|kms|secretsmanager):[^:]*:[^:]*:(role/|key/|secret:)?[*?]+")
# What of a token of another identity provider tells one of its people, or programs, from another.
TOKEN_KEYS = ("*:sub", "*:aud", "*:amr", "saml:*", "aws:requesttag/*")
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
    types=(IAM_ROLE, *IAM_POLICIES),
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
    """An ARN of nothing but wildcards is "*" too; a condition on the resource's tags names resources as well.

    Roles, keys and secrets decide what else one gets at: all of an account are as good as all.
    """
    also = iam_no_unscoped_resource.setting(holder.config, "also")
    known = {**unscoped(), **{action.lower(): None for action in also}}
    for document in permissions(holder):
        for statement in statements(document):
            wide = [each for each in statement.resources if reaches_everything(each) or WHOLE_KIND.fullmatch(each)]
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
    title="A role that a whole account or identity provider may assume asks who calls, or how he signed in.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-6", "IA-2(1)"),
    types=(IAM_ROLE,),
    why="else every user and role there that may assume roles at all gets in, by a leaked access key too",
    remedy='"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, or principals by their own ARNs',
)
def trust_not_whole_account(role: Subject) -> Verdict:
    """The account's root stands for the account. BoolIfExists is met by access keys, which carry no such key.

    An identity provider such as GitHub's knows half of the world: of its tokens the trust must ask for subjects.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """
    trusts = [
        (statement, strangers)
        for statement in statements(role.get("assumeRolePolicy"))
        if statement.allows and (strangers := [value for kind, value in statement.principals if _whole(kind, value)])
    ]
    if not trusts:
        raise NotApplicableError("it trusts no whole account or identity provider")
    for statement, strangers in trusts:
        if not _asks_who(statement, strangers[0]):
            yield Finding(f"it trusts {strangers[0]} on no condition that tells its callers apart")


def _whole(kind: str, principal: str) -> bool:
    return kind == "Federated" or (kind == "AWS" and WHOLE_ACCOUNT.fullmatch(principal) is not None)


def _asks_who(statement: Statement, principal: str) -> bool:
    if ":oidc-provider/" in principal:
        # Whom the token is for, says nothing of whom it is from.
        return any(
            name.endswith(":sub") and values and not any(value.startswith(("*", "repo:*")) for value in values)
            for operator, name, values in statement.conditions
            if operator in ("stringequals", "stringlike")
        )
    if WHOLE_ACCOUNT.fullmatch(principal) is None:
        return statement.narrowed_by(frozenset(TOKEN_KEYS))
    second_factor = any(
        operator == "bool" and values == ("true",)
        for operator, values in statement.condition("aws:MultiFactorAuthPresent")
    )
    sessions = any(
        operator == "stringequals" and set(values) <= SESSIONS
        for operator, values in statement.condition("aws:PrincipalType")
    )
    return second_factor or sessions or statement.narrowed_by(frozenset(CALLER_KEYS))
