"""IAM: policies of one's own, and the roles that services bring with them."""

import json
from typing import Any

from embedded.provider.entry import Entry, Gone, Tagging, call, put, words
from embedded.provider.policy_rules import identity_policy
from embedded.provider.rules import like
from embedded.provider.values import Props
from embedded.provider.work import CallError, Work

_GONE = words("NoSuchEntity")
_POLICY: dict[str, Any] = {"PolicyArn": "{id}"}
_MOST_VERSIONS = 5
_MOST_CHARACTERS = 6144


def _write(work: Work) -> None:
    """A new version that is the default; IAM keeps five, of which the oldest goes first."""
    versions = work.ask("list_policy_versions", PolicyArn=work.id)["Versions"]
    spare = sorted((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
    if len(versions) >= _MOST_VERSIONS:
        work.ask("delete_policy_version", PolicyArn=work.id, VersionId=spare[0]["VersionId"])
    work.ask("create_policy_version", PolicyArn=work.id, PolicyDocument=work.new["policy"], SetAsDefault=True)


def _read(work: Work) -> Props:
    try:
        found = work.ask("get_policy", PolicyArn=work.id)["Policy"]
    except CallError as fault:
        if fault.code in _GONE:
            raise Gone from fault
        raise
    version = work.ask("get_policy_version", PolicyArn=work.id, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return {
        "arn": found["Arn"],
        "name": found["PolicyName"],
        "path": found["Path"],
        "description": found.get("Description"),
        "policy": json.dumps(version["Document"]),
        "policyId": found["PolicyId"],
        "attachmentCount": found["AttachmentCount"],
        "tags": {t["Key"]: t["Value"] for t in found.get("Tags", [])},
    }


def _delete(work: Work) -> None:
    for version in work.ask("list_policy_versions", PolicyArn=work.id)["Versions"]:
        if not version["IsDefaultVersion"]:
            work.ask("delete_policy_version", PolicyArn=work.id, VersionId=version["VersionId"])
    work.ask("delete_policy", PolicyArn=work.id)


def _name(work: Work) -> str:
    return work.id.rsplit("/", 1)[-1]


def _read_linked(work: Work) -> Props:
    try:
        found = work.ask("get_role", RoleName=_name(work))["Role"]
    except CallError as fault:
        if fault.code in _GONE:
            raise Gone from fault
        raise
    service = found["Path"].strip("/").split("/")[-1]
    suffix = work.get("customSuffix")
    return {
        "arn": found["Arn"],
        "name": found["RoleName"],
        "path": found["Path"],
        "createDate": found["CreateDate"],
        "uniqueId": found["RoleId"],
        "awsServiceName": service,
        "customSuffix": suffix if suffix and found["RoleName"].endswith(f"_{suffix}") else None,
        "description": found.get("Description"),
        "tags": {t["Key"]: t["Value"] for t in found.get("Tags", [])},
    }


def _describe(work: Work) -> None:
    work.ask("update_role", RoleName=_name(work), Description=work.new.get("description") or "")


def _delete_linked(work: Work) -> None:
    work.ask("delete_service_linked_role", RoleName=_name(work))


ENTRIES: dict[str, Entry] = {
    "aws:iam/policy:Policy": Entry(
        service="iam",
        id="arn:{partition}:iam::{account}:policy/{name}",
        create=call("create_policy", gives="Policy.Arn"),
        read=(_read,),
        puts=(put("policy", _write, at_creation=False),),
        delete=_delete,
        tags=Tagging(_POLICY, "tag_policy", "untag_policy"),
        names={"name": "PolicyName", "policy": "PolicyDocument"},
        local={"delayAfterPolicyCreationInMs": None},
        outputs={"arn": "{id}", "path": "/", "policyId": "ANPA{upper17}"},
        replace=words("name path description"),
        gone=_GONE,
        named="name",
        longest=128,
        rules=(identity_policy("policy", _MOST_CHARACTERS),),
        cfn="AWS::IAM::ManagedPolicy",
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": Entry(
        service="iam",
        id="arn:{partition}:iam::{account}:role/aws-service-role/{awsServiceName}/AWSServiceRoleFor{hex8}",
        create=call("create_service_linked_role", gives="Role.Arn"),
        read=(_read_linked,),
        puts=(put("description", _describe, _describe, at_creation=False),),
        delete=_delete_linked,
        tags=Tagging({"RoleName": lambda c: str(c["id"]).rsplit("/", 1)[-1]}, "tag_role", "untag_role", after=True),
        names={"awsServiceName": "AWSServiceName"},
        outputs={
            "arn": "{id}",
            "createDate": "{now}",
            "name": lambda c: str(c["id"]).rsplit("/", 1)[-1],
            "path": "/aws-service-role/{awsServiceName}/",
            "uniqueId": "AROA{upper17}",
        },
        replace=words("awsServiceName customSuffix"),
        gone=_GONE,
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
        rules=(
            like(
                "awsServiceName", r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?", "a service such as lakeformation.amazonaws.com"
            ),
        ),
        cfn="AWS::IAM::ServiceLinkedRole",
    ),
}
