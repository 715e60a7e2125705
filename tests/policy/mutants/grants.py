"""Permissions that reach too far, and resource policies that admit strangers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.policy.mutants.graph import GONE, Of
from tests.policy.mutants.mutant import Mutant, extra, put, turn, unknown

ACCOUNT = "123456789012"
WILD = "no-wildcard-principal"
BOUND = "service-principal-bounded"
ACTION = "iam-no-wildcard-action"
SCOPE = "iam-no-unscoped-resource"
TRUST = "trust-not-whole-account"
ROLE_POLICY = "iam.RolePolicy"
# A role of which no workload in the subnets makes use, so that what it may call needs no endpoint.
STARTER = "workflow-starter"


def added(statement: dict[str, Any]) -> Callable[[str], str]:
    """Adds an Allow to a policy document."""

    def change(text: str | None) -> str:
        document = json.loads(text) if text else {"Version": "2012-10-17", "Statement": []}
        return json.dumps({**document, "Statement": [*document["Statement"], {"Effect": "Allow", **statement}]})

    return change


def admits(kind: str, path: str, name: str | None, action: str) -> Iterator[Mutant]:
    """Each way in which a resource policy may admit everybody."""
    allow = {"Action": action, "Resource": "*"}
    for operator, more in (
        ("everybody", {"Principal": "*"}),
        ("everybody of AWS", {"Principal": {"AWS": ["*"]}}),
        ("all but one", {"NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/one"}}),
        ("IfExists", {"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}}}),
        ("all but one account", {"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "1"}}}),
        ("any role", {"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}}),
        ("accounts alike", {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalAccount": "1*"}}}),
        ("over TLS", {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    ):
        yield turn(WILD, kind, path, f"admits {operator}", added({**allow, **more}), name)


def serves(kind: str, path: str, name: str | None, action: str) -> Iterator[Mutant]:
    """Each way in which a resource policy may admit a service for whomever it acts."""
    allow = {"Action": action, "Resource": "*", "Principal": {"Service": "events.amazonaws.com"}}
    for operator, condition in (
        ("for anybody", {}),
        ("for any source", {"ArnLike": {"aws:SourceArn": "*"}}),
        ("for any account's rule", {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/medallion-*"}}),
        ("for all but one", {"StringNotEquals": {"aws:SourceAccount": "999999999999"}}),
        ("where the account is named at all", {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}),
    ):
        statement = {**allow, "Condition": condition} if condition else allow
        yield turn(BOUND, kind, path, f"admits a service {operator}", added(statement), name)


def may(rule: str, operator: str, statement: dict[str, Any]) -> Mutant:
    return turn(rule, ROLE_POLICY, "policy", operator, added(statement), STARTER)


def trusts(rule: str, operator: str, principal: Any, **condition: Any) -> Mutant:
    statement = {"Principal": principal, "Action": "sts:AssumeRole", **({"Condition": condition} if condition else {})}
    return turn(rule, "iam.Role", "assumeRolePolicy", operator, added(statement), STARTER)


def holds(token: str, operator: str, **props: Any) -> Mutant:
    return extra(ACTION, token, operator, props)


EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::one/*"}]})
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
OIDC = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"}

GRANTS: tuple[Mutant, ...] = (
    *admits("s3.BucketPolicy", "policy", "refined", "s3:GetObject"),
    *admits("kms.Key", "policy", "keys-refined", "kms:Decrypt"),
    *admits("sqs.QueuePolicy", "policy", "landing-files", "sqs:SendMessage"),
    *admits("sns.TopicPolicy", "policy", "alerting", "sns:Publish"),
    *admits("secretsmanager.Secret", "policy", None, "secretsmanager:GetSecretValue"),
    *admits("cloudwatch.LogResourcePolicy", "policyDocument", None, "logs:PutLogEvents"),
    turn(
        WILD, "s3.Bucket", "policy", "admits everybody, inline", added({"Principal": "*", "Action": "s3:*"}), "refined"
    ),
    turn(WILD, "sqs.Queue", "policy", "admits everybody, inline", added({"Principal": "*", "Action": "sqs:*"})),
    turn(WILD, "sns.Topic", "policy", "admits everybody, inline", added({"Principal": "*", "Action": "sns:Publish"})),
    *(
        extra(
            WILD, token, "admits everybody", {"policy": {"Statement": [{"Effect": "Allow", "Principal": "*", **more}]}}
        )
        for token, more in (
            ("aws:glue/resourcePolicy:ResourcePolicy", {"Action": "glue:*"}),
            ("aws:kinesis/resourcePolicy:ResourcePolicy", {"Action": "kinesis:GetRecords"}),
            ("aws:secretsmanager/secretPolicy:SecretPolicy", {"Action": "secretsmanager:GetSecretValue"}),
            ("aws:kms/keyPolicy:KeyPolicy", {"Action": "kms:Decrypt"}),
            ("aws:cloudwatch/eventBusPolicy:EventBusPolicy", {"Action": "events:PutEvents"}),
        )
    ),
    trusts(WILD, "trusts everybody", "*"),
    trusts(WILD, "trusts everybody of AWS", {"AWS": "*"}),
    trusts(WILD, "trusts any organisation", {"AWS": "*"}, StringLike={"aws:PrincipalOrgID": "o-*"}),
    unknown(WILD, "s3.BucketPolicy", "policy", "refined"),
    *serves("s3.BucketPolicy", "policy", "landing", "s3:PutObject"),
    *serves("sqs.QueuePolicy", "policy", "landing-files", "sqs:SendMessage"),
    *serves("sns.TopicPolicy", "policy", "alerting", "sns:Publish"),
    *serves("kms.Key", "policy", "keys-refined", "kms:Decrypt"),
    put(BOUND, "sqs.QueuePolicy", "policy.Statement.Sid=AnnounceFiles.Condition", GONE, "landing-files"),
    put(BOUND, "sns.TopicPolicy", "policy.Statement.Sid=TellOfEvents.Condition", GONE, "alerting"),
    put(BOUND, "kms.Key", "policy.Statement.Sid=TellOfEvents.Condition", GONE, "keys-logs"),
    put(BOUND, "kms.Key", "policy.Statement.Sid=EncryptLogs.Condition", GONE, "keys-logs"),
    put(BOUND, "cloudwatch.LogResourcePolicy", "policyDocument.Statement.0.Condition", GONE),
    put(
        BOUND,
        "s3.BucketPolicy",
        "policy.Statement.Sid=DeliverBalancerLogs.Resource",
        "arn:aws:s3:::medallion-prod-access-logs-123456789012-eu-west-1/load-balancer/*",
        "audit-access-logs",
        "any account's folder",
    ),
    may(ACTION, "everything of one bucket", {"Action": "*", "Resource": "arn:aws:s3:::one/*"}),
    may(ACTION, "everything, written otherwise", {"Action": "*:*", "Resource": "arn:aws:s3:::one/*"}),
    may(ACTION, "everything of a service on everything", {"Action": "lakeformation:*", "Resource": "*"}),
    may(ACTION, "everything of a service, written otherwise", {"Action": "lakeformation:**", "Resource": "*"}),
    may(ACTION, "all but something", {"NotAction": "iam:*", "Resource": "*"}),
    may(ACTION, "all but something, on all buckets", {"NotAction": "iam:*", "Resource": "arn:aws:s3:::*"}),
    holds(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "AdministratorAccess",
        policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
        role="somebody",
    ),
    holds(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "a service's FullAccess",
        policyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess",
        role="somebody",
    ),
    holds(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "PowerUserAccess",
        policyArn="arn:aws:iam::aws:policy/PowerUserAccess",
        role="somebody",
    ),
    holds(
        "aws:iam/policyAttachment:PolicyAttachment",
        "AdministratorAccess",
        policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
        roles=["somebody"],
    ),
    put(ACTION, "iam.Role", "managedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"], STARTER),
    put(ACTION, "iam.Role", "inlinePolicies", [{"name": "all", "policy": EVERYTHING}], STARTER),
    holds("aws:iam/policy:Policy", "everything", policy=EVERYTHING),
    holds("aws:iam/userPolicy:UserPolicy", "everything", policy=EVERYTHING, user="somebody"),
    holds("aws:iam/groupPolicy:GroupPolicy", "everything", policy=EVERYTHING, group="people"),
    unknown(ACTION, ROLE_POLICY, "policy", STARTER),
    may(SCOPE, "all objects", {"Action": "s3:GetObject", "Resource": "*"}),
    may(SCOPE, "all objects, by ARN", {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"}),
    may(SCOPE, "all but named objects", {"Action": "s3:GetObject", "NotResource": "arn:aws:s3:::one/*"}),
    may(SCOPE, "all keys", {"Action": "kms:Decrypt", "Resource": f"arn:aws:kms:*:{ACCOUNT}:key/*"}),
    may(SCOPE, "passes any role", {"Action": "iam:PassRole", "Resource": f"arn:aws:iam::{ACCOUNT}:role/*"}),
    may(SCOPE, "takes any role", {"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/*"}),
    may(
        SCOPE,
        "reads any secret",
        {"Action": "secretsmanager:GetSecretValue", "Resource": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:*"},
    ),
    may(SCOPE, "any metric", {"Action": "cloudwatch:PutMetricData", "Resource": "*"}),
    may(
        SCOPE,
        "any metric, by a wildcard",
        {
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringLike": {"cloudwatch:namespace": "*"}},
        },
    ),
    trusts(TRUST, "the whole account", ROOT),
    trusts(TRUST, "the whole account by its number", {"AWS": ACCOUNT}),
    trusts(TRUST, "another account", {"AWS": "arn:aws:iam::999999999999:root"}),
    trusts(TRUST, "access keys", ROOT, StringEquals={"aws:PrincipalType": "User"}),
    trusts(TRUST, "a second factor if there is one", ROOT, BoolIfExists={"aws:MultiFactorAuthPresent": "true"}),
    trusts(TRUST, "whatever external id", ROOT, StringLike={"sts:ExternalId": "*"}),
    trusts(TRUST, "whoever an identity provider knows", OIDC),
    trusts(
        TRUST,
        "any repository of the world",
        OIDC,
        StringLike={"token.actions.githubusercontent.com:sub": "*"},
        StringEquals={"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
    ),
    put(TRUST, "iam.Role", "assumeRolePolicy.Statement.Sid=UsersWithSecondFactor.Condition", GONE, "people-analyst"),
    put(
        TRUST, "iam.Role", "assumeRolePolicy.Statement.Sid=UsersWithSecondFactor.Condition.Bool", GONE, "people-analyst"
    ),
    put(TRUST, "iam.Role", "assumeRolePolicy.Statement.Sid=Sessions.Condition", GONE, "people-analyst"),
    extra(
        ACTION,
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        "AdministratorAccess",
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "user": Of("iam.Role", STARTER, "name")},
    ),
)
