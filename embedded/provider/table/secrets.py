"""Secrets Manager: secrets and their versions."""

from typing import Any

from embedded.provider.entry import Entry, Gone, Tagging, call, put, words
from embedded.provider.work import Work

_SECRET: dict[str, Any] = {"SecretId": "{id}"}
_GONE = words("ResourceNotFoundException")


def _delete(work: Work) -> None:
    if work.ask("describe_secret", SecretId=work.id).get("DeletedDate"):
        raise Gone
    window = work.old.get("recoveryWindowInDays", 30)
    if window:
        work.ask("delete_secret", SecretId=work.id, RecoveryWindowInDays=window)
    else:
        work.ask("delete_secret", SecretId=work.id, ForceDeleteWithoutRecovery=True)


ENTRIES: dict[str, Entry] = {
    "aws:secretsmanager/secret:Secret": Entry(
        service="secretsmanager",
        id="arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{lower6}",
        create=call("create_secret", gives="ARN", skip="policy replicas type"),
        read=(
            call("describe_secret", **_SECRET),
            call("get_resource_policy", **_SECRET, sets={"policy": "ResourcePolicy"}),
        ),
        puts=(
            put(
                "policy",
                call("put_resource_policy", **_SECRET, ResourcePolicy="{policy}"),
                call("delete_resource_policy", **_SECRET),
            ),
        ),
        update=call("update_secret", **_SECRET),
        unset={"description": {"Description": ""}, "kmsKeyId": {"KmsKeyId": ""}},
        delete=_delete,
        tags=Tagging(_SECRET, "tag_resource", "untag_resource"),
        local={"recoveryWindowInDays": 30, "forceOverwriteReplicaSecret": False},
        shared=words("policy"),
        outputs={"arn": "{id}"},
        replace=words("name type"),
        gone=_GONE,
        gone_if="DeletedDate",
        named="name",
        longest=512,
        cfn="AWS::SecretsManager::Secret",
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Entry(
        service="secretsmanager",
        id=lambda c: f"{c['secretId']}|{c.get('versionId') or c['uuid']}",
        create=call("put_secret_value", gives="join('|', [ARN, VersionId])"),
        read=(call("get_secret_value", SecretId="{secretId}", VersionId="{versionId}"),),
        reads={"secretArn": "ARN"},
        outputs={"arn": "{secretId}", "secretArn": "{secretId}", "versionId": "{uuid}", "secretId": "{secretId}"},
        replace=words("secretId secretString secretBinary versionStages"),
        gone=_GONE,
    ),
}
