"""A platform of buckets and queues on moto, without anything that moves data in it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from verify import plan
from verify.plan import Plan
from verify.platform import Outputs, Platform

REGION = "eu-west-1"
OUTPUTS: dict[str, Any] = {
    "region": REGION,
    "landing_bucket": "landing",
    "initial_bucket": "initial",
    "streams": {"weather": "medallion-test-weather"},
    "drop_prefixes": {"flights": "drop/flights/"}
    | {name: f"exchange/{name}/" for name in ("airlines", "airports", "planes")},
    "workflow": "medallion-test-workflow",
    "workflow_event": {"Source": "medallion.test", "DetailType": "Scheduled run"},
    "databases": {layer: f"test_{layer}" for layer in ("initial", "intermediate", "integrated", "refined")},
    "contracts": {"routes": {"made_of": ["flights"]}},
    "warehouse": {
        "cluster": "medallion-test-warehouse",
        "database": "medallion",
        "secret_arn": "arn:aws:secretsmanager:x",
    },
    "athena_workgroup": "medallion-test",
    "api_url": "https://api.example.invalid/v1",
    "api_key_id": "abcdefghij",
    "graphql_url": "https://graph.example.invalid/graphql",
    "queues": {},
}


@pytest.fixture(scope="session")
def day() -> Plan:
    """What is sent for one day."""
    return plan.make(1, 7)


@pytest.fixture
def said() -> list[str]:
    """What was said about progress."""
    return []


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> Iterator[Platform]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3, sqs = (boto3.client(service, region_name=REGION) for service in ("s3", "sqs"))
        for bucket in ("landing", "initial"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        boto3.client("kinesis", region_name=REGION).create_stream(StreamName="medallion-test-weather", ShardCount=1)
        queues = {
            name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("landing-files", "landing-files-dead")
        }
        content = OUTPUTS | {"queues": queues}
        yield Platform(Outputs(**content), said.append)
