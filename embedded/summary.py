"""How much of a deployment is real: what lives in the embedded AWS and what is only recorded in the state."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import boto3

from embedded.engine.workspace import EMBEDDED_CREDENTIALS
from embedded.provider.table import TABLE

LAYER_PREFIX = "medallion:layers:"


def shares(resources: Iterable[dict[str, Any]]) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Per layer how many AWS resources are `realised` and `recorded`, and the recorded ones per type."""
    found = list(resources)
    by_urn = {resource["urn"]: resource for resource in found}
    layers: dict[str, Counter[str]] = defaultdict(Counter)
    recorded: Counter[str] = Counter()
    for resource in found:
        entry = TABLE.get(resource["type"])
        if entry is None:
            continue
        layers[layer_of(resource, by_urn)]["realised" if entry.realised else "recorded"] += 1
        if not entry.realised:
            recorded[resource["type"]] += 1
    return dict(layers), recorded


def layer_of(resource: dict[str, Any], by_urn: dict[str, dict[str, Any]]) -> str:
    """The layer whose component a resource belongs to."""
    step: dict[str, Any] | None = resource
    while step is not None:
        kind: str = step["type"]
        if kind.startswith(LAYER_PREFIX):
            return kind.removeprefix(LAYER_PREFIX)
        step = by_urn.get(step.get("parent", ""))
    return "no layer"


def share_lines(resources: Iterable[dict[str, Any]]) -> str:
    """The headline and, below it, a line for each layer and each type that is only recorded, with the reason."""
    layers, recorded = shares(resources)
    total: Counter[str] = sum(layers.values(), Counter())
    count = total.total() or 1
    lines = [
        f"{total['realised']} of {total.total()} resources ({total['realised'] / count:.0%}) live in the embedded AWS, "
        f"{total['recorded']} are only recorded.",
        f"  {'layer':<14}{'realised':>9}{'recorded':>9}",
    ]
    lines += [f"  {layer:<14}{each['realised']:>9}{each['recorded']:>9}" for layer, each in layers.items()]
    lines += [f"  only recorded: {number} x {kind}: {TABLE[kind].reason}" for kind, number in sorted(recorded.items())]
    return "\n".join(lines)


def leftovers(endpoint: str, region: str) -> list[str]:
    """The ARNs of what the embedded AWS still holds that bears tags, as all that the platform makes does."""
    session = boto3.Session(
        EMBEDDED_CREDENTIALS["AWS_ACCESS_KEY_ID"], EMBEDDED_CREDENTIALS["AWS_SECRET_ACCESS_KEY"], region_name=region
    )
    tagging = session.client("resourcegroupstaggingapi", endpoint_url=endpoint)
    pages = tagging.get_paginator("get_resources").paginate()
    found = [each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]]
    ec2, kms, secrets = (session.client(name, endpoint_url=endpoint) for name in ("ec2", "kms", "secretsmanager"))
    # EC2 goes on listing a deleted NAT gateway for about an hour.
    states = {each["NatGatewayId"]: each["State"] for each in ec2.describe_nat_gateways()["NatGateways"]}

    def on_its_way_out(arn: str) -> bool:
        """Keys and secrets wait a week at least before they are deleted, and are listed until then."""
        match arn.split(":")[2]:
            case "kms":
                return bool(kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion")
            case "secretsmanager":
                return "DeletedDate" in secrets.describe_secret(SecretId=arn)
        return states.get(arn.rpartition("/")[2]) == "deleted"

    return [arn for arn in found if not on_its_way_out(arn)]
