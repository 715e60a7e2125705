"""Policy documents as plain values, and the roles that carry them.

A statement may hold outputs (the ARN of a key is known only once it exists); `document` makes them JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pulumi
import pulumi_aws as aws

from components.documents import json_document
from components.names import LakeLayer, Names

Statement: TypeAlias = dict[str, Any]

CATALOG_READS = ("GetDatabase", "GetDatabases", "GetTable", "GetTables", "GetPartition", "GetPartitions")
# Glue keeps versions of a table on each Iceberg commit and may be asked to skip them.
CATALOG_WRITES = ("UpdateTable", "CreatePartition", "BatchCreatePartition", "UpdatePartition")


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role. Its name and ARN are known once it may do what it is for.

    Lambda, EMR and CloudTrail try a role when they are given it, and refuse one whose policy comes a moment later;
    and what is deleted may need its role to the end.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


def role(
    name: str, physical_name: str, trust: Sequence[Statement], may: Sequence[Statement], opts: pulumi.ResourceOptions
) -> Role:
    """A role that `trust` may assume and that `may` do these things, and nothing else."""
    made = aws.iam.Role(name, name=physical_name, assume_role_policy=document(trust), opts=opts)
    if not may:
        return Role(name=made.name, arn=made.arn)
    policy = aws.iam.RolePolicy(name, name="what-it-may-do", role=made.name, policy=document(may), opts=opts)
    return Role(name=_after(policy, made.name), arn=_after(policy, made.arn))


def _after(policy: aws.iam.RolePolicy, value: pulumi.Output[str]) -> pulumi.Output[str]:
    return pulumi.Output.all(value, policy.id).apply(lambda both: str(both[0]))


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The policy document of these statements."""
    return json_document({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]], condition: Mapping[str, Any] | None = None
) -> Statement:
    """A statement that allows `actions` on `resources`."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": dict(condition)} if condition else {})


def trusted(service: str, account: str) -> Statement:
    """A trust statement for an AWS service acting for this account only, so that nobody else can make it our deputy."""
    return trusted_without_source(service) | {"Condition": {"StringEquals": {"aws:SourceAccount": account}}}


def trusted_without_source(service: str) -> Statement:
    """A trust statement for a service that doesn't say for whom it acts, when it takes up a role."""
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def reads_objects(sid: str, bucket_arn: pulumi.Input[str], *prefixes: str) -> list[Statement]:
    """May list the bucket and read its objects, under these prefixes if there are any."""
    return [
        lists_objects(f"{sid}List", bucket_arn, *prefixes),
        allow(f"{sid}Find", ["s3:GetBucketLocation"], [bucket_arn]),
        allow(f"{sid}Read", ["s3:GetObject", "s3:GetObjectVersion"], objects(bucket_arn, *prefixes)),
    ]


def lists_objects(sid: str, bucket_arn: pulumi.Input[str], *prefixes: str) -> Statement:
    """May list the bucket, under these prefixes if there are any.

    IfExists: HeadObject names no prefix, and S3 answers 404 for what is missing only to those who may list; to others
    it says 403, at which S3A gives up. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    limit = {"StringLikeIfExists": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}} if prefixes else None
    return allow(sid, ["s3:ListBucket"], [bucket_arn], limit)


def writes_objects(sid: str, bucket_arn: pulumi.Input[str], *prefixes: str, delete: bool = False) -> list[Statement]:
    """May put objects, under these prefixes if there are any, and remove them where `delete`."""
    actions = [
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        *(["s3:DeleteObject"] if delete else []),
    ]
    return [allow(f"{sid}Write", actions, objects(bucket_arn, *prefixes))]


def objects(bucket_arn: pulumi.Input[str], *prefixes: str) -> list[pulumi.Output[str]]:
    """ARNs of the objects of a bucket, under these prefixes if there are any."""
    return [pulumi.Output.concat(bucket_arn, "/", prefix, "*") for prefix in prefixes or ("",)]


def uses_keys(
    names: Names, sid: str, *key_arns: pulumi.Input[str], write: bool = False, by: Sequence[str] = ("s3",)
) -> list[Statement]:
    """May read what these keys encrypt, and encrypt with them where `write`; only when `by` one of these services.

    With no service, for who calls KMS itself.
    """
    actions = ["kms:Decrypt", "kms:DescribeKey"]
    if write:
        actions += ["kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    services = [f"{service}.{names.region}.amazonaws.com" for service in by]
    return [allow(sid, actions, key_arns, {"StringEquals": {"kms:ViaService": services}} if by else None)]


def uses_catalog(names: Names, reads: Sequence[LakeLayer] = (), writes: Sequence[LakeLayer] = ()) -> list[Statement]:
    """May read the tables of some layers and change those of others. Lake Formation has to grant it as well."""
    statements = [
        allow(
            "CatalogRead",
            [f"glue:{action}" for action in CATALOG_READS],
            catalog_arns(names, *reads, *writes),
        ),
        # Lake Formation has no resource-level permissions.
        allow("LakeCredentials", ["lakeformation:GetDataAccess"], ["*"]),
    ]
    if writes:
        statements.append(
            allow("CatalogWrite", [f"glue:{action}" for action in CATALOG_WRITES], catalog_arns(names, *writes))
        )
    return statements


def finds_default_database(names: Names) -> Statement:
    """May look for the catalog's default database, as Athena does in every query for whoever asks:
    https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html."""
    return allow("DefaultDatabase", ["glue:GetDatabase"], [*catalog_arns(names), names.arn("glue", "database/default")])


def catalog_arns(names: Names, *layers: LakeLayer) -> list[str]:
    """ARNs of the catalog, and of the databases and tables of these layers."""
    databases = [names.database(layer) for layer in layers]
    return [
        names.arn("glue", "catalog"),
        *(names.arn("glue", f"database/{database}") for database in databases),
        *(names.arn("glue", f"table/{database}/*") for database in databases),
    ]


def writes_logs(names: Names, group: str) -> list[Statement]:
    """May write to a log group, which exists: encrypted and with an end, as a service would not make it."""
    arn = names.arn("logs", f"log-group:{group}")
    return [allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{arn}:*"])]


def attaches_to_network(names: Names) -> list[Statement]:
    """May have network interfaces of this account's, as every function in a VPC must; lists are under no resource.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    finds = ["DescribeNetworkInterfaces", "DescribeSubnets"]
    keeps = ["CreateNetworkInterface", "DeleteNetworkInterface", "AssignPrivateIpAddresses"]
    keeps += ["UnassignPrivateIpAddresses"]
    return [
        allow("FindNetwork", [f"ec2:{action}" for action in finds], ["*"]),
        allow("NetworkInterfaces", [f"ec2:{action}" for action in keeps], [names.arn("ec2", "*/*")]),
    ]
