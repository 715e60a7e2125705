"""A network that another team keeps: looked up before anything is deployed into it, and refused with all its faults.

What of it is ours to make, and why, is in docs/existing-network.md.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws

from components.names import Names
from components.security_groups import FOR_EMR
from settings import ExistingNetwork


class ExistingNetworkError(Exception):
    """The existing network can't take the platform; `faults` has one sentence for each thing wrong."""

    def __init__(self, vpc_id: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{vpc_id} can't take the platform:\n" + "\n".join(f"  {fault}" for fault in self.faults))


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet; `kind` is private, isolated or public, as the settings have it."""

    id: str
    kind: str
    zone: str
    vpc_id: str
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RouteTable:
    """A route table, the subnets that are associated with it, and where its routes lead."""

    id: str
    subnet_ids: frozenset[str]
    to_internet_gateway: bool
    has_default_route: bool


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A gateway endpoint, and the route tables that it is in."""

    id: str
    service_name: str
    type: str
    vpc_id: str
    table_ids: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is of a network."""

    vpc_id: str
    answers_dns: bool
    cidrs: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    tables: tuple[RouteTable, ...]
    gateways: Mapping[str, Gateway]

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones, in the order of the private subnets."""
        return tuple(each.zone for each in self.subnets if each.kind == "private")


def look_up(existing: ExistingNetwork, names: Names) -> Found:
    """The network of these ids. Raises ExistingNetworkError where it can't take the platform."""
    vpc = aws.ec2.get_vpc(id=existing.vpc_id)
    wrong = list(faults_of_owner(vpc.owner_id, names.account))
    if wrong:
        raise ExistingNetworkError(existing.vpc_id, wrong)
    kinds = {
        "private": existing.private_subnet_ids,
        "isolated": existing.isolated_subnet_ids,
        "public": existing.public_subnet_ids,
    }
    found = Found(
        vpc_id=existing.vpc_id,
        answers_dns=vpc.enable_dns_support and vpc.enable_dns_hostnames,
        cidrs=tuple(each.cidr_block for each in vpc.cidr_block_associations if each.state == "associated"),
        subnets=tuple(_subnet(key, kind) for kind, ids in kinds.items() for key in ids),
        tables=tuple(map(_table, existing.route_table_ids)),
        gateways={service: _gateway(existing.endpoint_ids[service]) for service in ("s3", "dynamodb")},
    )
    wrong = list(faults(found, names.region))
    if wrong:
        raise ExistingNetworkError(existing.vpc_id, wrong)
    return found


def _subnet(key: str, kind: str) -> Subnet:
    found = aws.ec2.get_subnet(id=key)
    return Subnet(id=key, kind=kind, zone=found.availability_zone, vpc_id=found.vpc_id, tags=found.tags)


def _table(key: str) -> RouteTable:
    found = aws.ec2.get_route_table(route_table_id=key)
    return RouteTable(
        id=key,
        subnet_ids=frozenset(each.subnet_id for each in found.associations if each.subnet_id),
        to_internet_gateway=any((each.gateway_id or "").startswith("igw-") for each in found.routes),
        has_default_route=any(
            each.cidr_block == "0.0.0.0/0" or each.ipv6_cidr_block == "::/0" for each in found.routes
        ),
    )


def _gateway(key: str) -> Gateway:
    found = aws.ec2.get_vpc_endpoint(id=key)
    return Gateway(
        id=key,
        service_name=found.service_name,
        type=found.vpc_endpoint_type,
        vpc_id=found.vpc_id,
        table_ids=frozenset(found.route_table_ids),
    )


def faults_of_owner(owner_id: str, account: str) -> Iterator[str]:
    """Why a VPC of this owner can't take the platform: then the rest of it can't even be looked up."""
    if owner_id != account:
        # https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html#interface-endpoint-shared-subnets
        yield (
            f"it belongs to account {owner_id}; it must be this one's, {account}, since nobody may make or describe "
            "endpoints in subnets that are shared with him; deploy into a VPC of this account."
        )


def faults(found: Found, region: str) -> Iterator[str]:
    """Why a network can't take the platform, a sentence each: value, limit, reason, remedy."""
    if not found.answers_dns:
        yield (
            "enableDnsSupport or enableDnsHostnames is false; both must be true, since endpoints take over the names "
            "of services by private DNS; have them turned on."
        )
    yield from _faults_of_subnets(found)
    yield from _faults_of_routes(found)
    for service, gateway in found.gateways.items():
        yield from _faults_of_gateway(found, f"com.amazonaws.{region}.{service}", gateway)


def _faults_of_subnets(found: Found) -> Iterator[str]:
    for subnet in found.subnets:
        if subnet.vpc_id != found.vpc_id:
            yield f"{subnet.id} is in {subnet.vpc_id}; it must be in {found.vpc_id}, as all is; name one that is."
        if subnet.kind == "private" and not FOR_EMR.items() <= subnet.tags.items():
            tag = "=".join(next(iter(FOR_EMR.items())))
            yield (
                f"{subnet.id} lacks the tag {tag}; every private subnet must have it, since the policy that AWS "
                "manages for EMR makes nodes in no other; have it tagged."
            )
    for kind in ("private", "isolated", "public"):
        zones = [each.zone for each in found.subnets if each.kind == kind]
        twice = sorted(zone for zone, count in Counter(zones).items() if count > 1)
        if twice:
            yield (
                f"more than one {kind} subnet is in {', '.join(twice)}; there must be one a zone, since a zone that "
                "fails would take both; name subnets in different zones."
            )
        elif zones and set(zones) != set(found.zones):
            yield (
                f"the {kind} subnets are in {', '.join(sorted(zones))}; they must be in the zones of the private ones, "
                f"{', '.join(sorted(found.zones))}, since calls between zones cost and fail apart; name others."
            )


def _faults_of_routes(found: Found) -> Iterator[str]:
    table_of = {subnet: table for table in found.tables for subnet in table.subnet_ids}
    for subnet in found.subnets:
        table = table_of.get(subnet.id)
        if subnet.kind == "public":
            continue
        if table is None:
            yield (
                f"{subnet.id} is associated with none of network.existing.route_table_ids; it must be with one, since "
                "S3 is reached by its routes; name its route table, or have it associated with one."
            )
        elif table.to_internet_gateway:
            yield (
                f"{table.id} leads {subnet.id} to an internet gateway; it must have no such "
                "route, since it is reached from outside by it; name another subnet."
            )
        elif subnet.kind == "isolated" and table.has_default_route:
            yield (
                f"{table.id} gives {subnet.id} a default route; an isolated subnet must have none, since what holds "
                "data has no business outside; name another subnet."
            )


def _faults_of_gateway(found: Found, service: str, gateway: Gateway) -> Iterator[str]:
    is_one = (gateway.service_name, gateway.type, gateway.vpc_id) == (service, "Gateway", found.vpc_id)
    if not is_one:
        yield (
            f"{gateway.id} is a {gateway.type} endpoint of {gateway.service_name} in {gateway.vpc_id}; it must be the "
            f"Gateway endpoint of {service} in {found.vpc_id}, since bucket policies and groups rely on it; name that."
        )
    lacking = sorted({table.id for table in found.tables} - gateway.table_ids)
    if is_one and lacking:
        yield (
            f"{gateway.id} is not in {', '.join(lacking)}; it must be in all of network.existing.route_table_ids, "
            "since calls would leave by another way or by none; have it added to them."
        )
