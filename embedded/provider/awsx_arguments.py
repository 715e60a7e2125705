"""The arguments of `awsx:ec2:Vpc`, or a refusal that names every fault."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pydantic import ValidationError

from embedded.provider.awsx_subnets import Fault, VpcArguments

VPC = "awsx:ec2:Vpc"


class RefusedError(pulumi.RunError):
    """A component that can't be built as asked, with every reason in its message."""


def read_arguments(name: str, inputs: Mapping[str, Any]) -> VpcArguments:
    """Check the component's inputs; raises RefusedError naming every fault."""
    try:
        return VpcArguments.model_validate(inputs)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise refusal(name, [Fault(_path(fault["loc"]), _reason(fault)) for fault in details]) from None


def refusal(name: str, faults: Sequence[Fault]) -> RefusedError:
    """The error that lists faults."""
    listed = "".join(f"\n - {fault.path or 'arguments'}: {fault.reason}" for fault in faults)
    return RefusedError(f"{VPC} {name} is refused:{listed}")


def _path(location: Sequence[int | str]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in location).removeprefix(".")


def _reason(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "the embedded awsx does not take this argument"
    if isinstance(fault["input"], pulumi.Output | pulumi.output.Unknown):
        return "must be a plain value, since the subnets are laid out before anything is deployed; it is an output"
    return str(fault["msg"]).removeprefix("Value error, ")
