import base64
import json
from typing import Any

import pytest
from pulumi.runtime import rpc

from components.cluster import Cluster, ClusterArgs, joins_lake
from settings import Emr
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy


def cluster(keep: bool = False, size: Emr = parts.EMR) -> Recording:
    def program() -> None:
        args = ClusterArgs(
            platform=parts.platform(keep=keep), size=size, key_arn=parts.KEY, may=joins_lake(NAMES, [parts.KEY])
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


def test_nodes_may_not_write_raw_objects(made: Recording) -> None:
    statements = made.document("RolePolicy", "cluster-nodes")
    writable = [arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]]
    assert not [arn for arn in writable if "-initial-" in arn or "-landing-" in arn]
