"""The network: zones, quotas, endpoints on offer, and what an existing network lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from components.endpoints import CALLS, GATEWAYS, interface_services
from components.existing_network import Found, Gateway, RouteTable, Subnet, faults, faults_of_owner
from components.network import OLD_ZONES, NetworkError, first_zones, switched_off
from preflight.asking import Account, Lack, code
from settings import ExistingNetwork

VPCS, ADDRESSES, INTERFACE_ENDPOINTS = ("vpc", "L-F678F1CE"), ("ec2", "L-0263D0A3"), ("vpc", "L-29B6F2EB")


def zones(account: Account) -> tuple[str, ...]:
    """The zones that the platform would take: those of the private subnets, or else the first of the region."""
    chosen, ec2 = account.settings.network, account.client("ec2")
    if chosen.existing is not None:
        ids = list(chosen.existing.private_subnet_ids)
        zone_of = {
            each["SubnetId"]: str(each["AvailabilityZone"]) for each in ec2.describe_subnets(SubnetIds=ids)["Subnets"]
        }
        return tuple(zone_of[each] for each in ids)
    found = ec2.describe_availability_zones(Filters=[{"Name": "state", "Values": ["available"]}])
    names = [each["ZoneName"] for each in found["AvailabilityZones"] if each["ZoneId"] not in OLD_ZONES]
    return first_zones(names, chosen.availability_zones)


def enough_zones(account: Account) -> Iterator[Lack]:
    """The region must have as many zones as the settings ask for."""
    if account.settings.network.existing is not None:
        return
    try:
        zones(account)
    except NetworkError as error:
        yield Lack(str(error), "Lower the setting, or choose another region.")


def interfaces(account: Account) -> list[str]:
    """The services that would get an interface endpoint: all that is called from a subnet, but by one that is there."""
    chosen = account.settings
    without = switched_off(
        load_balancer=chosen.load_balancer.enabled,
        dashboards=chosen.quicksight.enabled,
        connector=chosen.athena.connector,
    )
    calls = {workload: services for workload, services in CALLS.items() if workload not in without}
    given = chosen.network.existing.endpoint_ids if chosen.network.existing else {}
    return [each for each in (*interface_services(calls), *chosen.api.endpoints) if each not in given]


def quotas(account: Account) -> Iterator[Lack]:
    """VPCs, elastic addresses and interface endpoints that are still free:
    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""
    network, ec2 = account.settings.network, account.client("ec2")
    held = 0
    if network.existing is None:
        wanted = {"none": 0, "single": 1, "per_az": network.availability_zones}[str(network.nat)]
        yield from _free(account, VPCS, "VPCs", len(ec2.describe_vpcs()["Vpcs"]), 1)
        yield from _free(account, ADDRESSES, "elastic addresses", len(ec2.describe_addresses()["Addresses"]), wanted)
    else:
        here = [each for each in _endpoints(ec2) if each["VpcId"] == network.existing.vpc_id]
        held = len([each for each in here if each["VpcEndpointType"] == "Interface"])
    yield from _free(account, INTERFACE_ENDPOINTS, "interface endpoints a VPC", held, len(interfaces(account)))


def _free(account: Account, quota: tuple[str, str], what: str, used: int, wanted: int) -> Iterator[Lack]:
    if not wanted:
        return
    service, number = quota
    found = account.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=number)
    most = int(found["Quota"]["Value"])
    # A second deployment finds its own among the used ones, so that this can only be said of the first.
    if used + wanted > most:
        yield Lack(
            f"{what}: {used} of {most} are used, and the stack needs {wanted} more.",
            f"Ask for a higher quota ({service} {number}), or release some.",
        )


def endpoint_services(account: Account) -> Iterator[Lack]:
    """Each service that workloads call must offer an endpoint in each zone:
    https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"""
    prefix = f"com.amazonaws.{account.names.region}."
    made = GATEWAYS if account.settings.network.existing is None else ()
    wanted = [f"{prefix}{service}" for service in (*made, *interfaces(account))]
    answer = account.client("ec2").describe_vpc_endpoint_services()
    offered = {each["ServiceName"]: set(each.get("AvailabilityZones", [])) for each in answer["ServiceDetails"]}
    for name in wanted:
        if name not in offered:
            yield Lack(f"The region offers no endpoint for {name}.", "Choose a region that does.")
            continue
        missing = set(zones(account)) - offered[name] if offered[name] else set()
        if missing and name.removeprefix(prefix) not in GATEWAYS:
            yield Lack(
                f"{name} has no endpoint in {', '.join(sorted(missing))}.",
                "Choose another region, or fewer zones.",
            )


def existing(account: Account) -> Iterator[Lack]:
    """What the program, too, has against an existing network, and what of it is not there at all."""
    given, ec2 = account.settings.network.existing, account.client("ec2")
    if given is None:
        return
    try:
        vpc = ec2.describe_vpcs(VpcIds=[given.vpc_id])["Vpcs"][0]
    except ClientError as error:
        if code(error) != "InvalidVpcID.NotFound":
            raise
        yield Lack(f"medallion:network.existing.vpc_id is {given.vpc_id}, which does not exist.", "Name one.")
        return
    foreign = [_lack(each) for each in faults_of_owner(vpc["OwnerId"], account.names.account)]
    if foreign:
        yield from foreign
        return
    found = _found(given, vpc, ec2)
    named: Mapping[str, Sequence[str]] = {
        "subnet": (*given.private_subnet_ids, *given.isolated_subnet_ids, *given.public_subnet_ids),
        "route table": given.route_table_ids,
        "gateway endpoint": [given.endpoint_ids[service] for service in GATEWAYS],
    }
    there = {each.id for each in found.subnets} | {each.id for each in found.tables}
    there |= {each.id for each in found.gateways.values()}
    absent = [(kind, each) for kind, ids in named.items() for each in ids if each not in there]
    for kind, each in absent:
        yield Lack(f"medallion:network.existing names the {kind} {each}, which does not exist.", "Name one that does.")
    if not absent:
        yield from map(_lack, faults(found, account.names.region))
    yield from _interface_endpoints(given, ec2)


def _lack(fault: str) -> Lack:
    """A fault's last clause is the remedy."""
    what, _, remedy = fault.rpartition("; ")
    return Lack(f"{what}.", f"{remedy[:1].upper()}{remedy[1:]}")


def _found(given: ExistingNetwork, vpc: Mapping[str, Any], ec2: Any) -> Found:
    """What of the network is there."""
    kinds = dict.fromkeys(given.private_subnet_ids, "private")
    kinds |= dict.fromkeys(given.isolated_subnet_ids, "isolated")
    kinds |= dict.fromkeys(given.public_subnet_ids, "public")
    subnets = ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": list(kinds)}])["Subnets"]
    wanted = [{"Name": "route-table-id", "Values": list(given.route_table_ids)}]
    tables = ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    endpoints = {each["VpcEndpointId"]: each for each in _endpoints(ec2)}
    gateways = {service: given.endpoint_ids[service] for service in GATEWAYS}
    return Found(
        vpc_id=given.vpc_id,
        answers_dns=all(
            ec2.describe_vpc_attribute(VpcId=given.vpc_id, Attribute=f"e{member[1:]}")[member]["Value"]
            for member in ("EnableDnsSupport", "EnableDnsHostnames")
        ),
        cidrs=tuple(
            each["CidrBlock"]
            for each in vpc["CidrBlockAssociationSet"]
            if each["CidrBlockState"]["State"] == "associated"
        ),
        subnets=tuple(
            Subnet(
                id=each["SubnetId"],
                kind=kinds[each["SubnetId"]],
                zone=each["AvailabilityZone"],
                vpc_id=each["VpcId"],
                tags={tag["Key"]: tag["Value"] for tag in each.get("Tags", [])},
            )
            for each in sorted(subnets, key=lambda each: list(kinds).index(each["SubnetId"]))
        ),
        tables=tuple(map(_table, tables)),
        gateways={service: _gateway(endpoints[key]) for service, key in gateways.items() if key in endpoints},
    )


def _table(found: Mapping[str, Any]) -> RouteTable:
    routes = found["Routes"]
    return RouteTable(
        id=found["RouteTableId"],
        subnet_ids=frozenset(each["SubnetId"] for each in found["Associations"] if each.get("SubnetId")),
        to_internet_gateway=any((each.get("GatewayId") or "").startswith("igw-") for each in routes),
        has_default_route=any(
            each.get("DestinationCidrBlock") == "0.0.0.0/0" or each.get("DestinationIpv6CidrBlock") == "::/0"
            for each in routes
        ),
    )


def _gateway(found: Mapping[str, Any]) -> Gateway:
    return Gateway(
        id=found["VpcEndpointId"],
        service_name=found["ServiceName"],
        type=found["VpcEndpointType"],
        vpc_id=found["VpcId"],
        table_ids=frozenset(found.get("RouteTableIds", [])),
    )


def _endpoints(ec2: Any) -> list[dict[str, Any]]:
    pages = ec2.get_paginator("describe_vpc_endpoints").paginate()
    return [each for page in pages for each in page["VpcEndpoints"]]


def _interface_endpoints(given: ExistingNetwork, ec2: Any) -> Iterator[Lack]:
    """Those that can be seen: a central endpoint is mostly another account's, which shows it to nobody else."""
    seen = {each["VpcEndpointId"]: each for each in _endpoints(ec2)}
    for service, key in sorted(given.endpoint_ids.items()):
        made = seen.get(key)
        if made is None or service in GATEWAYS:
            continue
        if not made["ServiceName"].endswith(f".{service}"):
            yield Lack(f"{key} is for {made['ServiceName']}, not for {service}.", "Name the right one.")
        if made["VpcId"] == given.vpc_id and not made.get("PrivateDnsEnabled"):
            yield Lack(f"{key} ({service}) has private DNS off.", "Have it turned on.")
