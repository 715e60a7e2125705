"""What endpoints let through: our principals on what is ours, and what AWS's own software needs.

A policy of an endpoint grants nothing: it bounds what principals may do by policies of their own.
"""

from collections.abc import Mapping, Sequence

from components.iam import Statement
from components.names import Names

ACTION_PREFIX: Mapping[str, str] = {"monitoring": "cloudwatch", "kinesis-streams": "kinesis"}
"""IAM's name of a service, where it differs from the endpoint's."""


def interface_statements(service: str, names: Names, organization_id: str | None) -> list[Statement]:
    """Our principals may use this service on what is ours, and nobody else anything.

    That all of these services take a policy: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    """
    return [_ours(f"{ACTION_PREFIX.get(service, service)}:*", names, organization_id)]


def dynamodb_statements(names: Names, organization_id: str | None) -> list[Statement]:
    """Our principals may use our tables."""
    return [_ours("dynamodb:*", names, organization_id)]


def s3_statements(names: Names, organization_id: str | None) -> list[Statement]:
    """Our principals may use our buckets, and nodes what EMR 7 needs of AWS's own.

    Nodes fetch packages, unsigned, and leave their own logs:
    https://docs.aws.amazon.com/emr/latest/ManagementGuide/private-subnet-iampolicy.html. The bucket of EMR's
    application history is left out: Spark's event logs would leave the account for a user interface that nobody needs.
    Glue and Lambda get their code and libraries on their own side.
    """
    suffix = "" if names.region == "us-east-1" else f"-{names.region}"
    return [
        _ours("s3:*", names, organization_id),
        _of_aws(
            "SoftwareOfAws",
            ["s3:GetObject"],
            names,
            f"al2023-repos-{names.region}-de612dc2",
            f"repo.{names.region}.emr.amazonaws.com",
        ),
        _of_aws("LogsOfNodes", ["s3:Put*"], names, f"aws157-logs-prod{suffix}"),
    ]


def _of_aws(sid: str, actions: Sequence[str], names: Names, *buckets: str) -> Statement:
    resources = [f"arn:{names.partition}:s3:::{bucket}/*" for bucket in buckets]
    return {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": resources}


def _ours(action: str, names: Names, organization_id: str | None) -> Statement:
    """https://github.com/aws-samples/data-perimeter-policy-examples/tree/main/vpc_endpoint_policies"""
    if organization_id is None:
        condition = {"aws:PrincipalAccount": names.account, "aws:ResourceAccount": names.account}
    else:
        condition = {"aws:PrincipalOrgID": organization_id, "aws:ResourceOrgID": organization_id}
    return {
        "Sid": "OursOnly",
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
        "Condition": {"StringEquals": condition},
    }
