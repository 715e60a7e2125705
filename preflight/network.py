"""The network: zones, quotas, endpoints on offer, and what an existing network lacks."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from components.endpoints import CALLS, GATEWAYS, interface_services
from components.network import NetworkError, first_zones
from preflight.asking import Account, Lack, code

VPCS, ADDRESSES, INTERFACE_ENDPOINTS = ("vpc", "L-F678F1CE"), ("ec2", "L-0263D0A3"), ("vpc", "L-29B6F2EB")


def zones(account: Account) -> tuple[str, ...]:
    """The zones that the platform would take."""
    found = account.client("ec2").describe_availability_zones(Filters=[{"Name": "state", "Values": ["available"]}])
    names = [each["ZoneName"] for each in found["AvailabilityZones"]]
    return first_zones(names, account.settings.network.availability_zones)


def enough_zones(account: Account) -> Iterator[Lack]:
    """The region must have as many zones as the settings ask for."""
    try:
        zones(account)
    except NetworkError as error:
        yield Lack(str(error), "Lower the setting, or choose another region.")


def quotas(account: Account) -> Iterator[Lack]:
    """VPCs, elastic addresses and interface endpoints that are still free."""
    network, ec2 = account.settings.network, account.client("ec2")
    if network.existing is not None:
        return
    wanted = {"none": 0, "single": 1, "per_az": network.availability_zones}[str(network.nat)]
    yield from _free(account, VPCS, "VPCs", len(ec2.describe_vpcs()["Vpcs"]), 1)
    yield from _free(account, ADDRESSES, "elastic addresses", len(ec2.describe_addresses()["Addresses"]), wanted)
    yield from _free(account, INTERFACE_ENDPOINTS, "interface endpoints a VPC", 0, len(interface_services(CALLS)))


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
    wanted = [f"{prefix}{service}" for service in (*GATEWAYS, *interface_services(CALLS))]
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
    """An existing network must be laid out as the settings say, and hold what a perimeter needs."""
    given, ec2 = account.settings.network.existing, account.client("ec2")
    if given is None:
        return
    for attribute, member in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        try:
            found = ec2.describe_vpc_attribute(VpcId=given.vpc_id, Attribute=attribute)
        except ClientError as error:
            if code(error) != "InvalidVpcID.NotFound":
                raise
            yield Lack(f"medallion:network.existing.vpc_id is {given.vpc_id}, which does not exist.", "Name one.")
            return
        if not found[member]["Value"]:
            yield Lack(
                f"{given.vpc_id} has {attribute} off, without which private DNS of endpoints does not work.",
                "Turn it on.",
            )
    yield from _subnets(account)
    yield from _routes(account)
    yield from _endpoints(account)


def _subnets(account: Account) -> Iterator[Lack]:
    given = account.settings.network.existing
    assert given is not None
    named = [*given.private_subnet_ids, *given.isolated_subnet_ids, *given.public_subnet_ids]
    found = {
        each["SubnetId"]: each
        for each in account.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [given.vpc_id]}])[
            "Subnets"
        ]
    }
    for each in named:
        if each not in found:
            yield Lack(f"{each} is no subnet of {given.vpc_id}.", "Name one of its subnets.")
    wanted = zones(account)
    for kind, ids in (("private", given.private_subnet_ids), ("isolated", given.isolated_subnet_ids)):
        in_zones = tuple(found[each]["AvailabilityZone"] for each in ids if each in found)
        if len(in_zones) == len(ids) and in_zones != wanted:
            yield Lack(
                f"The {kind} subnets are in {', '.join(in_zones)}; the platform's zones are {', '.join(wanted)}.",
                "Name one subnet in each of these, in this order.",
            )


def _routes(account: Account) -> Iterator[Lack]:
    given, ec2 = account.settings.network.existing, account.client("ec2")
    assert given is not None
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [given.vpc_id]}])["RouteTables"]
    known = {each["RouteTableId"]: each for each in tables}
    for each in given.route_table_ids:
        if each not in known:
            yield Lack(f"{each} is no route table of {given.vpc_id}.", "Name one of its route tables.")
    pairs = [(place, each["RouteTableId"]) for each in tables for place in each["Associations"]]
    of_subnet = {place["SubnetId"]: table for place, table in pairs if "SubnetId" in place}
    main = next((table for place, table in pairs if place.get("Main")), None)
    for subnet in (*given.private_subnet_ids, *given.isolated_subnet_ids):
        table = of_subnet.get(subnet, main)
        if table is not None and table not in given.route_table_ids:
            yield Lack(f"{subnet} is routed by {table}, which is not among route_table_ids.", "Add it.")
    for subnet in given.isolated_subnet_ids:
        table = known.get(str(of_subnet.get(subnet, main)), {"Routes": []})
        if any(route.get("DestinationCidrBlock") == "0.0.0.0/0" for route in table["Routes"]):
            yield Lack(f"{subnet} is to be isolated and has a default route.", "Take the route out of its table.")


def _endpoints(account: Account) -> Iterator[Lack]:
    given, ec2 = account.settings.network.existing, account.client("ec2")
    assert given is not None
    found = {each["VpcEndpointId"]: each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    for service, endpoint_id in sorted(given.endpoint_ids.items()):
        made = found.get(endpoint_id)
        if made is None:
            yield Lack(f"{endpoint_id} (for {service}) does not exist in this account.", "Name one that does.")
            continue
        if not made["ServiceName"].endswith(f".{service}"):
            yield Lack(f"{endpoint_id} is for {made['ServiceName']}, not for {service}.", "Name the right one.")
        routed = set(made.get("RouteTableIds", []))
        missing = set(given.route_table_ids) - routed
        if service in GATEWAYS and missing:
            yield Lack(f"{endpoint_id} ({service}) is not on {', '.join(sorted(missing))}.", "Add these route tables.")
        if service not in GATEWAYS and made["VpcId"] == given.vpc_id and not made.get("PrivateDnsEnabled"):
            yield Lack(f"{endpoint_id} ({service}) has private DNS off.", "Turn it on.")
