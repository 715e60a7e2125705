"""How the subnets of a stack reach out: routes, gateway endpoints, and what an endpoint lets in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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

ANYWHERE = ("0.0.0.0/0", "::/0")
HTTPS = 443


def default_routes(table: Subject, stack: Stack) -> list[tuple[Subject, str]]:
    """Where the default routes of a table are written: the resource, and the path of the route's properties."""
    found = []
    for position in range(len(table.written("routes") or ())):
        if {table.get(f"routes.{position}.{block}") for block in ("cidrBlock", "ipv6CidrBlock")} & set(ANYWHERE):
            found.append((table, f"routes.{position}."))
    for route in stack.pointing(table, "routeTableId", ROUTE, every=True):
        if {route.get(block) for block in ("destinationCidrBlock", "destinationIpv6CidrBlock")} & set(ANYWHERE):
            found.append((route, ""))
    return found


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
class Ingress:
    """One way into a security group."""

    protocol: str
    ports: tuple[int, int]
    blocks: tuple[str, ...]
    groups: tuple[Subject, ...]

    def takes_https(self) -> bool:
        """Whether TCP on port 443 is within the rule."""
        whole = self.protocol in ("-1", "all")
        return whole or (self.protocol in ("tcp", "6") and self.ports[0] <= HTTPS <= self.ports[1])

    def admits(self, groups: Iterable[Subject], blocks: Iterable[str]) -> bool:
        """Whether callers of one of `groups`, or of all of `blocks`, come in."""
        if any(group in self.groups for group in groups):
            return True
        wanted = [ipaddress.ip_network(block) for block in blocks]
        given = [ipaddress.ip_network(block) for block in self.blocks]
        return bool(wanted) and all(any(_within(inner, outer) for outer in given) for inner in wanted)


def ingress_of(group: Subject, stack: Stack) -> Iterator[Ingress]:
    """Every way into a group, by each of the three ways of writing it."""
    for position in range(len(group.written("ingress") or ())):
        at = f"ingress.{position}."
        yield _ingress(stack, group, at, ("cidrBlocks", "ipv6CidrBlocks"), "securityGroups", group)
    for rule in stack.pointing(group, "securityGroupId", SECURITY_GROUP_INGRESS, every=True):
        yield _ingress(stack, rule, "", ("cidrIpv4", "cidrIpv6"), "referencedSecurityGroupId", group)
    for rule in stack.pointing(group, "securityGroupId", SECURITY_GROUP_RULE, every=True):
        if rule.get("type") == "ingress":
            yield _ingress(stack, rule, "", ("cidrBlocks", "ipv6CidrBlocks"), "sourceSecurityGroupId", group)


def stays_private(groups: Iterable[Subject], stack: Stack) -> bool:
    """Whether what is in these groups gets out to private addresses, other groups and AWS's prefix lists only."""
    groups = tuple(groups)
    blocks = [block for group in groups for block in _blocks_out(group, stack)]
    return bool(groups) and not any(ipaddress.ip_network(block).is_global for block in blocks)


def _blocks_out(group: Subject, stack: Stack) -> Iterator[str]:
    for position in range(len(group.written("egress") or ())):
        for path in ("cidrBlocks", "ipv6CidrBlocks"):
            yield from map(str, group.many(f"egress.{position}.{path}"))
    for rule in stack.pointing(group, "securityGroupId", SECURITY_GROUP_EGRESS, every=True):
        for path in ("cidrIpv4", "cidrIpv6"):
            yield from map(str, rule.many(path))
    for rule in stack.pointing(group, "securityGroupId", SECURITY_GROUP_RULE, every=True):
        if rule.get("type") == "egress":
            for path in ("cidrBlocks", "ipv6CidrBlocks"):
                yield from map(str, rule.many(path))


def _ingress(stack: Stack, holder: Subject, at: str, blocks: tuple[str, ...], groups: str, own: Subject) -> Ingress:
    admitted = stack.referred(holder, f"{at}{groups}", SECURITY_GROUP) if holder.writes(f"{at}{groups}") else []
    return Ingress(
        protocol=str(holder.get(f"{at}ipProtocol") or holder.get(f"{at}protocol")),
        ports=(int(holder.get(f"{at}fromPort") or 0), int(holder.get(f"{at}toPort") or 0)),
        blocks=tuple(str(block) for path in blocks for block in holder.many(f"{at}{path}")),
        groups=(*admitted, own) if holder.get(f"{at}self") is True else tuple(admitted),
    )


def _within(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    return (
        isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)
    )
