"""Who asks: the role or user of the account whose access key a request bears."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import has_request_context, request
from moto.iam.access_control import IAMPolicy, IAMUserAccessKey
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from embedded.cloud.surroundings import ACCOUNT

PARTITION = "aws"
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/|^AWS ([^:\s]+):")


@dataclass(frozen=True)
class Caller:
    """A role, in whichever of its sessions, or a user; by which access key it asks."""

    arn: str
    key: str

    @property
    def is_role(self) -> bool:
        """Whether it is a session of a role, rather than a user."""
        return ":role/" in self.arn


def current() -> Caller | None:
    """Who makes the request under way; None is the account's own deployer.

    Whoever has keys that IAM did not give out has the machine, and so this account: the deployment, the check, and what
    functions and jobs run with.
    """
    return caller(request.headers, request.args) if has_request_context() else None


def caller(headers: Mapping[str, str], query: Mapping[str, str]) -> Caller | None:
    """Who signed a request, in its headers or, where a URL was signed beforehand, in its query."""
    found = _CREDENTIAL.search(headers.get("Authorization", ""))
    signed = query.get("X-Amz-Credential", "").partition("/")[0] or query.get("AWSAccessKeyId", "")
    name = (found[1] or found[2]) if found else signed
    iam = iam_backends[ACCOUNT][PARTITION]
    key = iam.access_keys.get(name)
    if key is None:
        return None
    return Caller(key.role_arn or iam.get_user(key.user_name).arn, name)


def policies(caller: Caller) -> list[list[Mapping[str, Any]]]:
    """The policies by which a caller may do something: each of the groups must let it.

    First its own, then the boundary of its role and the policy of its session, where there are such.
    """
    iam = iam_backends[ACCOUNT][PARTITION]
    if not caller.is_role:
        return [_documents(IAMUserAccessKey(ACCOUNT, PARTITION, caller.key, {}).collect_policies())]
    role = next((each for each in list(iam.get_roles()) if each.arn == caller.arn), None)
    if role is None:
        return [[]]
    inline = [iam.get_role_policy(role.name, name)[1] for name in iam.list_role_policies(role.name)]
    groups = [_documents([*inline, *iam.list_attached_role_policies(role.name)[0]])]
    if role.permissions_boundary_arn:
        groups.append(_documents([iam.get_policy(role.permissions_boundary_arn)]))
    session = sts_backends[ACCOUNT][PARTITION].get_assumed_role_from_access_key(caller.key)
    if session is not None and session.policy:
        groups.append(_documents([session.policy]))
    return groups


def _documents(held: list[Any]) -> list[Mapping[str, Any]]:
    """Policies of whichever of moto's kinds, read."""
    return [IAMPolicy(each)._policy_json for each in held]
