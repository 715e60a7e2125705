import base64
import json
from typing import Any

import pytest
from pulumi.runtime import rpc

from components.cluster import Cluster, ClusterArgs, joins_lake
from settings import Emr
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy


def cluster(keep: bool = False, size: Emr = parts.EMR, guards_account: bool = True) -> Recording:
    def program() -> None:
        on = parts.platform(keep=keep)
        args = ClusterArgs(
            platform=on,
            size=size,
            key_arn=parts.KEY,
            may=joins_lake(NAMES, on.keys),
            guards_account=guards_account,
        )
        Cluster("cluster", args)

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return cluster()


def test_a_cluster_encrypts_what_it_stores_and_what_it_sends(made: Recording) -> None:
    configuration = json.loads(made.one("emr/securityConfiguration:SecurityConfiguration").inputs["configuration"])
    encryption: dict[str, Any] = configuration["EncryptionConfiguration"]
    at_rest = encryption["AtRestEncryptionConfiguration"]
    assert encryption["EnableAtRestEncryption"] is True
    assert at_rest["S3EncryptionConfiguration"] == {"EncryptionMode": "SSE-KMS", "AwsKmsKey": parts.KEY}
    assert at_rest["LocalDiskEncryptionConfiguration"]["AwsKmsKey"] == parts.KEY
    assert at_rest["LocalDiskEncryptionConfiguration"]["EnableEbsEncryption"] is True
    assert encryption["EnableInTransitEncryption"] is True
    certificates = encryption["InTransitEncryptionConfiguration"]["TLSCertificateConfiguration"]
    assert certificates["S3Object"] == f"s3://{NAMES.bucket('code')}/cluster/certificates.zip"


def test_its_certificates_are_made_once_and_secret(made: Recording) -> None:
    certificates = made.one("BucketObjectv2", "cluster-certificates")
    assert certificates.ignore_changes == ("contentBase64",)
    secret = certificates.inputs["contentBase64"]
    assert secret[rpc._special_sig_key] == rpc._special_secret_sig
    assert base64.b64decode(secret["value"]).startswith(b"PK")


def test_a_cluster_is_in_a_private_subnet_with_groups_of_our_own(made: Recording) -> None:
    attributes = made.one("emr/cluster:Cluster").inputs["ec2Attributes"]
    assert attributes["subnetId"] == "subnet-privateeuwest1a"
    groups = ("emrManagedMasterSecurityGroup", "emrManagedSlaveSecurityGroup", "serviceAccessSecurityGroup")
    assert len({attributes[group] for group in groups}) == 3


def test_a_cluster_has_the_same_spark_catalog_as_the_jobs_and_encrypted_logs(made: Recording) -> None:
    inputs = made.one("emr/cluster:Cluster").inputs
    assert "org.apache.iceberg.aws.glue.GlueCatalog" in inputs["configurationsJson"]
    assert inputs["logEncryptionKmsKeyId"] == parts.KEY
    assert inputs["logUri"] == f"s3://{NAMES.bucket('intermediate')}/_logs/cluster/"


def test_a_cluster_scales_between_its_limits_and_is_not_scaled_back_by_a_deployment(made: Recording) -> None:
    (limits,) = made.one("ManagedScalingPolicy").inputs["computeLimits"]
    assert (limits["minimumCapacityUnits"], limits["maximumCapacityUnits"]) == (1, 4)
    assert made.one("emr/cluster:Cluster").ignore_changes == ("coreInstanceGroup.instanceCount",)


def test_task_nodes_are_bought_at_the_spot_price_and_come_and_go_alone() -> None:
    size = parts.EMR.model_copy(update={"task": "r7g.2xlarge", "task_price_usd": "0.50", "min_units": 2})
    made = cluster(size=size)
    group = made.one("emr/instanceGroup:InstanceGroup")
    assert (group.inputs["instanceType"], group.inputs["bidPrice"]) == ("r7g.2xlarge", "0.50")
    assert group.ignore_changes == ("instanceCount",)
    policy = made.one("ManagedScalingPolicy")
    (limits,) = policy.inputs["computeLimits"]
    assert (limits["maximumCoreCapacityUnits"], limits["maximumOndemandCapacityUnits"]) == (2, 2)
    assert "cluster-task" in policy.depends_on


def test_without_task_nodes_the_core_nodes_scale(made: Recording) -> None:
    assert not made.of("emr/instanceGroup:InstanceGroup")
    (limits,) = made.one("ManagedScalingPolicy").inputs["computeLimits"]
    assert "maximumCoreCapacityUnits" not in limits


def test_the_account_s_clusters_are_kept_from_the_public_unless_that_is_left_to_others() -> None:
    guarded = cluster()
    guard = guarded.one("emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration")
    assert guard.inputs == {"blockPublicSecurityGroupRules": True}, "no port is open to all"
    assert "cluster-public-access" in guarded.one("emr/cluster:Cluster").depends_on
    assert not cluster(guards_account=False).of("BlockPublicAccessConfiguration")


def test_a_cluster_that_idles_ends_only_where_that_is_asked_for() -> None:
    assert "autoTerminationPolicy" not in cluster().one("emr/cluster:Cluster").inputs
    size = parts.EMR.model_copy(update={"idle_minutes": 30})
    assert cluster(size=size).one("emr/cluster:Cluster").inputs["autoTerminationPolicy"] == {"idleTimeout": 1800}


@pytest.mark.parametrize("keep", [True, False])
def test_a_protected_stack_s_cluster_can_not_be_ended_by_mistake(keep: bool) -> None:
    assert cluster(keep=keep).one("emr/cluster:Cluster").inputs["terminationProtection"] is keep


def test_emr_may_pass_on_our_node_role_only(made: Recording) -> None:
    statements = {each["Sid"]: each for each in made.document("RolePolicy", "cluster-service")}
    assert statements["NodeRole"]["Resource"] == [NAMES.role_arn("cluster-nodes")]
    assert statements["DiskKeyGrant"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_nodes_may_write_integrated_tables_and_their_logs_and_nothing_else(made: Recording) -> None:
    statements = made.document("RolePolicy", "cluster-nodes")
    writable = [arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]]
    assert sorted(writable) == [
        f"{NAMES.bucket_arn('integrated')}/*",
        f"{NAMES.bucket_arn('intermediate')}/_logs/cluster/*",
    ]
