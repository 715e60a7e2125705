"""What settings switch over or off deploys as well as what the stacks' own files choose, under the same rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import yaml

from embedded import running
from embedded.engine.workspace import EMBEDDED_CREDENTIALS, PRIVATE, WITH_PACK, Workspace
from embedded.judgement import judge

pytestmark = pytest.mark.rehearsal

PRIVATE_API = {"api": {"private": True}}
SWITCHED_OFF = {
    "athena": {"connector": False},
    "exchange": {"publish": False},
    "load_balancer": {"enabled": False},
    "portal": {"enabled": False},
    "quicksight": {"enabled": False},
}


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Stack dev on an embedded AWS of its own, not deployed yet."""
    folder = PRIVATE / "test-variant"
    running.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    made = Workspace(folder.name, "dev", running.start(folder).endpoint)
    try:
        made.create()
        yield made
    finally:
        running.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def deploys(workspace: Workspace, changes: dict[str, dict[str, Any]], *, anew: bool = False) -> None:
    """Deploy with some settings changed (whole sections `anew`), and see that nothing is left to change."""
    content = yaml.safe_load(workspace.stack_file.read_text())
    for section, values in changes.items():
        name = f"medallion:{section}"
        content["config"][name] = values if anew else {**content["config"].get(name, {}), **values}
    workspace.stack_file.write_text(yaml.safe_dump(content))
    verdict = judge(workspace.deploy("up", "--yes", "--skip-preview", *WITH_PACK))
    assert verdict.holds, verdict.text
    assert not verdict.undecided
    again = workspace.deploy("preview", "--expect-no-changes")
    assert again.ok, again.log.read_text()[-2000:]


@pytest.mark.parametrize("changes", [PRIVATE_API, SWITCHED_OFF], ids=["private API", "all that can be off"])
def test_what_is_switched_over_or_off_leaves_a_platform_that_holds_every_rule(
    workspace: Workspace, changes: dict[str, dict[str, Any]]
) -> None:
    deploys(workspace, changes)


def test_the_platform_goes_into_a_network_that_another_team_keeps(workspace: Workspace) -> None:
    session = boto3.Session(
        EMBEDDED_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        EMBEDDED_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=workspace.region,
    )
    ec2 = session.client("ec2", endpoint_url=workspace.endpoint)
    deploys(
        workspace, {"network": {"availability_zones": 2, "existing": kept_network(ec2, workspace.region)}}, anew=True
    )


def kept_network(ec2: Any, region: str) -> dict[str, Any]:
    """A VPC as a network team would hand it over: subnets of each kind in two zones, routes, gateway endpoints."""
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnets: dict[str, list[str]] = {"private": [], "isolated": [], "public": []}
    tables = {kind: ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for kind in subnets}
    places = [(kind, zone) for kind in subnets for zone in "ab"]
    for number, (kind, zone) in enumerate(places):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.77.{number}.0/24", AvailabilityZone=f"{region}{zone}")
        subnets[kind].append(made["Subnet"]["SubnetId"])
        ec2.associate_route_table(RouteTableId=tables[kind], SubnetId=subnets[kind][-1])
    for_emr = [{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}]
    ec2.create_tags(Resources=subnets["private"], Tags=for_emr)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=tables["public"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    closed = [tables["private"], tables["isolated"]]
    endpoints = {
        service: ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{region}.{service}",
            VpcEndpointType="Gateway",
            RouteTableIds=closed,
        )["VpcEndpoint"]["VpcEndpointId"]
        for service in ("s3", "dynamodb")
    }
    return {
        "vpc_id": vpc,
        **{f"{kind}_subnet_ids": ids for kind, ids in subnets.items()},
        "route_table_ids": closed,
        "endpoint_ids": endpoints,
    }
