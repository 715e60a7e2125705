"""The platform goes into a network that another team keeps, under the same rules as into its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from embedded import running
from embedded.engine.workspace import PRIVATE, Workspace
from tests.rehearsal.conftest import client, deploy_and_judge

pytestmark = pytest.mark.rehearsal


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Stack dev on an embedded AWS of its own, not deployed yet."""
    folder = PRIVATE / "test-network"
    running.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    made = Workspace(folder.name, "dev", running.start(folder).endpoint)
    try:
        made.create()
        yield made
    finally:
        running.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def test_the_platform_goes_into_a_network_that_another_team_keeps(workspace: Workspace) -> None:
    network = kept_network(client(workspace, "ec2"), workspace.region)
    content = yaml.safe_load(workspace.stack_file.read_text())
    content["config"]["medallion:network"] = {"availability_zones": 2, "existing": network}
    workspace.stack_file.write_text(yaml.safe_dump(content))
    deploy_and_judge(workspace)


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
