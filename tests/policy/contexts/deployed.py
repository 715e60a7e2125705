"""What a stack's state says of policies: what has one of its own, which key encrypts it, and what roles may."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.policy.contexts.simulator import Document

ROLE = "aws:iam/role:Role"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

# Type → the kind we call it by, the property with its name, that with its ARN, and that with the ARN of its key.
# A cluster is there for the secret with its administrator's password, which Redshift makes itself.
KINDS = {
    "aws:s3/bucket:Bucket": ("bucket", "bucket", "arn", None),
    "aws:kms/key:Key": ("key", "keyId", "arn", None),
    "aws:sqs/queue:Queue": ("queue", "name", "arn", "kmsMasterKeyId"),
    "aws:sns/topic:Topic": ("topic", "name", "arn", "kmsMasterKeyId"),
    "aws:kinesis/stream:Stream": ("stream", "name", "arn", "kmsKeyId"),
    "aws:lambda/function:Function": ("function", "name", "arn", "kmsKeyArn"),
    "aws:secretsmanager/secret:Secret": ("secret", "name", "arn", "kmsKeyId"),
    "aws:redshift/cluster:Cluster": (
        "secret",
        "clusterIdentifier",
        "masterPasswordSecretArn",
        "masterPasswordSecretKmsKeyId",
    ),
}

# Type of a policy that is a resource of its own → the kind of what it is for, and the property that names that.
POLICIES = {
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket", "bucket"),
    "aws:sqs/queuePolicy:QueuePolicy": ("queue", "queueUrl"),
    "aws:sns/topicPolicy:TopicPolicy": ("topic", "arn"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secret", "secretArn"),
}


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What can be called: its ARN, its own policy if it has one, and the ARN of the key that encrypts it, if ours."""

    arn: str
    policy: Document | None
    key: str | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A VPC endpoint: its id and its policy."""

    id: str
    policy: Document


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack: things by `kind:name`, roles' policies by name, endpoints by service; names without the stack's prefix.

    `types` are those of its resources, `deployer` is the ARN of who made it, `told` are the outputs that are text.
    """

    prefix: str
    account: str
    region: str
    vpc: str
    deployer: str
    things: Mapping[str, Thing]
    roles: Mapping[str, Sequence[Document]]
    endpoints: Mapping[str, Endpoint]
    told: Mapping[str, str]
    types: frozenset[str]

    @classmethod
    def read(cls, state: Mapping[str, Any]) -> Deployed:
        """Read a state as `pulumi stack export` gives it, of a stack with one VPC."""
        found = state["deployment"]["resources"]
        root = next(each for each in found if each["type"] == "pulumi:pulumi:Stack")
        head, project, *_ = root["urn"].split("::")
        prefix = f"{project}-{head.removeprefix('urn:pulumi:')}-"
        outputs: dict[str, list[Mapping[str, Any]]] = {}
        for each in found:
            outputs.setdefault(each["type"], []).append({"id": each.get("id"), **each.get("outputs", {})})
        key_arn = outputs["aws:kms/key:Key"][0]["arn"].split(":")
        region, account = key_arn[3], key_arn[4]
        roles = {each["name"].removeprefix(prefix): [*_policies(each["name"], outputs)] for each in outputs[ROLE]}
        return cls(
            prefix=prefix,
            account=account,
            region=region,
            vpc=outputs["aws:ec2/vpc:Vpc"][0]["id"],
            deployer=outputs["aws:lakeformation/dataLakeSettings:DataLakeSettings"][0]["admins"][0],
            things=dict(_things(outputs, prefix, f"-{account}-{region}")),
            roles=roles,
            endpoints={
                each["serviceName"].removeprefix(f"com.amazonaws.{region}."): Endpoint(
                    id=each["id"], policy=json.loads(each["policy"])
                )
                for each in outputs["aws:ec2/vpcEndpoint:VpcEndpoint"]
            },
            told={name: held for name, held in root["outputs"].items() if isinstance(held, str)},
            types=frozenset(outputs),
        )


def _things(
    outputs: Mapping[str, Sequence[Mapping[str, Any]]], prefix: str, suffix: str
) -> Iterator[tuple[str, Thing]]:
    aliases = {each["targetKeyId"]: each["name"].removeprefix("alias/") for each in outputs["aws:kms/alias:Alias"]}
    policies = {
        (kind, each[named].rpartition("/")[2]): json.loads(each["policy"])
        for policy_of, (kind, named) in POLICIES.items()
        for each in outputs.get(policy_of, ())
    }
    keys = {each["bucket"]: _bucket_key(each) for each in outputs[BUCKET_ENCRYPTION]}
    for kind_of, (kind, name, arn, key) in KINDS.items():
        for each in outputs.get(kind_of, ()):
            called = aliases.get(each[name], each[name])
            # Secrets have a random part behind their name, since a deleted one keeps its name for weeks.
            short = re.sub(r"-[0-9a-f]{7}$", "", called.removeprefix(prefix).removesuffix(suffix))
            held = policies.get((kind, each[name])) or policies.get((kind, each[arn]))
            own = json.loads(each["policy"]) if kind == "key" else held
            encrypted_by = each.get(key) if key else keys.get(each[name])
            tags = each.get("tagsAll", {})
            yield f"{kind}:{short}", Thing(arn=each[arn], policy=own, key=encrypted_by or None, tags=tags)


def _bucket_key(encryption: Mapping[str, Any]) -> str | None:
    key: str | None = encryption["rules"][0]["applyServerSideEncryptionByDefault"].get("kmsMasterKeyId")
    return key


def _policies(role: str, outputs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Document]:
    for each in outputs["aws:iam/rolePolicy:RolePolicy"]:
        if each["role"] == role:
            yield json.loads(each["policy"])
    for each in outputs.get("aws:iam/rolePolicyAttachment:RolePolicyAttachment", ()):
        if each["role"] == role:
            yield managed_policies()[each["policyArn"].rpartition("/")[2]]


@cache
def managed_policies() -> Mapping[str, Document]:
    """The policies that AWS manages, by name, as moto carries them."""
    return {name: held["Document"] for name, held in json.loads(aws_managed_policies_data).items()}
