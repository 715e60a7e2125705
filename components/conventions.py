"""What holds for every resource of a layer, said once: its tags, and the boundary of its roles."""

import inspect
from collections.abc import Mapping
from functools import cache

import pulumi
import pulumi_aws as aws

from components.names import Names
from settings import Tags


def conventions(layer: str, names: Names, tags: Tags, permissions_boundary: str | None) -> pulumi.ResourceOptions:
    """Options of a layer's component, which all its children inherit.

    Whatever can be tagged gets the tags of its stack and layer, beside its own (such as `dataset`), which win.
    Every role is bounded by `permissions_boundary`, if there is one.
    """
    shared = stack_tags(names, tags) | {"layer": layer}

    def apply(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        added: dict[str, object] = {}
        if takes_tags(type(args.resource)):  # type: ignore[arg-type]
            added["tags"] = merged(shared, args.props.get("tags"))
        if permissions_boundary and isinstance(args.resource, aws.iam.Role):
            added["permissions_boundary"] = permissions_boundary
        return pulumi.ResourceTransformationResult({**args.props, **added}, args.opts) if added else None

    return pulumi.ResourceOptions(transformations=[apply])


def stack_tags(names: Names, tags: Tags) -> dict[str, str]:
    """The tags of everything in a stack."""
    return {
        "project": names.project,
        "environment": names.stack,
        "owner": tags.owner,
        "cost-centre": tags.cost_centre,
    }


def merged(
    shared: Mapping[str, str], own: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None
) -> pulumi.Input[Mapping[str, pulumi.Input[str]]]:
    """The shared tags, with a resource's own over them."""
    if isinstance(own, pulumi.Output):
        return own.apply(lambda known: {**shared, **(known or {})})
    return {**shared, **(own or {})}  # type: ignore[dict-item]


@cache
def takes_tags(resource: type[pulumi.Resource]) -> bool:
    """Whether a resource of the SDK's has tags to be set."""
    made = getattr(resource, "_internal_init", None)
    return made is not None and "tags" in inspect.signature(made).parameters
