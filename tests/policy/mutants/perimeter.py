"""Mistakes in the statement by which a bucket refuses whoever comes over no endpoint of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.policy.mutants.graph import GONE, Graph, Many
from tests.policy.mutants.mutant import Mutant, missing, put, turn, unknown

RULE = "s3-perimeter"
POLICY = "s3.BucketPolicy"
DENY = "policy.Statement.Sid=OnlyThroughOurEndpoints"
CONDITION = f"{DENY}.Condition"
BUCKET = "intermediate"
ACCOUNT = "123456789012"
VPCE = "StringNotEqualsIfExists"
SERVICES = "BoolIfExists"
PRINCIPALS = "ArnNotLikeIfExists"

Statement = dict[str, Any]


def deny(path: str, operator: str, change: Callable[[Any], Any]) -> Mutant:
    return turn(RULE, POLICY, f"{DENY}.{path}" if path else DENY, operator, change, BUCKET)


def condition(operator: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Mutant:
    return turn(RULE, POLICY, CONDITION, operator, change, BUCKET)


def without(*operators: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda held: {key: value for key, value in held.items() if key not in operators}


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda held: {new if key == old else key: value for key, value in held.items()}


def split(*operators: str) -> Callable[[Statement], Many]:
    """The exceptions of `operators` in a second Deny: each statement then denies what the other one excepts."""

    def two(statement: Statement) -> Many:
        held = statement["Condition"]
        first = {key: value for key, value in held.items() if key not in operators}
        second = {key: value for key, value in held.items() if key in (VPCE, *operators)}
        return Many(({**statement, "Condition": first}, {**statement, "Sid": "Second", "Condition": second}))

    return two


def excepting(whom: str, arn: str) -> Mutant:
    """One principal more that the Deny lets through, or rather many."""

    def besides(held: list[str]) -> list[str]:
        return [*held, arn]

    return deny(f"Condition.{PRINCIPALS}.aws:PrincipalArn", f"excepts {whom}", besides)


def without_role(name: str) -> Callable[[list[str]], list[str]]:
    """Drops a role that AWS acts with from outside: Lake Formation's, or Spectrum's."""
    return lambda held: [value for value in held if not value.endswith(f"/{name}")]


def overwritten(graph: Graph) -> None:
    """A second policy that keeps TLS and forgets the perimeter."""
    policy = graph.value(POLICY, BUCKET, "policy")
    bucket = graph.value(POLICY, BUCKET, "bucket")
    graph.add("aws:s3/bucketPolicy:BucketPolicy", {"bucket": bucket, "policy": policy})
    graph.change(POLICY, "added", DENY, lambda _: GONE)


PERIMETER: tuple[Mutant, ...] = (
    missing(RULE, POLICY, BUCKET),
    unknown(RULE, POLICY, "policy", BUCKET),
    deny("", "removed", lambda _: GONE),
    deny("Effect", "set to Allow", lambda _: "Allow"),
    deny("Principal", "one account", lambda _: {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    deny("Action", "reading only", lambda _: "s3:GetObject"),
    deny("Action", "all but reading", lambda _: ["s3:Put*", "s3:Delete*"]),
    deny("Resource", "the bucket alone", lambda arns: arns[:1]),
    deny("Resource", "the objects alone", lambda arns: arns[1:]),
    deny("Resource", "one prefix of the objects", lambda arns: [arns[0], f"{arns[0]}/open/*"]),
    deny("Resource", "of another bucket", lambda _: ["arn:aws:s3:::another", "arn:aws:s3:::another/*"]),
    deny("", "NotPrincipal", lambda held: {**{k: v for k, v in held.items() if k != "Principal"}, "NotPrincipal": "*"}),
    deny(
        "", "NotAction", lambda held: {**{k: v for k, v in held.items() if k != "Action"}, "NotAction": "s3:GetObject"}
    ),
    deny("", "split: services apart", split(SERVICES)),
    deny("", "split: principals apart", split(PRINCIPALS)),
    deny("", "split: all apart", split(SERVICES, PRINCIPALS)),
    condition("the endpoints dropped", without(VPCE)),
    condition("the services dropped", without(SERVICES)),
    condition("StringEquals on the endpoints", renamed(VPCE, "StringEqualsIfExists")),
    condition("StringLike on the endpoints", renamed(VPCE, "StringLike")),
    condition("StringNotLike on the endpoints", renamed(VPCE, "StringNotLikeIfExists")),
    condition("IfExists dropped on the services", renamed(SERVICES, "Bool")),
    condition("Null on the services", renamed(SERVICES, "Null")),
    condition("StringNotEquals on the services", renamed(SERVICES, "StringNotEquals")),
    condition("ArnLike on the principals", renamed(PRINCIPALS, "ArnLikeIfExists")),
    condition("only what comes over an endpoint at all", lambda held: {**held, "Null": {"aws:SourceVpce": "false"}}),
    condition("only one account", lambda held: {**held, "StringEquals": {"aws:PrincipalAccount": "999999999999"}}),
    condition("not from the office", lambda held: {**held, "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    condition("not in the VPC", lambda held: {**held, "StringNotEquals": {"aws:SourceVpc": "vpc-1"}}),
    condition("not with a tag", lambda held: {**held, "StringNotEquals": {"aws:PrincipalTag/open": "yes"}}),
    condition("only some principals", lambda held: {**held, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/a"}}),
    condition("only one service's calls", lambda held: {**held, "Bool": {"aws:ViaAWSService": "true"}}),
    deny(f"Condition.{VPCE}.aws:SourceVpce", "a foreign endpoint", lambda _: ["vpce-0123456789abcdef0"]),
    deny(f"Condition.{VPCE}.aws:SourceVpce", "a foreign one besides", lambda held: [*held, "vpce-0123456789abcdef0"]),
    deny(f"Condition.{VPCE}.aws:SourceVpce", "anything", lambda _: "*"),
    deny(f"Condition.{VPCE}.aws:SourceVpce", "nothing", lambda _: []),
    deny(f"Condition.{SERVICES}.aws:PrincipalIsAWSService", "exception dropped", lambda _: GONE),
    deny(f"Condition.{SERVICES}.aws:ViaAWSService", "exception dropped", lambda _: GONE),
    deny(f"Condition.{SERVICES}.aws:PrincipalIsAWSService", "turned round", lambda _: "true"),
    deny(f"Condition.{SERVICES}.aws:ViaAWSService", "both answers", lambda _: ["true", "false"]),
    excepting("every role", f"arn:aws:iam::{ACCOUNT}:role/*"),
    excepting("everybody", "*"),
    excepting("a role of every account", "arn:aws:iam::*:role/deployer"),
    excepting("the account", f"arn:aws:iam::{ACCOUNT}:*"),
    excepting("every session", f"arn:aws:sts::{ACCOUNT}:assumed-role/*"),
    *(
        turn(
            RULE, POLICY, f"{DENY}.Condition.{PRINCIPALS}.aws:PrincipalArn", f"{role} dropped", without_role(role), name
        )
        for role, name in (("medallion-prod-lake-access", BUCKET), ("medallion-prod-spectrum", "integrated"))
    ),
    Mutant(RULE, POLICY, "a second policy without it", overwritten),
    put("s3-perimeter", "s3.BucketPolicy", "bucket", "another-bucket", BUCKET),
)
