"""Functions that look an existing network up: its VPC, subnets, routes, endpoints, groups and prefix lists."""

from collections.abc import Callable, Mapping
from typing import Any

from embedded.provider import sdk
from embedded.provider.endpoint import Cloud
from embedded.provider.lookups import Found, every, one
from embedded.provider.reading import lookup
from embedded.provider.values import Props

_VPC_FLAGS = ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")


def _of_vpc(found: dict[str, Any], ec2: Any) -> Props:
    flags = {}
    for name in _VPC_FLAGS:
        told = ec2.describe_vpc_attribute(VpcId=found["VpcId"], Attribute=name)
        flags[name] = told[name[0].upper() + name[1:]]["Value"]
    tables = ec2.describe_route_tables()["RouteTables"]
    main = [t for t in tables if t["VpcId"] == found["VpcId"] and any(a.get("Main") for a in t["Associations"])]
    return {**flags, **({"mainRouteTableId": main[0]["RouteTableId"]} if main else {})}


def _of_table(found: dict[str, Any], _: Any) -> Props:
    """Without the routes that belong to the VPC and to its gateway endpoints, as Terraform's provider tells them."""
    own = [
        route
        for route in found["Routes"]
        if route.get("GatewayId") != "local" and not str(route.get("GatewayId")).startswith("vpce-")
    ]
    return {
        "routeTableId": found["RouteTableId"],
        "routes": [{"cidrBlock": r.get("DestinationCidrBlock"), **_spelt(r, "GetRouteTableRouteResult")} for r in own],
    }


def _spelt(raw: Mapping[str, Any], result: str) -> Props:
    fields = sdk.Object("pulumi_aws.ec2.outputs", result).fields
    told = {name: lookup(raw, name, None) for name in fields}
    return {name: value for name, value in told.items() if value is not None}


def _of_endpoint(found: dict[str, Any], ec2: Any) -> Props:
    kind = found.get("VpcEndpointType", "Gateway")
    more: Props = {"vpcEndpointType": kind, "securityGroupIds": [g["GroupId"] for g in found.get("Groups", [])]}
    if kind == "Gateway":
        lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
        ours = next((pl for pl in lists if pl["PrefixListName"] == found["ServiceName"]), None)
        more |= {"prefixListId": ours["PrefixListId"], "cidrBlocks": _blocks(ours, ec2)} if ours else {}
    return more


def _blocks(found: Mapping[str, Any], ec2: Any) -> list[str]:
    held = ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"])["Entries"]
    return [entry["Cidr"] for entry in held]


def _of_list(found: dict[str, Any], ec2: Any) -> Props:
    held = ec2.get_managed_prefix_list_entries(PrefixListId=found["PrefixListId"])["Entries"]
    return {"entries": [{"cidr": e["Cidr"], "description": e.get("Description", "")} for e in held]}


_VPC = Found(
    "VPC",
    "describe_vpcs",
    "Vpcs",
    "VpcId",
    "GetVpcResult",
    {
        "cidr": "CidrBlock",
        "cidr-block-association.cidr-block": "CidrBlockAssociationSet[].CidrBlock",
        "dhcp-options-id": "DhcpOptionsId",
        "is-default": "IsDefault",
        "owner-id": "OwnerId",
        "state": "State",
        "vpc-id": "VpcId",
    },
    {
        "id": "vpc-id",
        "cidrBlock": "cidr",
        "default": "is-default",
        "dhcpOptionsId": "dhcp-options-id",
        "state": "state",
    },
    {
        "default": "IsDefault",
        "cidrBlockAssociations": "CidrBlockAssociationSet",
        "cidrBlockAssociations.state": "CidrBlockState.State",
    },
    _of_vpc,
)
_SUBNET = Found(
    "subnet",
    "describe_subnets",
    "Subnets",
    "SubnetId",
    "GetSubnetResult",
    {
        "availability-zone": "AvailabilityZone",
        "availability-zone-id": "AvailabilityZoneId",
        "cidr-block": "CidrBlock",
        "default-for-az": "DefaultForAz",
        "map-public-ip-on-launch": "MapPublicIpOnLaunch",
        "owner-id": "OwnerId",
        "state": "State",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    {
        "id": "subnet-id",
        "availabilityZone": "availability-zone",
        "availabilityZoneId": "availability-zone-id",
        "cidrBlock": "cidr-block",
        "defaultForAz": "default-for-az",
        "state": "state",
        "vpcId": "vpc-id",
    },
    {
        "arn": "SubnetArn",
        "privateDnsHostnameTypeOnLaunch": "PrivateDnsNameOptionsOnLaunch.HostnameType",
        "enableResourceNameDnsARecordOnLaunch": "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
        "enableResourceNameDnsAaaaRecordOnLaunch": "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
    },
)
_TABLE = Found(
    "route table",
    "describe_route_tables",
    "RouteTables",
    "RouteTableId",
    "GetRouteTableResult",
    {
        "association.gateway-id": "Associations[].GatewayId",
        "association.main": "Associations[].Main",
        "association.route-table-association-id": "Associations[].RouteTableAssociationId",
        "association.subnet-id": "Associations[].SubnetId",
        "owner-id": "OwnerId",
        "route-table-id": "RouteTableId",
        "route.destination-cidr-block": "Routes[].DestinationCidrBlock",
        "route.gateway-id": "Routes[].GatewayId",
        "route.nat-gateway-id": "Routes[].NatGatewayId",
        "vpc-id": "VpcId",
    },
    {
        "gatewayId": "association.gateway-id",
        "routeTableId": "route-table-id",
        "subnetId": "association.subnet-id",
        "vpcId": "vpc-id",
    },
    more=_of_table,
)
_ENDPOINT = Found(
    "VPC endpoint",
    "describe_vpc_endpoints",
    "VpcEndpoints",
    "VpcEndpointId",
    "GetVpcEndpointResult",
    {
        "owner-id": "OwnerId",
        "service-name": "ServiceName",
        "vpc-endpoint-id": "VpcEndpointId",
        "vpc-endpoint-state": "State",
        "vpc-endpoint-type": "VpcEndpointType || 'Gateway'",
        "vpc-id": "VpcId",
    },
    {
        "id": "vpc-endpoint-id",
        "serviceName": "service-name",
        "state": "vpc-endpoint-state",
        "vpcEndpointType": "vpc-endpoint-type",
        "vpcId": "vpc-id",
    },
    {"policy": "PolicyDocument"},
    _of_endpoint,
)
_GROUP = Found(
    "security group",
    "describe_security_groups",
    "SecurityGroups",
    "GroupId",
    "GetSecurityGroupResult",
    {
        "description": "Description",
        "group-id": "GroupId",
        "group-name": "GroupName",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
    },
    {"id": "group-id", "name": "group-name", "vpcId": "vpc-id"},
    {"arn": "SecurityGroupArn", "name": "GroupName"},
)
_LISTED = {"owner-id": "OwnerId", "prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName"}
_MANAGED_LIST = Found(
    "managed prefix list",
    "describe_managed_prefix_lists",
    "PrefixLists",
    "PrefixListId",
    "GetManagedPrefixListResult",
    _LISTED,
    {"id": "prefix-list-id", "name": "prefix-list-name"},
    {"arn": "PrefixListArn", "name": "PrefixListName"},
    _of_list,
)
_LIST = Found(
    "prefix list",
    "describe_prefix_lists",
    "PrefixLists",
    "PrefixListId",
    "GetPrefixListResult",
    {name: path for name, path in _LISTED.items() if name != "owner-id"},
    {"name": "prefix-list-name", "prefixListId": "prefix-list-id"},
    {"name": "PrefixListName"},
    lambda found, ec2: {"cidrBlocks": _blocks(found, ec2)},
)


def _function(kind: Found, how: Callable[[Found, Props, Cloud], Props]) -> Callable[[Props, Cloud], Props]:
    return lambda arguments, cloud: how(kind, arguments, cloud)


def _taken(kind: Found) -> set[str]:
    return {*kind.arguments, "filters"} | (set() if kind is _LIST else {"tags"})


NETWORK: dict[str, tuple[Callable[[Props, Cloud], Props], set[str]]] = {
    "aws:ec2/getVpc:getVpc": (_function(_VPC, one), _taken(_VPC)),
    "aws:ec2/getSubnet:getSubnet": (_function(_SUBNET, one), _taken(_SUBNET)),
    "aws:ec2/getSubnets:getSubnets": (_function(_SUBNET, every), {"filters", "tags"}),
    "aws:ec2/getRouteTable:getRouteTable": (_function(_TABLE, one), _taken(_TABLE)),
    "aws:ec2/getRouteTables:getRouteTables": (_function(_TABLE, every), {"filters", "tags", "vpcId"}),
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": (_function(_ENDPOINT, one), _taken(_ENDPOINT)),
    "aws:ec2/getSecurityGroup:getSecurityGroup": (_function(_GROUP, one), _taken(_GROUP)),
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": (_function(_MANAGED_LIST, one), _taken(_MANAGED_LIST)),
    "aws:ec2/getPrefixList:getPrefixList": (_function(_LIST, one), _taken(_LIST)),
}
