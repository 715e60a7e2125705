"""IAM: roles, their policies, instance profiles."""

import json
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Gone, Tagging, call, put, words
from embedded.provider.policy_rules import identity_policy
from embedded.provider.values import Props
from embedded.provider.work import Work

_ROLE: dict[str, Any] = {"RoleName": "{id}"}
_GONE = words("NoSuchEntity")
_MOST_INLINE = 10240  # all of a role's together


def _inline(work: Work) -> None:
    before = {p["name"]: p for p in work.old.get("inlinePolicies") or [] if p.get("name")}
    after = {p["name"]: p for p in work.new.get("inlinePolicies") or [] if p.get("name")}
    for name in before.keys() - after.keys():
        work.ask("delete_role_policy", RoleName=work.id, PolicyName=name)
    for name, policy in after.items():
        work.ask("put_role_policy", RoleName=work.id, PolicyName=name, PolicyDocument=policy["policy"])


def _managed(work: Work) -> None:
    before, after = (set(side.get("managedPolicyArns") or []) for side in (work.old, work.new))
    for arn in before - after:
        work.ask("detach_role_policy", RoleName=work.id, PolicyArn=arn)
    for arn in after - before:
        work.ask("attach_role_policy", RoleName=work.id, PolicyArn=arn)


def _read_policies(work: Work) -> Props:
    found: Props = {}
    if work.get("inlinePolicies") is not None:
        names = work.ask("list_role_policies", RoleName=work.id)["PolicyNames"]
        found["inlinePolicies"] = [{"name": n, "policy": _document(work, work.id, n)} for n in names]
    if work.get("managedPolicyArns") is not None:
        attached = work.ask("list_attached_role_policies", RoleName=work.id)["AttachedPolicies"]
        found["managedPolicyArns"] = [p["PolicyArn"] for p in attached]
    return found


def _document(work: Work, role: str, name: str) -> str:
    return json.dumps(work.ask("get_role_policy", RoleName=role, PolicyName=name)["PolicyDocument"])


def _delete_role(work: Work) -> None:
    if work.old.get("forceDetachPolicies"):
        for name in work.ask("list_role_policies", RoleName=work.id)["PolicyNames"]:
            work.ask("delete_role_policy", RoleName=work.id, PolicyName=name)
        for policy in work.ask("list_attached_role_policies", RoleName=work.id)["AttachedPolicies"]:
            work.ask("detach_role_policy", RoleName=work.id, PolicyArn=policy["PolicyArn"])
    else:
        work.new = {}
        _inline(work)
        _managed(work)
    work.ask("delete_role", RoleName=work.id)


def _read_attachment(work: Work) -> Props:
    role, arn = work.get("role"), work.get("policyArn")
    if arn not in [p["PolicyArn"] for p in work.ask("list_attached_role_policies", RoleName=role)["AttachedPolicies"]]:
        raise Gone
    return {"role": role, "policyArn": arn}


def _profile_role(work: Work) -> None:
    before, after = work.old.get("role"), work.new.get("role")
    if before:
        work.ask("remove_role_from_instance_profile", InstanceProfileName=work.id, RoleName=before)
    if after:
        work.ask("add_role_to_instance_profile", InstanceProfileName=work.id, RoleName=after)


def _delete_profile(work: Work) -> None:
    work.new = {}
    _profile_role(work)
    work.ask("delete_instance_profile", InstanceProfileName=work.id)


def _arn(kind: str) -> dict[str, object]:
    def arn(context: Mapping[str, object]) -> str:
        return f"arn:{context['partition']}:iam::{context['account']}:{kind}{context.get('path') or '/'}{context['id']}"

    return {"arn": arn, "path": "/", "createDate": "{now}", "name": "{id}"}


ENTRIES: dict[str, Entry] = {
    "aws:iam/role:Role": Entry(
        service="iam",
        id="{name}",
        create=call("create_role", skip="inlinePolicies managedPolicyArns"),
        read=(call("get_role", **_ROLE, take="Role"), _read_policies),
        puts=(
            put(
                "assumeRolePolicy",
                call("update_assume_role_policy", **_ROLE, PolicyDocument="{assumeRolePolicy}", only=""),
            ),
            put(
                "description maxSessionDuration",
                call("update_role", **_ROLE),
                call("update_role", **_ROLE, Description="", MaxSessionDuration=3600),
            ),
            put(
                "permissionsBoundary",
                call("put_role_permissions_boundary", **_ROLE),
                call("delete_role_permissions_boundary", **_ROLE),
            ),
            put("inlinePolicies", _inline, _inline),
            put("managedPolicyArns", _managed, _managed),
        ),
        delete=_delete_role,
        tags=Tagging(_ROLE, "tag_role", "untag_role"),
        names={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        reads={"permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn", "uniqueId": "RoleId"},
        shared=words("inlinePolicies managedPolicyArns"),
        local={"forceDetachPolicies": False},
        defaults={"maxSessionDuration": 3600},
        outputs={**_arn("role"), "uniqueId": "AROA{upper17}", "maxSessionDuration": 3600},
        replace=words("name path"),
        gone=_GONE,
        named="name",
        cfn="AWS::IAM::Role",
    ),
    "aws:iam/rolePolicy:RolePolicy": Entry(
        service="iam",
        id="{role}:{name}",
        create=call("put_role_policy", RoleName="{role}", PolicyName="{name}", PolicyDocument="{policy}", only=""),
        read=(call("get_role_policy", RoleName="{role}", PolicyName="{name}"),),
        update=call("put_role_policy", RoleName="{role}", PolicyName="{name}", PolicyDocument="{policy}", only=""),
        delete=call("delete_role_policy", RoleName="{role}", PolicyName="{name}"),
        reads={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
        replace=words("name role"),
        gone=_GONE,
        named="name",
        longest=128,
        rules=(identity_policy("policy", _MOST_INLINE),),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Entry(
        service="iam",
        id="{role}/{policyArn}",
        create=call("attach_role_policy", RoleName="{role}", PolicyArn="{policyArn}", only=""),
        read=(_read_attachment,),
        delete=call("detach_role_policy", RoleName="{role}", PolicyArn="{policyArn}"),
        replace=words("role policyArn"),
        gone=_GONE,
    ),
    "aws:iam/instanceProfile:InstanceProfile": Entry(
        service="iam",
        id="{name}",
        create=call("create_instance_profile"),
        read=(call("get_instance_profile", InstanceProfileName="{id}", take="InstanceProfile"),),
        puts=(put("role", _profile_role, _profile_role),),
        delete=_delete_profile,
        tags=Tagging({"InstanceProfileName": "{id}"}, "tag_instance_profile", "untag_instance_profile"),
        names={"name": "InstanceProfileName"},
        reads={"role": "Roles[0].RoleName", "uniqueId": "InstanceProfileId"},
        outputs={**_arn("instance-profile"), "uniqueId": "AIPA{upper17}"},
        replace=words("name path"),
        gone=_GONE,
        named="name",
        longest=128,
    ),
}
