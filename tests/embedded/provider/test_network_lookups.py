"""Functions that look up a network that stands already, with the names that the SDK's results have."""

from typing import Any

import pytest

from embedded.provider import sdk
from embedded.provider.values import Props
from tests.embedded.provider.harness import AbortedError, Engine
from tests.embedded.provider.test_table import World


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def ask(world: World, name: str, /, **arguments: Any) -> Props:
    """The answer to `getNAME`, whose names and kinds are those of the SDK's result class."""
    answer = world.engine.invoke(f"aws:ec2/get{name}:get{name}", **arguments)
    known = sdk.Object("pulumi_aws.ec2", f"Get{name}Result").fields
    assert answer.keys() <= known.keys(), "every field is one of the SDK's"
    assert {n for n, f in known.items() if f.required} <= answer.keys() | {"dnsOptions"}
    return answer


def test_a_vpc_is_found_by_its_id_and_by_a_tag(world: World) -> None:
    made = world.engine.make(
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "existing"}},
    )
    found = ask(world, "Vpc", id=made.id)
    assert found["cidrBlock"] == "10.9.0.0/16"
    assert found["enableDnsSupport"] is True
    assert found["enableDnsHostnames"] is True
    assert found["default"] is False
    assert found["arn"] == made.outputs["arn"]
    assert found["mainRouteTableId"] == made.outputs["mainRouteTableId"]
    assert found["cidrBlockAssociations"][0]["state"] == "associated"
    assert found["tags"] == {"Name": "existing"}
    assert ask(world, "Vpc", tags={"Name": "existing"})["id"] == made.id
    assert ask(world, "Vpc", filters=[{"name": "tag:Name", "values": ["exist*"]}])["id"] == made.id


def test_a_lookup_that_finds_none_or_several_is_told(world: World) -> None:
    world.need("vpc")
    world.need("vpc2")
    with pytest.raises(AbortedError, match="no VPC matches"):
        ask(world, "Vpc", id="vpc-0")
    with pytest.raises(AbortedError, match="2, where one is wanted, VPC matches"):
        ask(world, "Vpc", filters=[{"name": "cidr", "values": ["10.*"]}])


def test_a_filter_that_is_not_handled_is_refused_by_name(world: World) -> None:
    with pytest.raises(AbortedError, match="not looked up by colour: use one of cidr"):
        ask(world, "Vpc", filters=[{"name": "colour", "values": ["red"]}])
    with pytest.raises(AbortedError, match="does not handle ipv6CidrBlock"):
        ask(world, "Subnet", ipv6CidrBlock="::/64")


def test_subnets_are_found_one_by_one_and_together(world: World) -> None:
    first, second, vpc = world.need("subnet"), world.need("subnet2"), world.need("vpc")
    here = [{"name": "vpc-id", "values": [vpc.id]}]
    found = ask(world, "Subnet", id=first.id)
    assert (found["vpcId"], found["cidrBlock"], found["availabilityZone"]) == (vpc.id, "10.0.0.0/24", "eu-central-1a")
    assert found["arn"] == first.outputs["arn"]
    assert found["mapPublicIpOnLaunch"] is False
    assert ask(world, "Subnet", vpcId=vpc.id, availabilityZone="eu-central-1b")["id"] == second.id
    assert ask(world, "Subnets", filters=here)["ids"] == sorted([first.id, second.id])
    zone = [*here, {"name": "availability-zone", "values": ["eu-central-1b", "eu-central-1c"]}]
    assert ask(world, "Subnets", filters=zone)["ids"] == [second.id]
    assert ask(world, "Subnets", filters=[{"name": "vpc-id", "values": ["vpc-0"]}])["ids"] == []


def test_a_route_table_is_found_by_the_subnet_that_it_serves(world: World) -> None:
    subnet, table, gateway = world.need("subnet"), world.need("routes"), world.need("gateway")
    world.engine.make(
        "aws:ec2/routeTableAssociation:RouteTableAssociation", {"subnetId": subnet.id, "routeTableId": table.id}
    )
    world.engine.make(
        "aws:ec2/route:Route",
        {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id},
    )
    found = ask(world, "RouteTable", subnetId=subnet.id)
    assert found["routeTableId"] == found["id"] == table.id
    assert found["associations"][0]["subnetId"] == subnet.id
    assert [(r["cidrBlock"], r["gatewayId"]) for r in found["routes"]] == [("0.0.0.0/0", gateway.id)]
    vpc = world.need("vpc")
    tables = ask(world, "RouteTables", vpcId=vpc.id)["ids"]
    assert set(tables) == {table.id, vpc.outputs["mainRouteTableId"]}
    main = [{"name": "association.main", "values": ["true"]}]
    assert ask(world, "RouteTables", vpcId=vpc.id, filters=main)["ids"] == [vpc.outputs["mainRouteTableId"]]


def test_an_endpoint_is_found_by_its_id_and_by_its_service(world: World) -> None:
    made = world.need("endpoint")
    found = ask(world, "VpcEndpoint", id=made.id)
    assert found["serviceName"] == "com.amazonaws.eu-central-1.s3"
    assert found["vpcEndpointType"] == "Gateway"
    assert found["prefixListId"].startswith("pl-")
    assert found["cidrBlocks"]
    assert "Statement" in found["policy"]
    service = ask(world, "VpcEndpoint", vpcId=world.need("vpc").id, serviceName=found["serviceName"])
    assert service["id"] == made.id


def test_a_security_group_is_found_by_its_name_in_a_vpc(world: World) -> None:
    made = world.need("group")
    found = ask(world, "SecurityGroup", name="group", vpcId=world.need("vpc").id)
    assert (found["id"], found["arn"]) == (made.id, made.outputs["arn"])


@pytest.mark.parametrize("name", ["ManagedPrefixList", "PrefixList"])
def test_the_prefix_list_of_a_gateway_endpoint_is_found_by_name(world: World, name: str) -> None:
    found = ask(world, name, name="com.amazonaws.eu-central-1.s3")
    assert found["id"].startswith("pl-")
    blocks = found.get("cidrBlocks") or [entry["cidr"] for entry in found["entries"]]
    assert all("/" in block for block in blocks)
    assert found["name"] == "com.amazonaws.eu-central-1.s3"
