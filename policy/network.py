"""How the subnets of a stack reach out: routes, gateway endpoints, and what an endpoint lets in."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .subject import Stack, Subject
from .tokens import (
    INTERNET_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
    SECURITY_GROUP_EGRESS,
    SECURITY_GROUP_INGRESS,
    SECURITY_GROUP_RULE,
    VPC,
    VPC_ENDPOINT,
    VPC_ENDPOINT_ROUTES,
)

HTTPS = 443
UNKNOWN_LIST = "?"


def default_routes(table: Subject, stack: Stack) -> list[tuple[Subject, str]]:
    """Where the routes of a table to the internet at large are written: the resource, and the path of its properties.

    Two routes to halves of the internet are as good as one to all of it.
    """
    found = []
    for position in range(len(table.written("routes") or ())):
        if any(wide_open(table.get(f"routes.{position}.{block}")) for block in ("cidrBlock", "ipv6CidrBlock")):
            found.append((table, f"routes.{position}."))
    for route in stack.pointing(table, "routeTableId", ROUTE, every=True):
        if any(wide_open(route.get(block)) for block in ("destinationCidrBlock", "destinationIpv6CidrBlock")):
            found.append((route, ""))
    return found


def wide_open(block: Any) -> bool:
    """Whether a CIDR block of public addresses is wider than any one network's (/8, or /16 of IPv6)."""
    if not block:
        return False
    network = ipaddress.ip_network(str(block), strict=False)
    return not network.is_private and network.prefixlen < (8 if network.version == 4 else 16)


def is_public(table: Subject, stack: Stack) -> bool:
    """Whether a default route of the table leads straight to the internet."""
    return any(
        holder.writes(f"{path}gatewayId")
        and (
            bool(stack.referred(holder, f"{path}gatewayId", INTERNET_GATEWAY))
            or str(holder.get(f"{path}gatewayId")).startswith("igw-")
        )
        for holder, path in default_routes(table, stack)
    )


def tables_of(subnet: Subject, stack: Stack) -> list[Subject]:
    """The route tables that a subnet is associated with: one, or none where the VPC's main table rules."""
    return [
        table
        for association in stack.pointing(subnet, "subnetId", ROUTE_TABLE_ASSOCIATION)
        for table in stack.referred(association, "routeTableId", ROUTE_TABLE)
    ]


def endpoints_of(stack: Stack, service: str, kind: str) -> list[Subject]:
    """The endpoints for a service, `kind` being Gateway or Interface. Names end in the service's own name."""
    return [
        endpoint
        for endpoint in stack.of(VPC_ENDPOINT)
        if (endpoint.get("vpcEndpointType") or "Gateway") == kind
        and str(endpoint.get("serviceName")).endswith(f".{service}")
    ]


def on_gateway(table: Subject, stack: Stack, service: str) -> bool:
    """Whether a route table sends a service's traffic to a gateway endpoint, by either way of writing it."""
    for endpoint in endpoints_of(stack, service, "Gateway"):
        if endpoint.writes("routeTableIds") and table in stack.referred(endpoint, "routeTableIds", ROUTE_TABLE):
            return True
        for association in stack.pointing(table, "routeTableId", VPC_ENDPOINT_ROUTES):
            if endpoint in stack.referred(association, "vpcEndpointId", VPC_ENDPOINT):
                return True
    return False


def vpc_of(subject: Subject, stack: Stack) -> str:
    """What tells a resource's VPC from others: its URN in this stack, else its id."""
    vpcs = stack.referred(subject, "vpcId", VPC)
    return vpcs[0].urn if vpcs else str(subject.get("vpcId"))


@dataclass(frozen=True)
class Way:
    """One way into a security group, or out of it."""

    protocol: str
    ports: tuple[int, int]
    blocks: tuple[str, ...]
    groups: tuple[Subject, ...]
    prefix_lists: tuple[str, ...] = ()

    def takes_https(self) -> bool:
        """Whether TCP on port 443 is within the rule."""
        whole = self.protocol in ("-1", "all")
        return whole or (self.protocol in ("tcp", "6") and self.ports[0] <= HTTPS <= self.ports[1])

    def admits(self, groups: Iterable[Subject], blocks: Iterable[str]) -> bool:
        """Whether one of `groups`, or all of `blocks`, are at its other end."""
        if any(group in self.groups for group in groups):
            return True
        wanted = [ipaddress.ip_network(block) for block in blocks]
        given = [ipaddress.ip_network(block) for block in self.blocks]
        return bool(wanted) and all(any(_within(inner, outer) for outer in given) for inner in wanted)

    def reaches_public(self, prefix_lists: Collection[str]) -> bool:
        """Whether AWS's public addresses are at its other end: those of one of `prefix_lists`, or all addresses.

        What isn't known yet is taken for the right list: previews know neither, and a deployment tells.
        """
        unsure = UNKNOWN_LIST in self.prefix_lists or (self.prefix_lists and not prefix_lists)
        return bool(unsure or set(self.prefix_lists) & set(prefix_lists)) or any(map(wide_open, self.blocks))


# The two directions: the property of a group, the resource beside it, and the type in the older resource.
DIRECTIONS = {"ingress": SECURITY_GROUP_INGRESS, "egress": SECURITY_GROUP_EGRESS}


def ingress_of(group: Subject, stack: Stack) -> Iterator[Way]:
    """Every way into a group, by each of the three ways of writing it."""
    return _ways(group, stack, "ingress")


def egress_of(group: Subject, stack: Stack) -> Iterator[Way]:
    """Every way out of a group. A group that writes none has none: the provider takes away what AWS gives it."""
    return _ways(group, stack, "egress")


def _ways(group: Subject, stack: Stack, direction: str) -> Iterator[Way]:
    for position in range(len(group.written(direction) or ())):
        at = f"{direction}.{position}."
        yield _way(stack, group, at, ("cidrBlocks", "ipv6CidrBlocks"), "securityGroups", group)
    for rule in stack.pointing(group, "securityGroupId", DIRECTIONS[direction], every=True):
        yield _way(stack, rule, "", ("cidrIpv4", "cidrIpv6"), "referencedSecurityGroupId", group)
    for rule in stack.pointing(group, "securityGroupId", SECURITY_GROUP_RULE, every=True):
        if rule.get("type") == direction:
            yield _way(stack, rule, "", ("cidrBlocks", "ipv6CidrBlocks"), "sourceSecurityGroupId", group)


def stays_private(groups: Iterable[Subject], stack: Stack) -> bool:
    """Whether what is in these groups gets out to private addresses, other groups and AWS's prefix lists only."""
    groups = tuple(groups)
    blocks = [block for group in groups for way in egress_of(group, stack) for block in way.blocks]
    return bool(groups) and not any(ipaddress.ip_network(block).is_global for block in blocks)


def _way(stack: Stack, holder: Subject, at: str, blocks: tuple[str, ...], groups: str, own: Subject) -> Way:
    admitted = stack.referred(holder, f"{at}{groups}", SECURITY_GROUP) if holder.writes(f"{at}{groups}") else []
    return Way(
        protocol=str(holder.get(f"{at}ipProtocol") or holder.get(f"{at}protocol")),
        ports=(int(holder.get(f"{at}fromPort") or 0), int(holder.get(f"{at}toPort") or 0)),
        blocks=tuple(str(block) for path in blocks for block in holder.many(f"{at}{path}")),
        groups=(*admitted, own) if holder.get(f"{at}self") is True else tuple(admitted),
        prefix_lists=tuple(_lists(holder, at)),
    )


def _lists(holder: Subject, at: str) -> Iterator[str]:
    for path in (f"{at}prefixListId", f"{at}prefixListIds"):
        if holder.writes(path):
            yield from map(str, holder.many(path)) if holder.known(path) else [UNKNOWN_LIST]


def _within(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    return (
        isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)
    )
