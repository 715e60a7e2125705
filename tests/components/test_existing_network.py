import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from components.endpoints import CALLS, GATEWAYS, Endpoints, EndpointsArgs, EndpointsError, interface_services
from components.existing_network import ExistingNetworkError, Found, Gateway, RouteTable, Subnet, faults
from components.network import Network
from components.security_groups import FOR_EMR, GROUPS
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, REGION, Lookups, Recording, deploy
from tests.components.test_program import configured, described, whole

VPC = "vpc-0123456789abcdef0"
ZONES = ("eu-west-1b", "eu-west-1c")
KINDS = ("private", "isolated", "public")
SUBNETS = tuple(
    Subnet(id=f"subnet-{place}000000{n}", kind=kind, zone=zone, vpc_id=VPC, tags=FOR_EMR if kind == "private" else {})
    for place, kind in enumerate(KINDS)
    for n, zone in enumerate(ZONES)
)
IDS = {kind: [each.id for each in SUBNETS if each.kind == kind] for kind in KINDS}
TABLES = (
    RouteTable(
        id="rtb-00000001", subnet_ids=frozenset(IDS["private"]), to_internet_gateway=False, has_default_route=True
    ),
    RouteTable(
        id="rtb-00000002", subnet_ids=frozenset(IDS["isolated"]), to_internet_gateway=False, has_default_route=False
    ),
)
GIVEN = {"dynamodb": "vpce-00000002", "s3": "vpce-00000001"}
FOUND = Found(
    vpc_id=VPC,
    answers_dns=True,
    cidrs=("10.8.0.0/16", "10.9.0.0/16"),
    subnets=SUBNETS,
    tables=TABLES,
    gateways={
        service: Gateway(
            id=key,
            service_name=f"com.amazonaws.{REGION}.{service}",
            type="Gateway",
            vpc_id=VPC,
            table_ids=frozenset(each.id for each in TABLES),
        )
        for service, key in GIVEN.items()
    },
)


NAMED = {
    "vpc_id": VPC,
    **{f"{kind}_subnet_ids": ids for kind, ids in IDS.items()},
    "route_table_ids": [each.id for each in TABLES],
    "endpoint_ids": GIVEN,
}


def configuration(**changes: Any) -> dict[str, Any]:
    """What a stack configures to go into the network that is found."""
    return {"availability_zones": 2, "existing": NAMED | changes}


def size(**changes: Any) -> settings.Network:
    """Settings that name the network that is found."""
    return settings.Network.model_validate_json(json.dumps(configuration(**changes)))


def lookups(found: Found = FOUND, owner: str = ACCOUNT) -> Lookups:
    """What AWS answers of a network."""
    subnets = {each.id: each for each in found.subnets}
    tables = {each.id: each for each in found.tables}
    gateways = {each.id: each for each in found.gateways.values()}

    def vpc(_: Mapping[str, Any]) -> dict[str, Any]:
        blocks = [{"associationId": block, "cidrBlock": block, "state": "associated"} for block in found.cidrs]
        gone = {"associationId": "gone", "cidrBlock": "10.99.0.0/16", "state": "disassociated"}
        dns = {"enableDnsSupport": True, "enableDnsHostnames": found.answers_dns}
        return {"ownerId": owner, "cidrBlockAssociations": [*blocks, gone], **dns}

    def subnet(asked: Mapping[str, Any]) -> dict[str, Any]:
        each = subnets[asked["id"]]
        return {"availabilityZone": each.zone, "vpcId": each.vpc_id, "tags": dict(each.tags)}

    def table(asked: Mapping[str, Any]) -> dict[str, Any]:
        each = tables[asked["routeTableId"]]
        gateway = "igw-1" if each.to_internet_gateway else ""
        block = "0.0.0.0/0" if each.has_default_route else "10.100.0.0/16"
        associated = [{"subnetId": key, "gatewayId": "", "main": False} for key in sorted(each.subnet_ids)]
        main = {"subnetId": "", "gatewayId": "", "main": True}
        return {
            "associations": [*associated, main],
            "routes": [{"cidrBlock": block, "gatewayId": gateway, "ipv6CidrBlock": ""}],
        }

    def endpoint(asked: Mapping[str, Any]) -> dict[str, Any]:
        each = gateways[asked["id"]]
        return {
            "serviceName": each.service_name,
            "vpcEndpointType": each.type,
            "vpcId": each.vpc_id,
            "routeTableIds": sorted(each.table_ids),
        }

    return {
        "aws:ec2/getVpc:getVpc": vpc,
        "aws:ec2/getSubnet:getSubnet": subnet,
        "aws:ec2/getRouteTable:getRouteTable": table,
        "aws:ec2/getVpcEndpoint:getVpcEndpoint": endpoint,
        "aws:ec2/getPrefixList:getPrefixList": lambda asked: {"id": f"pl-{asked['name'].rpartition('.')[2]}"},
    }


def deployed(**changes: Any) -> Recording:
    """Network and endpoints in the network that is found."""

    def program() -> None:
        Endpoints("endpoints", EndpointsArgs(names=NAMES, network=parts.network(size=size(**changes))))

    return deploy(program, lookups())


@pytest.fixture(scope="module")
def made() -> Recording:
    return deployed()


def test_nothing_of_a_network_that_another_team_keeps_is_made_but_groups_and_endpoints(made: Recording) -> None:
    types = {each.type.rpartition(":")[2] for each in made.registrations if each.type.startswith("aws")}
    assert types == {"SecurityGroup", "SecurityGroupIngressRule", "SecurityGroupEgressRule", "VpcEndpoint"}
    assert {each.inputs["vpcEndpointType"] for each in made.of("VpcEndpoint")} == {"Interface"}


def test_groups_and_endpoints_are_made_in_the_existing_vpc(made: Recording) -> None:
    assert {each.inputs["vpcId"] for each in (*made.of("SecurityGroup"), *made.of("VpcEndpoint"))} == {VPC}
    assert {f"network-{group}" for group in GROUPS} <= {each.name for each in made.of("SecurityGroup")}
    for each in made.of("VpcEndpoint"):
        assert each.inputs["subnetIds"] == IDS["private"]


def test_all_else_of_the_platform_stands_as_it_does_in_a_network_of_its_own() -> None:
    own, exported = whole("dev")
    moved, exported_there = described(configured("dev") | {"medallion:network": configuration()}, lookups())
    layers = ("network", "endpoints")
    rest, rest_there = (
        {(each.type, each.name) for each in made.registrations if each.name.partition("-")[0] not in layers}
        for made in (own, moved)
    )
    assert rest_there == rest
    assert set(exported_there) == set(exported)


def test_the_network_puts_out_what_one_of_our_own_does() -> None:
    seen: dict[str, Any] = {}

    def keep(found: Network, name: str) -> None:
        getattr(found, name).apply(lambda value: seen.__setitem__(name, value))

    def program() -> None:
        found = parts.network(size=size())
        for kind in KINDS:
            keep(found, f"{kind}_subnet_ids")
        keep(found, "vpc_id")
        keep(found, "private_route_table_ids")
        seen.update(zones=found.zones, cidrs=found.cidrs)
        parts.runtime(found)

    deploy(program, lookups())
    assert seen == {
        **{f"{kind}_subnet_ids": ids for kind, ids in IDS.items()},
        "vpc_id": VPC,
        "private_route_table_ids": [each.id for each in TABLES],
        "zones": ZONES,
        "cidrs": FOUND.cidrs,
    }


def test_gateways_that_are_there_are_used_by_their_prefix_lists(made: Recording) -> None:
    for service in GATEWAYS:
        rule = made.one("SecurityGroupEgressRule", f"endpoints-jobs-to-{service}").inputs
        assert rule["prefixListId"] == f"pl-{service}"


def test_an_endpoint_that_is_there_is_used_as_it_is_and_reached_in_the_vpc_or_where_it_is_said_to_be() -> None:
    endpoint_ids = GIVEN | {"athena": "vpce-00000003"}
    made = deployed(endpoint_ids=endpoint_ids, endpoint_cidrs=["10.200.0.0/24"])
    assert not [each.name for each in made.of("VpcEndpoint") if each.name == "endpoints-athena"]
    rules = [each.inputs for each in made.of("SecurityGroupEgressRule") if "functions-to-given" in each.name]
    assert {each["cidrIpv4"] for each in rules} == {*FOUND.cidrs, "10.200.0.0/24"}
    assert {(each["fromPort"], each["toPort"]) for each in rules} == {(443, 443)}
    assert not [
        each.name for each in made.of("SecurityGroupEgressRule") if each.name == "endpoints-functions-to-endpoints"
    ]


def test_where_all_endpoints_are_there_none_is_made_nor_a_group_for_them() -> None:
    services = [*GATEWAYS, *interface_services(CALLS)]
    made = deployed(endpoint_ids={service: f"vpce-0000000{n:x}" for n, service in enumerate(services, 1)} | GIVEN)
    assert not made.of("VpcEndpoint")
    assert {each.name for each in made.of("SecurityGroup")} == {f"network-{group}" for group in GROUPS}


def test_ids_of_given_endpoints_are_put_out_and_s3_s_is_what_the_perimeter_names() -> None:
    seen: list[str] = []

    def program() -> None:
        made = Endpoints("endpoints", EndpointsArgs(names=NAMES, network=parts.network(size=size())))
        assert {"s3", "dynamodb", "athena"} <= set(made.ids)
        made.s3_id.apply(seen.append)

    deploy(program, lookups())
    assert seen == [GIVEN["s3"]]


def test_an_endpoint_that_nothing_goes_through_is_refused() -> None:
    with pytest.raises(EndpointsError, match="names kinesis; it must name services among athena"):
        deployed(endpoint_ids=GIVEN | {"kinesis": "vpce-00000009"})


def test_a_vpc_of_another_account_is_refused_before_what_it_does_not_show_is_asked_for() -> None:
    with pytest.raises(ExistingNetworkError, match="belongs to account 210987654321"):
        deploy(lambda: parts.network(size=size()), lookups(owner="210987654321"))


def test_a_network_that_can_t_take_the_platform_is_refused_with_all_its_faults() -> None:
    spoiled = replace(FOUND, answers_dns=False, tables=())
    with pytest.raises(ExistingNetworkError) as caught:
        deploy(lambda: parts.network(size=size(route_table_ids=[])), lookups(spoiled))
    assert len(caught.value.faults) == 1 + len(IDS["private"]) + len(IDS["isolated"])
    assert all(fault in str(caught.value) for fault in caught.value.faults)


def test_a_good_network_has_no_faults() -> None:
    assert not list(faults(FOUND, REGION))
    assert not list(faults(replace(FOUND, subnets=tuple(each for each in SUBNETS if each.kind != "public")), REGION))


@given(st.sampled_from(SUBNETS), st.sampled_from(["vpc_id", "zone", "tags"]))
def test_a_subnet_that_is_elsewhere_or_unfit_is_named(subnet: Subnet, spoil: str) -> None:
    other: Any = {} if spoil == "tags" else "elsewhere"
    changed = replace(subnet, **{spoil: other})
    found = list(faults(replace(FOUND, subnets=tuple(changed if each is subnet else each for each in SUBNETS)), REGION))
    if spoil == "tags" and subnet.kind != "private":
        assert not found
    elif spoil == "zone":
        assert all("they must be in the zones of the private ones" in each for each in found)
        assert len(found) == (2 if subnet.kind == "private" else 1)
    else:
        assert len(found) == 1
        assert subnet.id in found[0]


@given(st.sampled_from(KINDS))
def test_two_subnets_of_a_kind_in_a_zone_are_refused(kind: str) -> None:
    subnets = tuple(replace(each, zone=ZONES[0]) if each.kind == kind else each for each in SUBNETS)
    found = list(faults(replace(FOUND, subnets=subnets), REGION))
    assert [each for each in found if each.startswith(f"more than one {kind} subnet is in {ZONES[0]}")]


@given(st.booleans(), st.booleans(), st.sampled_from([0, 1]))
def test_no_private_subnet_has_a_way_in_and_no_isolated_one_a_way_out(way_in: bool, way_out: bool, place: int) -> None:
    table = replace(TABLES[place], to_internet_gateway=way_in, has_default_route=way_out)
    tables = (table, TABLES[1]) if place == 0 else (TABLES[0], table)
    found = list(faults(replace(FOUND, tables=tables), REGION))
    assert len(found) == (2 if way_in or (way_out and place == 1) else 0)
    assert all(each.startswith(table.id) for each in found)


@given(st.sampled_from(GATEWAYS), st.sampled_from(["service_name", "type", "vpc_id", "table_ids"]))
def test_a_gateway_that_is_another_or_not_in_every_table_is_refused(service: str, spoil: str) -> None:
    other: Any = frozenset({TABLES[0].id}) if spoil == "table_ids" else "another"
    changed = replace(FOUND.gateways[service], **{spoil: other})
    (fault,) = faults(replace(FOUND, gateways={**FOUND.gateways, service: changed}), REGION)
    assert fault.startswith(changed.id)
    assert (TABLES[1].id in fault) is (spoil == "table_ids")
