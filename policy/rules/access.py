"""Who may do what: keys, resource policies and roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from ..documents import NARROWING_KEYS, WILDCARDS, Statement, reaches_everything, statements
from ..rule import Finding, NotApplicableError, Verdict, cis, fsbp, must, nist, resource_rule, security_hub
from ..subject import Subject
from ..tokens import (
    BUCKET,
    BUCKET_POLICY,
    EVENT_BUS_POLICY,
    GLUE_POLICY,
    IAM_ATTACHMENT,
    IAM_GROUP_POLICY,
    IAM_GROUP_POLICY_ATTACHMENT,
    IAM_POLICY,
    IAM_POLICY_ATTACHMENT,
    IAM_ROLE,
    IAM_ROLE_POLICY,
    IAM_USER_POLICY,
    IAM_USER_POLICY_ATTACHMENT,
    KEY,
    KEY_POLICY,
    KINESIS_POLICY,
    LOG_RESOURCE_POLICY,
    QUEUE,
    QUEUE_POLICY,
    SECRET,
    SECRET_POLICY,
    TOPIC,
    TOPIC_POLICY,
)

RESOURCE_POLICIES = (
    BUCKET,
    BUCKET_POLICY,
    QUEUE,
    QUEUE_POLICY,
    TOPIC,
    TOPIC_POLICY,
    KEY,
    KEY_POLICY,
    SECRET,
    SECRET_POLICY,
    GLUE_POLICY,
    KINESIS_POLICY,
    EVENT_BUS_POLICY,
    LOG_RESOURCE_POLICY,
)

IAM_POLICIES = (IAM_ROLE_POLICY, IAM_USER_POLICY, IAM_GROUP_POLICY, IAM_POLICY)
IAM_ATTACHMENTS = (IAM_ATTACHMENT, IAM_USER_POLICY_ATTACHMENT, IAM_GROUP_POLICY_ATTACHMENT, IAM_POLICY_ATTACHMENT)
# AWS's own policies that allow everything, or everything of a service.
WHOLESALE = re.compile(r"(AdministratorAccess|PowerUserAccess|[^/]*FullAccess)(-[^/]+)?")


@resource_rule(
    id="kms-rotation",
    title="Symmetric keys rotate.",
    severity=Severity.MEDIUM,
    controls=(*security_hub("KMS.4"), *cis("3.6"), *nist("SC-12", "SC-12(2)", "SC-28(3)")),
    types=(KEY,),
    why="rotation bounds how much one leaked generation of key material can decrypt",
    remedy="enable_key_rotation=True",
)
def kms_rotation(key: Subject) -> Verdict:
    """KMS can't rotate asymmetric and HMAC keys by itself, nor keys whose material it doesn't hold."""
    spec = key.get("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    usage = key.get("keyUsage") or "ENCRYPT_DECRYPT"
    if spec != "SYMMETRIC_DEFAULT" or usage != "ENCRYPT_DECRYPT" or key.writes("customKeyStoreId"):
        raise NotApplicableError("KMS rotates symmetric encryption keys only")
    yield from must(key, "enableKeyRotation", lambda value: value is True, "enableKeyRotation is {}")


@resource_rule(
    id="no-wildcard-principal",
    title="No resource policy and no trust policy admits everybody.",
    severity=Severity.CRITICAL,
    controls=(*fsbp("S3.2", "S3.3", "SQS.3", "SNS.4", "KMS.5"), *nist("AC-3", "AC-6", "AC-21")),
    types=(*RESOURCE_POLICIES, IAM_ROLE),
    why='an Allow for "*" admits every account in the world, since each brings its own IAM permission',
    remedy='"Principal": {"AWS": role.arn}, or a Condition on aws:PrincipalAccount or aws:PrincipalOrgID',
)
def no_wildcard_principal(holder: Subject) -> Verdict:
    """Denies may and should name everybody; Allows may where a condition narrows them.

    A bucket may leave it to the access points of named accounts to say who comes: AWS Data Exchange shares data so.
    """
    prop = "assumeRolePolicy" if holder.type == IAM_ROLE else _policy(holder)
    if not holder.writes(prop):
        raise NotApplicableError("it carries no policy")
    for statement in statements(holder.get(prop)):
        bounded = statement.narrowed or (holder.type == BUCKET_POLICY and statement.through_access_points)
        if statement.allows and statement.anyone and not bounded:
            actions = ", ".join(statement.actions[:3]) or "not " + ", ".join(statement.not_actions[:3])
            yield Finding(f'{prop} allows {actions} to Principal "*" on no condition that keeps strangers out')


@resource_rule(
    id="service-principal-bounded",
    title="AWS services that resource policies admit act for the account only.",
    severity=Severity.HIGH,
    controls=nist("AC-3", "AC-4", "AC-6"),
    types=RESOURCE_POLICIES,
    why="a service works for all its customers: unbounded, anyone's trail, bucket or topic can write here in its name",
    remedy='"Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": source_arn}}',
)
def service_principal_bounded(holder: Subject) -> Verdict:
    """The confused deputy; for keys the encryption context names the owner too."""
    if not holder.writes(_policy(holder)):
        raise NotApplicableError("it carries no policy")
    for statement in statements(holder.get(_policy(holder))):
        services = [value for kind, value in statement.principals if kind == "Service"]
        own_logs = bool(statement.resources) and all(re.search(OWN_LOGS, each) for each in statement.resources)
        if services == [LOAD_BALANCER_LOGS] and own_logs:
            continue
        if statement.allows and services and not statement.narrowed_by(NARROWING_KEYS | {"kms:encryptioncontext:*"}):
            yield Finding(f"policy admits {', '.join(services)} for whomever the service acts")


def _policy(holder: Subject) -> str:
    return "policyDocument" if holder.type == LOG_RESOURCE_POLICY else "policy"


LOAD_BALANCER_LOGS = "logdelivery.elasticloadbalancing.amazonaws.com"
OWN_LOGS = r":s3:::[^*?]+/AWSLogs/\d{12}/\*$"
"""Load balancers send no source: the account in the path is what bounds them.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""


@resource_rule(
    id="iam-no-wildcard-action",
    title="No role, user or group may do everything, or everything of a service on everything.",
    severity=Severity.HIGH,
    controls=(*fsbp("IAM.1", "IAM.21"), *cis("1.15"), *nist("AC-6", "AC-6(10)")),
    types=(IAM_ROLE, *IAM_POLICIES, *IAM_ATTACHMENTS),
    why="a role that may do more than its work needs turns any fault in that work into a fault of everything",
    remedy='"Action": ["s3:GetObject"], "Resource": [f"{bucket_arn}/*"]',
)
def iam_no_wildcard_action(holder: Subject) -> Verdict:
    """`*` on anything, and `service:*` on `*`; both by NotAction too, and by AWS's own policies."""
    paths = ["policyArn"] if holder.type in IAM_ATTACHMENTS else []
    if holder.type == IAM_ROLE:
        paths = [f"managedPolicyArns.{position}" for position in range(holder.count("managedPolicyArns"))]
    for path in paths:
        yield from must(
            holder,
            path,
            lambda arn: not WHOLESALE.fullmatch(str(arn).rpartition("/")[2]),
            f"{path} is {{}}",
            "a policy of the role's own, with the actions that it needs",
        )
    if holder.type not in IAM_ATTACHMENTS:
        for document in permissions(holder):
            for statement in statements(document):
                yield from _excess(statement)


def permissions(holder: Subject) -> Iterator[Any]:
    """The documents that say what a role or policy may do."""
    if holder.type == IAM_ROLE:
        for position in range(holder.count("inlinePolicies")):
            yield holder.get(f"inlinePolicies.{position}.policy")
    else:
        yield holder.get("policy")


def _excess(statement: Statement) -> Iterator[Finding]:
    if not statement.allows:
        return
    wide = [each for each in statement.resources if reaches_everything(each)]
    if statement.not_actions and wide:
        yield Finding(f'it allows all but {", ".join(statement.not_actions[:3])} on Resource "{wide[0]}"')
    for action in statement.actions:
        service, _, call = action.partition(":")
        if set(service) <= WILDCARDS:
            yield Finding(f'it allows Action "{action}"')
        elif set(call) <= WILDCARDS and wide:
            yield Finding(f'it allows Action "{action}" on Resource "{wide[0]}"')
