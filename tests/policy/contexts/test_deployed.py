"""What is read of a state, on one with a thing of each kind that matters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.policy.contexts.deployed import Deployed, managed_policies

ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222"
SHELF = f"shop-dev-shelf-{ACCOUNT}-eu-west-1"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def policy(sid: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": sid}]})


def resource(kind: str, id: str = "", **outputs: Any) -> dict[str, Any]:  # noqa: A002 - the state calls it so
    return {"type": kind, "urn": f"urn:pulumi:dev::shop::{kind}::name", "id": id, "outputs": outputs}


RESOURCES = [
    resource("pulumi:providers:aws", region="eu-west-1"),
    resource("pulumi:pulumi:Stack", cluster_id="j-1", queues={"files": "https://sqs"}),
    resource("aws:kms/key:Key", arn=KEY, keyId="11111111-2222", policy=policy("Key"), tagsAll={"layer": "keys"}),
    resource("aws:kms/alias:Alias", name="alias/shop-dev-lake", targetKeyId="11111111-2222"),
    resource("aws:s3/bucket:Bucket", bucket=SHELF, arn=f"arn:aws:s3:::{SHELF}"),
    resource("aws:s3/bucketPolicy:BucketPolicy", bucket=SHELF, policy=policy("Bucket")),
    resource(SSE, bucket=SHELF, rules=[{"applyServerSideEncryptionByDefault": {"kmsMasterKeyId": KEY}}]),
    resource("aws:sqs/queue:Queue", name="shop-dev-files", arn="arn:aws:sqs:::shop-dev-files", kmsMasterKeyId=KEY),
    resource("aws:sqs/queuePolicy:QueuePolicy", queueUrl="http://sqs/1/shop-dev-files", policy=policy("Queue")),
    resource("aws:lambda/function:Function", name="shop-dev-files", arn="arn:aws:lambda:::function:shop-dev-files"),
    resource("aws:secretsmanager/secret:Secret", name="shop-dev-door-0a1b2c3", arn="arn:aws:secretsmanager:::secret:d"),
    resource("aws:iam/role:Role", name="shop-dev-reader"),
    resource("aws:iam/rolePolicy:RolePolicy", role="shop-dev-reader", policy=policy("Inline")),
    resource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        role="shop-dev-reader",
        policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
    resource(
        "aws:lakeformation/dataLakeSettings:DataLakeSettings", admins=[f"arn:aws:iam::{ACCOUNT}:role/builder", "other"]
    ),
    resource("aws:ec2/vpc:Vpc", id="vpc-1"),
    resource(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        id="vpce-1",
        serviceName="com.amazonaws.eu-west-1.redshift-data",
        policy=policy("Endpoint"),
    ),
]


@pytest.fixture(scope="module")
def stack() -> Deployed:
    return Deployed.read({"deployment": {"resources": RESOURCES}})


def sids(document: Any) -> list[str]:
    return [statement["Sid"] for statement in document["Statement"]]


def test_things_are_called_by_kind_and_name_without_what_the_stack_adds(stack: Deployed) -> None:
    assert set(stack.things) == {"bucket:shelf", "key:lake", "queue:files", "function:files", "secret:door"}


def test_a_thing_has_its_own_policy_and_not_that_of_another_kind_with_its_name(stack: Deployed) -> None:
    assert sids(stack.things["bucket:shelf"].policy) == ["Bucket"]
    assert sids(stack.things["key:lake"].policy) == ["Key"]
    assert sids(stack.things["queue:files"].policy) == ["Queue"]
    assert stack.things["function:files"].policy is None


def test_a_thing_knows_the_key_that_encrypts_it_and_a_key_its_tags(stack: Deployed) -> None:
    assert stack.things["bucket:shelf"].key == stack.things["queue:files"].key == KEY
    assert stack.things["secret:door"].key is None
    assert stack.things["key:lake"].tags == {"layer": "keys"}


def test_a_role_has_its_own_policies_and_those_that_aws_manages(stack: Deployed) -> None:
    inline, managed = stack.roles["reader"]
    assert sids(inline) == ["Inline"]
    assert managed == managed_policies()["ReadOnlyAccess"]


def test_the_stack_is_known_by_account_region_network_deployer_and_outputs(stack: Deployed) -> None:
    assert (stack.account, stack.region, stack.vpc) == (ACCOUNT, "eu-west-1", "vpc-1")
    assert stack.deployer == f"arn:aws:iam::{ACCOUNT}:role/builder"
    assert stack.told == {"cluster_id": "j-1"}
    assert stack.endpoints["redshift-data"].id == "vpce-1"
