"""Physical names, all known at preview, so that policies can be read before anything exists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

LakeLayer: TypeAlias = Literal["initial", "intermediate", "integrated", "refined"]
BUCKET_NAME_LIMIT = 63
LONGEST_LAYER = "intermediate"


class NamesError(Exception):
    """Names made from these would be refused by AWS."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names and ARNs made from project, stack, account and region. Raises NamesError if they would be too long."""

    project: str
    stack: str
    account: str
    region: str
    partition: str = "aws"

    def __post_init__(self) -> None:
        longest = self.bucket(LONGEST_LAYER)
        if len(longest) > BUCKET_NAME_LIMIT:
            spare = len(self.stack) - (len(longest) - BUCKET_NAME_LIMIT)
            raise NamesError(
                f"The stack's name is {self.stack!r}; it must have at most {spare} characters, since S3 takes bucket "
                f"names of {BUCKET_NAME_LIMIT} and {longest} has {len(longest)}; choose a shorter one."
            )

    @classmethod
    def look_up(cls) -> "Names":
        """The names of this project and stack in the account and region that the provider is set to."""
        return cls(
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            account=aws.get_caller_identity().account_id,
            region=aws.get_region().region,
            partition=aws.get_partition().partition,
        )

    def resource(self, what: str) -> str:
        """Name of a function, job, queue, role, workgroup … `what`."""
        return f"{self.project}-{self.stack}-{what}"

    @property
    def metrics(self) -> str:
        """Namespace of the platform's own metrics."""
        return f"{self.project}/{self.stack}"

    @property
    def workgroup(self) -> str:
        """Name of the Athena workgroup."""
        return f"{self.project}-{self.stack}"

    def stream(self, dataset: str) -> str:
        """Name of the stream of a data set."""
        return self.resource(dataset)

    def database(self, layer: LakeLayer) -> str:
        """Name of the Glue database of a layer."""
        return f"{self.database_prefix}_{layer}"

    @property
    def database_prefix(self) -> str:
        """What every Glue database's name begins with."""
        return f"{self.project}_{self.stack}".replace("-", "_")

    def bucket(self, layer: str) -> str:
        """Name of the bucket of a layer; globally unique by account and region."""
        return f"{self.project}-{self.stack}-{layer}-{self.account}-{self.region}"

    def bucket_arn(self, layer: str) -> str:
        """ARN of the bucket of a layer."""
        return f"arn:{self.partition}:s3:::{self.bucket(layer)}"

    def role_arn(self, what: str) -> str:
        """ARN of the role of `what`."""
        return f"arn:{self.partition}:iam::{self.account}:role/{self.resource(what)}"

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def aws_policy_arn(self, path: str) -> str:
        """ARN of a policy that AWS manages."""
        return f"arn:{self.partition}:iam::aws:policy/{path}"


def outputs_of_last_deployment() -> Mapping[str, Any]:
    """The outputs that the stack has now; none before its first deployment.

    By the engine's function behind `pulumi.StackReference`: a reference to the stack itself would always change.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    found = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": stack}).value
    outputs: Mapping[str, Any] = found["outputs"]
    return outputs
