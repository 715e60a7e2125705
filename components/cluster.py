"""The EMR cluster, for joins that are too big for a Glue job."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.certificates import node_certificates
from components.documents import json_document
from components.iam import (
    Role,
    Statement,
    allow,
    reads_objects,
    role,
    trusted,
    trusted_without_source,
    uses_catalog,
    uses_keys,
    writes_objects,
)
from components.job import spark_settings
from components.keys import KeyName
from components.names import Names
from components.platform import Platform
from components.security_groups import FOR_EMR
from components.watches import Watched, watch_cluster
from settings import Emr

CERTIFICATES = "cluster/certificates.zip"
LOGS = "_logs/cluster/"


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """`key_arn` encrypts the nodes' disks and the cluster's logs, in the intermediate bucket.

    `guards_account`: the account's EMR clusters in this region, ours and others, are kept from the public.
    """

    platform: Platform
    size: Emr
    key_arn: pulumi.Input[str]
    may: Sequence[Statement]
    guards_account: bool


class Cluster(pulumi.ComponentResource):
    """A Spark cluster in a private subnet, encrypted at rest and in transit, that scales between its limits."""

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:compute:Cluster", name, {}, opts)
        on = args.platform
        child = pulumi.ResourceOptions(parent=self)
        certificates = aws.s3.BucketObjectv2(
            f"{name}-certificates",
            bucket=on.code.bucket.name,
            key=CERTIFICATES,
            content_base64=pulumi.Output.secret(base64.b64encode(node_certificates(on.names.region)).decode()),
            # Made anew by each run of this program, and uploaded by the first alone.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["contentBase64"]),
        )
        security = aws.emr.SecurityConfiguration(
            name,
            name=on.names.resource("cluster"),
            configuration=json_document(
                security_configuration(args.key_arn, f"s3://{on.names.bucket('code')}/{CERTIFICATES}")
            ),
            opts=child,
        )
        nodes = role(
            f"{name}-nodes",
            on.names.resource("cluster-nodes"),
            [trusted_without_source("ec2.amazonaws.com")],
            [*runs_nodes(args), *args.may],
            child,
        )
        profile = aws.iam.InstanceProfile(name, name=on.names.resource("cluster-nodes"), role=nodes.name, opts=child)
        service, attached = self._service_role(name, args, nodes.arn)
        guard = (
            [
                aws.emr.BlockPublicAccessConfiguration(
                    f"{name}-public-access", block_public_security_group_rules=True, opts=child
                )
            ]
            if args.guards_account
            else []
        )
        bucket = on.names.bucket("intermediate")
        cluster = aws.emr.Cluster(
            name,
            name=on.names.resource("cluster"),
            release_label=args.size.release,
            applications=["Spark"],
            service_role=service.arn,
            security_configuration=security.name,
            log_uri=f"s3://{bucket}/{LOGS}",
            log_encryption_kms_key_id=args.key_arn,
            ec2_attributes={
                "instance_profile": profile.arn,
                "subnet_id": on.network.private_subnet_ids.apply(lambda ids: ids[0]),
                "emr_managed_master_security_group": on.network.groups["cluster-primary"],
                "emr_managed_slave_security_group": on.network.groups["cluster-core"],
                "service_access_security_group": on.network.groups["cluster-service"],
            },
            master_instance_group={"instance_type": args.size.primary, "instance_count": args.size.primary_nodes},
            core_instance_group={"instance_type": args.size.core, "instance_count": args.size.min_units},
            configurations_json=json_document(configurations(f"s3://{bucket}/")),
            auto_termination_policy=(
                {"idle_timeout": args.size.idle_minutes * 60} if args.size.idle_minutes is not None else None
            ),
            keep_job_flow_alive_when_no_steps=True,
            termination_protection=on.keep,
            unhealthy_node_replacement=True,
            step_concurrency_level=1,
            tags=FOR_EMR,
            opts=pulumi.ResourceOptions(
                parent=self,
                # It is made only with what the guard lets through, and its nodes fetch software at once.
                depends_on=[certificates, attached, *guard, *on.ways_out],
                # Managed scaling changes it after creation.
                ignore_changes=["coreInstanceGroup.instanceCount"],
            ),
        )
        scaled = self._task_nodes(name, args.size, cluster.id) if args.size.task else []
        aws.emr.ManagedScalingPolicy(
            name,
            cluster_id=cluster.id,
            compute_limits=[compute_limits(args.size)],
            # From then on EMR decides how many task nodes there are.
            opts=pulumi.ResourceOptions(parent=self, depends_on=scaled),
        )
        watch_cluster(Watched(name=name, called=on.names.resource("cluster"), topics=on.topics, opts=child), cluster.id)
        self.id = cluster.id
        self.arn = cluster.arn
        self.role_arn = nodes.arn
        self.register_outputs({"id": self.id})

    def _task_nodes(self, name: str, size: Emr, cluster_id: pulumi.Output[str]) -> list[pulumi.Resource]:
        group = aws.emr.InstanceGroup(
            f"{name}-task",
            cluster_id=cluster_id,
            name="task",
            instance_type=size.task,
            # EMR sizes the group when there is work.
            instance_count=0,
            bid_price=size.task_price_usd,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["instanceCount"]),
        )
        return [group]

    def _service_role(
        self, name: str, args: ClusterArgs, node_role_arn: pulumi.Output[str]
    ) -> tuple[Role, aws.iam.RolePolicyAttachment]:
        child = pulumi.ResourceOptions(parent=self)
        made = role(
            f"{name}-service",
            args.platform.names.resource("cluster-service"),
            [trusted("elasticmapreduce.amazonaws.com", args.platform.names.account)],
            steers_nodes(args.platform.names, node_role_arn, args.key_arn),
            child,
        )
        attached = aws.iam.RolePolicyAttachment(
            f"{name}-service",
            role=made.name,
            policy_arn=args.platform.names.aws_policy_arn("service-role/AmazonEMRServicePolicy_v2"),
            opts=child,
        )
        return made, attached


def compute_limits(size: Emr) -> aws.emr.ManagedScalingPolicyComputeLimitArgsDict:
    """Between how many core and task nodes the cluster scales.

    With task nodes, only these come and go: HDFS stays on as many core nodes as there were, which alone are on demand.
    """
    limits: aws.emr.ManagedScalingPolicyComputeLimitArgsDict = {
        "unit_type": "Instances",
        "minimum_capacity_units": size.min_units,
        "maximum_capacity_units": size.max_units,
    }
    if size.task:
        limits["maximum_core_capacity_units"] = size.min_units
        limits["maximum_ondemand_capacity_units"] = size.min_units
    return limits


def security_configuration(key_arn: pulumi.Input[str], certificates: str) -> dict[str, Any]:
    """Encryption of all that a cluster stores and sends.

    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html
    """
    return {
        "EncryptionConfiguration": {
            "EnableAtRestEncryption": True,
            "AtRestEncryptionConfiguration": {
                "S3EncryptionConfiguration": {"EncryptionMode": "SSE-KMS", "AwsKmsKey": key_arn},
                "LocalDiskEncryptionConfiguration": {
                    "EncryptionKeyProviderType": "AwsKms",
                    "AwsKmsKey": key_arn,
                    "EnableEbsEncryption": True,
                },
            },
            "EnableInTransitEncryption": True,
            "InTransitEncryptionConfiguration": {
                "TLSCertificateConfiguration": {"CertificateProviderType": "PEM", "S3Object": certificates}
            },
        },
        # Without the second version, any process on a node that can send a request gets the node's credentials.
        "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2},
    }


def configurations(warehouse: str) -> list[dict[str, Any]]:
    """Spark as the Glue jobs have it: the same catalog, the same Python."""
    return [
        {"Classification": "iceberg-defaults", "Properties": {"iceberg.enabled": "true"}},
        {
            "Classification": "spark-defaults",
            "Properties": {**spark_settings(warehouse), "spark.pyspark.python": "python3.11"},
        },
    ]


def runs_nodes(args: ClusterArgs) -> list[Statement]:
    """What the nodes may do whatever runs on them."""
    names = args.platform.names
    intermediate = names.bucket_arn("intermediate")
    describes = [
        "DescribeCluster",
        "DescribeStep",
        "ListBootstrapActions",
        "ListInstanceGroups",
        "ListInstances",
        "ListSteps",
    ]
    return [
        *reads_objects("Code", names.bucket_arn("code")),
        *writes_objects("ClusterLogs", intermediate, LOGS),
        *uses_keys(names, "CodeKey", args.platform.code.key_arn),
        # Nodes get the keys of their disks from KMS themselves.
        *uses_keys(names, "LayerKey", args.key_arn, write=True, by=()),
        allow(
            "OwnCluster",
            [f"elasticmapreduce:{each}" for each in describes],
            [names.arn("elasticmapreduce", "cluster/*")],
        ),
    ]


def joins_lake(names: Names, keys: Mapping[KeyName, pulumi.Input[str]]) -> list[Statement]:
    """May read the conformed tables and merge into the integrated ones, as the Glue job that joins may."""
    integrated = names.bucket_arn("integrated")
    return [
        *reads_objects("Conformed", names.bucket_arn("intermediate")),
        *reads_objects("Tables", integrated),
        *writes_objects("Tables", integrated, delete=True),
        *uses_catalog(names, reads=["intermediate"], writes=["integrated"]),
        *uses_keys(names, "TableKey", keys["integrated"], write=True),
    ]


def steers_nodes(names: Names, node_role_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> list[Statement]:
    """What EMR itself needs besides the policy that AWS manages for it: our node role, and our key for disks."""
    to_ec2 = {"StringLike": {"iam:PassedToService": "ec2.amazonaws.com*"}}
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        allow("NodeRole", ["iam:PassRole"], [node_role_arn], to_ec2),
        *uses_keys(names, "DiskKey", key_arn, write=True, by=()),
        allow("DiskKeyGrant", ["kms:CreateGrant"], [key_arn], for_aws),
    ]
