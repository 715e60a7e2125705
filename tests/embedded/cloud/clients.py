"""What the tests of the cloud do again and again: make clients, buckets, functions, queues, and wait."""

import io
import json
import os
import subprocess
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

T = TypeVar("T")
REGION = "eu-central-1"
ACCOUNT = "123456789012"


@dataclass(frozen=True, eq=False)
class Aws:
    """A running cloud."""

    endpoint: str
    work: Path
    process: "subprocess.Popen[str]"

    @cache  # noqa: B019 - one cloud a session
    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def bucket(self, *, locked: bool = False, versioned: bool = False) -> str:
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        options = {"ObjectLockEnabledForBucket": True} if locked else {}
        self.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}, **options
        )
        if versioned:
            self.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def put(self, bucket: str, key: str, body: bytes | str, **options: Any) -> Any:
        return self.client("s3").put_object(Bucket=bucket, Key=key, Body=body, **options)

    def get(self, bucket: str, key: str) -> bytes:
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def keys(self, bucket: str) -> list[str]:
        return [item["Key"] for item in self.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]

    @cache  # noqa: B019 - one cloud a session
    def role(self) -> str:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = self.client("iam").create_role(RoleName="tests", AssumeRolePolicyDocument=json.dumps(trust))
        arn: str = role["Role"]["Arn"]
        return arn

    def function(self, code: str, *, files: dict[str, str] | None = None, **options: Any) -> str:
        """Deploy `code` as handler.py; the function's name."""
        name = f"function-{uuid.uuid4().hex[:12]}"
        options.setdefault("Timeout", 20)
        self.client("lambda").create_function(
            FunctionName=name,
            Role=self.role(),
            Runtime=options.pop("Runtime", "python3.11"),
            Handler=options.pop("Handler", "handler.handler"),
            Code={"ZipFile": archive({"handler.py": code, **(files or {})})},
            **options,
        )
        return name

    def invoke(self, name: str, event: object = None, **options: Any) -> tuple[Any, dict[str, Any]]:
        """The parsed answer and the whole response of an invocation."""
        response = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **options)
        text = response["Payload"].read()
        return (json.loads(text) if text else None), response

    def queue(self, **attributes: str) -> tuple[str, str]:
        """URL and ARN of a new queue."""
        name = f"queue-{uuid.uuid4().hex[:12]}"
        url = self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def messages(self, url: str) -> list[Any]:
        """The bodies of up to ten messages, parsed and taken off the queue."""
        sqs = self.client("sqs")
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    def database(self) -> str:
        name = f"db_{uuid.uuid4().hex[:12]}"
        self.client("glue").create_database(DatabaseInput={"Name": name})
        return name


def archive(files: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as opened:
        for name, text in files.items():
            opened.writestr(name, text)
    return held.getvalue()


def eventually(look: Callable[[], T], seconds: float = 15) -> T:
    """Look until what is seen is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"it did not happen in {seconds} seconds"
        time.sleep(0.05)
    return seen


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "\nState:\tZ" in status.read_text())


def unique() -> str:
    """A name that nothing else has."""
    return f"it-{uuid.uuid4().hex[:12]}"


def two_subnets(aws: Aws) -> tuple[str, list[str]]:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2)]
    return vpc, made
