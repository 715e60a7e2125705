"""KMS: keys and aliases."""

from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, put, words
from embedded.provider.values import Props
from embedded.provider.work import Work

_KEY: dict[str, Any] = {"KeyId": "{id}"}


def _rotate(work: Work) -> None:
    if work.new.get("enableKeyRotation"):
        period = (
            {"RotationPeriodInDays": work.new["rotationPeriodInDays"]} if work.new.get("rotationPeriodInDays") else {}
        )
        work.ask("enable_key_rotation", KeyId=work.id, **period)
    else:
        work.ask("disable_key_rotation", KeyId=work.id)


def _period(props: Mapping[str, Any]) -> list[Fault]:
    if props.get("rotationPeriodInDays") and not props.get("enableKeyRotation"):
        return [Fault("rotationPeriodInDays", "does nothing without enableKeyRotation: remove it, or set that to true")]
    return []


def _enable(work: Work) -> None:
    work.ask("enable_key" if work.new.get("isEnabled", True) else "disable_key", KeyId=work.id)


def _read_alias(work: Work) -> Props:
    pages = work.cloud.client("kms", work.region).get_paginator("list_aliases").paginate()
    found = next((a for page in pages for a in page["Aliases"] if a["AliasName"] == work.id), None)
    if found is None:
        raise Gone
    key, asked = found["TargetKeyId"], work.get("targetKeyId") or ""
    arn = f"arn:aws:kms:{work.region}:{work.cloud.account}:key/{key}"
    return {
        "name": work.id,
        "arn": found["AliasArn"],
        "targetKeyArn": arn,
        "targetKeyId": asked if asked in (key, arn) else key,
    }


ENTRIES: dict[str, Entry] = {
    "aws:kms/key:Key": Entry(
        service="kms",
        id="{uuid}",
        create=call("create_key", skip="enableKeyRotation rotationPeriodInDays isEnabled", gives="KeyMetadata.KeyId"),
        read=(
            call("describe_key", **_KEY, take="KeyMetadata"),
            call("get_key_policy", **_KEY, PolicyName="default", sets={"policy": "Policy"}),
            call(
                "get_key_rotation_status",
                **_KEY,
                sets={"enableKeyRotation": "KeyRotationEnabled", "rotationPeriodInDays": "RotationPeriodInDays"},
            ),
        ),
        puts=(
            put("enableKeyRotation rotationPeriodInDays", _rotate, _rotate),
            put("isEnabled", _enable, _enable),
            put("policy", call("put_key_policy", **_KEY, PolicyName="default")),
            put("description", call("update_key_description", **_KEY)),
        ),
        delete=call("schedule_key_deletion", **_KEY, PendingWindowInDays="{deletionWindowInDays}"),
        tags=Tagging(_KEY, "tag_resource", "untag_resource", "list_resource_tags"),
        names={"customerMasterKeySpec": "KeySpec", "bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck"},
        reads={"isEnabled": "Enabled"},
        local={"deletionWindowInDays": None, "bypassPolicyLockoutSafetyCheck": False},
        assumed={"isEnabled": True},
        unread=words("xksKeyId"),
        outputs={
            "arn": "arn:{partition}:kms:{region}:{account}:key/{id}",
            "keyId": "{id}",
            "keyUsage": "ENCRYPT_DECRYPT",
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "isEnabled": True,
            "rotationPeriodInDays": lambda c: 365 if c.get("enableKeyRotation") else None,
        },
        replace=words("keyUsage customerMasterKeySpec customKeyStoreId multiRegion xksKeyId"),
        gone=words("NotFoundException"),
        gone_if="KeyState=='PendingDeletion'",
        rules=(_period,),
        cfn="AWS::KMS::Key",
    ),
    "aws:kms/alias:Alias": Entry(
        service="kms",
        id="{name}",
        create=call("create_alias", AliasName="{name}"),
        read=(_read_alias,),
        update=call("update_alias", AliasName="{id}"),
        delete=call("delete_alias", AliasName="{id}"),
        outputs={
            "arn": "arn:{partition}:kms:{region}:{account}:{name}",
            "targetKeyArn": lambda c: _key_arn(str(c.get("targetKeyId")), str(c["region"]), str(c["account"])),
        },
        replace=words("name"),
        gone=words("NotFoundException"),
        named="name",
        cfn="AWS::KMS::Alias",
    ),
}


def _key_arn(key: str, region: str, account: str) -> str:
    return key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{key}"
