"""Who may reach a bucket: our endpoints, AWS services acting for us, and few named principals outside."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi

from components.iam import Statement


class PerimeterError(Exception):
    """The perimeter would lock out the one who builds it."""


@dataclass(frozen=True, kw_only=True)
class Perimeter:
    """`endpoint_ids` are the S3 gateway endpoints; `admitted` are ARNs of principals that act from outside.

    `access_point_accounts`: whoever comes through an access point of one of these accounts is let past the perimeter,
    to what else the bucket's policy lets them. For a bucket of what is offered to others, and for none of the lake's.
    """

    account: str
    endpoint_ids: Sequence[pulumi.Input[str]]
    admitted: tuple[str, ...]
    access_point_accounts: tuple[str, ...] = ()

    def admitting(self, *principals: str) -> "Perimeter":
        """The same perimeter, open to `principals` too: to be asked for a bucket at a time, with the reason."""
        return replace(self, admitted=(*self.admitted, *principals))


def denials(bucket_arn: pulumi.Input[str], perimeter: Perimeter) -> list[Statement]:
    """What the policy of every bucket denies."""
    scope = {"Effect": "Deny", "Principal": "*", "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")]}
    accounts = list(perimeter.access_point_accounts)
    through = {"s3:DataAccessPointAccount": accounts} if accounts else {}
    return [
        scope
        | {"Sid": "OnlyEncryptedTransport", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        # One statement: its conditions are ANDed. A call by Athena for a user has aws:ViaAWSService and no
        # aws:SourceVpce; delivery by CloudTrail or S3's access logs comes as a service principal.
        scope
        | {
            "Sid": "OnlyThroughOurEndpoints",
            "Action": "s3:*",
            "Condition": {
                "StringNotEqualsIfExists": {"aws:SourceVpce": list(perimeter.endpoint_ids)} | through,
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
                "ArnNotLikeIfExists": {"aws:PrincipalArn": list(perimeter.admitted)},
            },
        },
        # A service principal that acts for another account would be somebody else's deputy.
        scope
        | {
            "Sid": "OnlyServicesActingForUs",
            "Action": "s3:*",
            "Condition": {
                "StringNotEqualsIfExists": {"aws:SourceAccount": perimeter.account},
                "Null": {"aws:SourceAccount": "false"},
                "Bool": {"aws:PrincipalIsAWSService": "true"},
            },
        },
    ]


def deployers(caller_arn: str, listed: Sequence[str]) -> tuple[str, ...]:
    """ARNs of the principals that deploy: those listed, or else the caller.

    Raises PerimeterError where the caller isn't among those listed, or its ARN can't be told from the session's.
    """
    caller = re.fullmatch(r"(arn:[^:]+):sts::(\d+):(assumed-role|user)/([^/]+)(/.*)?", caller_arn)
    if caller is None:
        found = caller_arn
    else:
        kind = "role" if caller[3] == "assumed-role" else caller[3]
        found = f"{caller[1]}:iam::{caller[2]}:{kind}/{caller[4]}"
    if not listed:
        if found.rpartition("/")[2].startswith("AWSReservedSSO_"):
            raise PerimeterError(
                f"The caller is {caller_arn}; its role must be listed, since a session doesn't show the path of a role "
                "of IAM Identity Center; put the role's ARN into medallion:perimeter.deployers."
            )
        return (found,)
    # A session names its role without the path.
    if not any(_without_path(each) == _without_path(found) for each in listed):
        raise PerimeterError(
            f"medallion:perimeter.deployers lacks the caller, {found}; it must be listed, since else the bucket "
            "policies would lock it out of what it deploys; add it, or deploy as one of those listed."
        )
    return tuple(listed)


def _without_path(arn: str) -> str:
    head, _, resource = arn.rpartition(":")
    kind, _, path = resource.partition("/")
    return f"{head}:{kind}/{path.rpartition('/')[2]}"
