"""Pieces of a hand-made platform: policy documents, and resources that only make sense together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.policy.court import Made

ACCOUNT = "123456789012"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1111"


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: str = "arn:aws:x", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [resource], **more}


def no_plain_http(service: str, *resources: str) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": f"{service}:*",
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def ours_only() -> dict[str, Any]:
    """What an endpoint's policy lets through: our own people to our own resources."""
    own = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}
    return allow("*", resource="*", Principal="*", Condition=own)


def deliveries(bucket: str) -> list[dict[str, Any]]:
    """Who delivers access logs to a bucket."""
    sender = "logging.s3.amazonaws.com", f"arn:aws:s3:::{bucket}/s3/*"
    balancers = "logdelivery.elasticloadbalancing.amazonaws.com", f"arn:aws:s3:::{bucket}/lb/AWSLogs/{ACCOUNT}/*"
    return [
        allow(
            "s3:PutObject",
            resource=place,
            Principal={"Service": service},
            Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        )
        for service, place in (sender, balancers)
    ]


def outsiders(bucket: str, *endpoints: str) -> dict[str, Any]:
    """The Deny of whoever comes from outside, but for who deploys, and Lake Formation's role."""
    excepted = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("deployer", "lake-access")]
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {
            "StringNotEqualsIfExists": {"aws:SourceVpce": list(endpoints)},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
            "ArnNotLikeIfExists": {"aws:PrincipalArn": excepted},
        },
    }


def bucket(name: str, *, log_to: str | None = "access", lock: bool = False, layer: str = "lake") -> dict[str, Made]:
    """A bucket with all that belongs to it, under keys such as `raw`, `raw-policy`, `raw-lock`."""
    plain_arn = f"arn:aws:s3:::{name}"
    sse = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN} if log_to else {"sseAlgorithm": "AES256"}
    made = {
        name: Made(
            "aws:s3/bucket:Bucket",
            name,
            {
                "id": name,
                "bucket": name,
                "arn": plain_arn,
                "objectLockEnabled": lock,
                "tags": {"medallion:layer": layer},
            },
        ),
        f"{name}-encryption": Made(
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            name,
            {"bucket": name, "rules": [{"applyServerSideEncryptionByDefault": sse}]},
        ),
        f"{name}-public": Made(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            name,
            {
                "bucket": name,
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
        ),
        f"{name}-ownership": Made(
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            name,
            {"bucket": name, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        ),
        f"{name}-versioning": Made(
            "aws:s3/bucketVersioning:BucketVersioning",
            name,
            {"bucket": name, "versioningConfiguration": {"status": "Enabled"}},
        ),
        f"{name}-policy": Made(
            "aws:s3/bucketPolicy:BucketPolicy",
            name,
            {
                "bucket": name,
                "policy": document(
                    no_plain_http("s3", plain_arn, f"{plain_arn}/*"),
                    outsiders(name, "vpce-s3"),
                    *([] if log_to else deliveries(name)),
                ),
            },
        ),
    }
    if log_to:
        made[f"{name}-logging"] = Made(
            "aws:s3/bucketLogging:BucketLogging", name, {"bucket": name, "targetBucket": log_to}
        )
    if lock:
        made[f"{name}-lock"] = Made(
            "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
            name,
            {"bucket": name, "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1.0}}},
        )
    return made


def role(name: str, service: str, *statements: Mapping[str, Any]) -> dict[str, Made]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        name: Made(
            "aws:iam/role:Role",
            name,
            {
                "id": name,
                "name": name,
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "assumeRolePolicy": document(trust),
            },
        ),
        f"{name}-may": Made("aws:iam/rolePolicy:RolePolicy", name, {"role": name, "policy": document(*statements)}),
    }


def endpoint(service: str) -> dict[str, Made]:
    return {
        f"endpoint-{service}": Made(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            service,
            {
                "id": f"vpce-{service}",
                "vpcId": "vpc-1",
                "vpcEndpointType": "Interface",
                "serviceName": f"com.amazonaws.eu-west-1.{service}",
                "privateDnsEnabled": True,
                "subnetIds": ["subnet-private"],
                "securityGroupIds": ["sg-endpoints"],
                "policy": document(ours_only()),
            },
        )
    }
