"""An existing network: what the program has against it is told before, along with what is not there."""

from __future__ import annotations

from typing import Any

from components.security_groups import FOR_EMR
from preflight import network
from preflight.asking import Account, run
from tests.preflight.conftest import ACCOUNT, REGION, Ask

TAGS = [{"Key": key, "Value": value} for key, value in FOR_EMR.items()]
NOWHERE = {
    "vpc_id": "vpc-0123456789abcdef0",
    "private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "isolated_subnet_ids": ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
    "public_subnet_ids": ["subnet-0123456789abcdef4", "subnet-0123456789abcdef5"],
    "route_table_ids": ["rtb-0123456789abcdef0"],
    "endpoint_ids": {"s3": "vpce-0123456789abcdef0", "dynamodb": "vpce-0123456789abcdef1"},
}


def made(ask: Ask, block: str = "10.9", *, fit: bool = True) -> dict[str, Any]:
    """A network in two zones that is fit for the platform, or one whose only table leads to the internet."""
    ec2 = ask().client("ec2")
    vpc = ec2.create_vpc(CidrBlock=f"{block}.0.0/16")["Vpc"]["VpcId"]
    ids = []
    for number in range(6):
        zone = f"{REGION}{'bc'[number % 2]}"
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"{block}.{number}.0/24", AvailabilityZone=zone)["Subnet"]
        ids.append(subnet["SubnetId"])
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for subnet in ids[:4]:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    if fit:
        ec2.create_tags(Resources=ids[:2], Tags=TAGS)
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    else:
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    endpoints = {
        service: ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcEndpointType="Gateway",
            RouteTableIds=[table] if fit else [],
        )["VpcEndpoint"]["VpcEndpointId"]
        for service in ("s3", "dynamodb")
    }
    return {
        "vpc_id": vpc,
        "private_subnet_ids": ids[:2],
        "isolated_subnet_ids": ids[2:4],
        "public_subnet_ids": ids[4:],
        "route_table_ids": [table],
        "endpoint_ids": endpoints,
    }


def into(ask: Ask, given: dict[str, Any]) -> Account:
    """The account, with settings that go into this network."""
    return ask(network={"cidr": None, "nat": None, "existing": given})


def test_a_fit_network_lacks_nothing_and_its_zones_are_those_of_its_private_subnets(ask: Ask) -> None:
    account = into(ask, made(ask))
    assert run(network.existing, account) == ([], "")
    assert network.zones(account) == (f"{REGION}b", f"{REGION}c")


def test_a_network_that_is_not_there_is_told(ask: Ask) -> None:
    found, _ = run(network.existing, into(ask, NOWHERE))
    assert [each.what for each in found] == [
        "medallion:network.existing.vpc_id is vpc-0123456789abcdef0, which does not exist."
    ]


def test_a_vpc_of_another_account_is_told_and_nothing_else_of_it(ask: Ask, monkeypatch: Any) -> None:
    account = into(ask, made(ask, fit=False))
    ec2 = account.client("ec2")
    seen = ec2.describe_vpcs
    monkeypatch.setattr(
        ec2,
        "describe_vpcs",
        lambda **asked: {"Vpcs": [each | {"OwnerId": "210987654321"} for each in seen(**asked)["Vpcs"]]},
    )
    (found,), why = run(network.existing, account)
    assert not why
    assert found.what.startswith(f"it belongs to account 210987654321; it must be this one's, {ACCOUNT},")
    assert found.remedy == "Deploy into a VPC of this account."


def test_what_is_not_there_of_a_network_is_told_at_once(ask: Ask) -> None:
    given = {**NOWHERE, "vpc_id": made(ask)["vpc_id"]}
    found, why = run(network.existing, into(ask, given))
    assert not why
    assert len(found) == 6 + 1 + 2
    told = [each.what for each in found]
    assert "medallion:network.existing names the gateway endpoint vpce-0123456789abcdef1, which does not exist." in told


def test_what_the_program_has_against_a_network_is_told_with_the_remedy(ask: Ask) -> None:
    given = made(ask, fit=False)
    found, why = run(network.existing, into(ask, given))
    assert not why
    told = "\n".join(each.what for each in found)
    assert "enableDnsSupport or enableDnsHostnames is false" in told
    assert told.count("lacks the tag for-use-with-amazon-emr-managed-policies=true") == 2
    assert told.count(f"{given['route_table_ids'][0]} leads subnet-") == 4
    assert told.count(f"is not in {given['route_table_ids'][0]}") == 2
    assert {each.remedy for each in found} == {
        "Have them turned on.",
        "Have it tagged.",
        "Name another subnet.",
        "Have it added to them.",
    }


def test_an_interface_endpoint_that_can_be_seen_must_be_of_its_service_and_have_private_dns(ask: Ask) -> None:
    given = made(ask)
    ec2 = ask().client("ec2")
    made_id = ec2.create_vpc_endpoint(
        VpcId=given["vpc_id"],
        ServiceName=f"com.amazonaws.{REGION}.logs",
        VpcEndpointType="Interface",
        SubnetIds=given["private_subnet_ids"],
        PrivateDnsEnabled=False,
    )["VpcEndpoint"]["VpcEndpointId"]
    central = {"sts": "vpce-0aaaaaaaaaaaaaaaa"}
    found, why = run(
        network.existing, into(ask, {**given, "endpoint_ids": {**given["endpoint_ids"], "kms": made_id, **central}})
    )
    assert not why
    assert [each.what for each in found] == [
        f"{made_id} is for com.amazonaws.{REGION}.logs, not for kms.",
        f"{made_id} (kms) has private DNS off.",
    ]


def test_endpoints_that_are_there_are_not_made_nor_asked_for(ask: Ask) -> None:
    given = made(ask)
    account = into(ask, {**given, "endpoint_ids": {**given["endpoint_ids"], "kms": "vpce-0aaaaaaaaaaaaaaaa"}})
    assert "kms" not in network.interfaces(account)
    assert set(network.interfaces(ask())) - set(network.interfaces(account)) == {"kms"}


def test_an_endpoint_for_private_apis_is_asked_for_only_where_the_api_is_private(ask: Ask) -> None:
    assert "execute-api" not in network.interfaces(ask())
    assert "execute-api" in network.interfaces(ask(api={"private": True}))


def test_an_old_zone_that_the_program_leaves_out_is_left_out(ask: Ask) -> None:
    account = ask()
    north = Account(account.settings, account.names, account.caller, account.session, {"ec2": OldZone()})
    assert network.zones(north) == ("us-east-1b", "us-east-1c")


class OldZone:
    """The zones of us-east-1 as an account may see them, whose first is the old one."""

    def describe_availability_zones(self, **_: Any) -> dict[str, list[dict[str, str]]]:
        ids = {"us-east-1a": "use1-az3", "us-east-1b": "use1-az1", "us-east-1c": "use1-az2"}
        return {"AvailabilityZones": [{"ZoneName": name, "ZoneId": key} for name, key in ids.items()]}
