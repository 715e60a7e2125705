"""EC2: route tables, their routes, and the subnets and gateways that they are for."""

import zlib
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Gone, call, put, words
from embedded.provider.reading import read
from embedded.provider.rules import blocks, one_of
from embedded.provider.sdk import inputs
from embedded.provider.table.network import arn, tagged
from embedded.provider.values import Props
from embedded.provider.work import Work

_DESTINATIONS = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
_ROUTE_NAMES = {
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "routes.egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "routes.cidrBlock": "DestinationCidrBlock",
    "routes.ipv6CidrBlock": "DestinationIpv6CidrBlock",
}


def _destination(props: Mapping[str, Any]) -> dict[str, str]:
    return {member: props[name] for name, member in _DESTINATIONS.items() if props.get(name)}


def _route_id(context: Mapping[str, Any]) -> str:
    where = next((str(context[name]) for name in _DESTINATIONS if context.get(name)), "")
    return f"r-{context['routeTableId']}{zlib.crc32(where.encode())}"


def _table(work: Work, id_: str) -> dict[str, Any]:
    tables = work.ask("describe_route_tables", RouteTableIds=[id_])["RouteTables"]
    if not tables:
        raise Gone
    found: dict[str, Any] = tables[0]
    return found


def _read_route(work: Work) -> Props:
    wanted = _destination(work.context)
    for route in _table(work, work.get("routeTableId"))["Routes"]:
        if wanted.items() <= route.items():
            return {
                **read(route, inputs("aws:ec2/route:Route"), _ROUTE_NAMES),
                "routeTableId": work.get("routeTableId"),
            }
    raise Gone


def _delete_route(work: Work) -> None:
    work.ask("delete_route", RouteTableId=work.old["routeTableId"], **_destination(work.old))


def _inline_routes(work: Work) -> None:
    for route in work.old.get("routes") or []:
        work.ask("delete_route", RouteTableId=work.id, **_inline_destination(route))
    names = {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}
    for route in work.new.get("routes") or []:
        target = {
            names.get(k, k[0].upper() + k[1:]): v
            for k, v in route.items()
            if v and "Block" not in k and "Prefix" not in k
        }
        work.ask("create_route", RouteTableId=work.id, **_inline_destination(route), **target)


def _inline_destination(route: Mapping[str, str]) -> dict[str, str]:
    known = {
        "cidrBlock": "DestinationCidrBlock",
        "ipv6CidrBlock": "DestinationIpv6CidrBlock",
        "destinationPrefixListId": "DestinationPrefixListId",
    }
    return {member: route[name] for name, member in known.items() if route.get(name)}


_ASSOCIATED = {"subnetId": "SubnetId", "gatewayId": "GatewayId"}


def _association(work: Work) -> dict[str, Any]:
    """Looked up by what is associated: AWS gives another id when the table is replaced."""
    for table in work.ask("describe_route_tables")["RouteTables"]:
        for found in table["Associations"]:
            if any(
                work.old.get(name, work.new.get(name)) == found.get(m)
                for name, m in _ASSOCIATED.items()
                if found.get(m)
            ):
                return dict(found)
    raise Gone


def _read_association(work: Work) -> Props:
    found = _association(work)
    return {"routeTableId": found["RouteTableId"], **{n: found.get(m) for n, m in _ASSOCIATED.items()}}


def _replace_association(work: Work) -> None:
    old = _association(work)["RouteTableAssociationId"]
    work.ask("replace_route_table_association", AssociationId=old, RouteTableId=work.new["routeTableId"])


def _delete_association(work: Work) -> None:
    work.ask("disassociate_route_table", AssociationId=_association(work)["RouteTableAssociationId"])


ENTRIES: dict[str, Entry] = {
    "aws:ec2/routeTable:RouteTable": Entry(
        service="ec2",
        id="rtb-{hex17}",
        create=call("create_route_table", gives="RouteTable.RouteTableId"),
        read=(call("describe_route_tables", RouteTableIds=["{id}"], take="RouteTables[0]"),),
        puts=(put("routes", _inline_routes, _inline_routes),),
        delete=call("delete_route_table", RouteTableId="{id}"),
        tags=tagged("route-table"),
        outputs={"arn": arn("route-table"), "ownerId": "{account}"},
        names=_ROUTE_NAMES,
        reads={
            "routes": "Routes[?GatewayId!='local' && !starts_with(GatewayId || ' ', 'vpce-')]",
            "propagatingVgws": "PropagatingVgws[].GatewayId",
        },
        shared=words("routes"),
        replace=words("vpcId"),
        gone=words("InvalidRouteTableID.NotFound"),
    ),
    "aws:ec2/route:Route": Entry(
        service="ec2",
        id=_route_id,
        create=call("create_route"),
        read=(_read_route,),
        update=call("replace_route"),
        delete=_delete_route,
        names=_ROUTE_NAMES,
        outputs={"origin": "CreateRoute", "state": "active"},
        replace=words("routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId"),
        gone=words("InvalidRouteTableID.NotFound InvalidRoute.NotFound"),
        rules=(one_of(*_DESTINATIONS), blocks("destinationCidrBlock", "destinationIpv6CidrBlock")),
        cfn="AWS::EC2::Route",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Entry(
        service="ec2",
        id="rtbassoc-{hex17}",
        create=call("associate_route_table", gives="AssociationId"),
        read=(_read_association,),
        update=_replace_association,
        delete=_delete_association,
        replace=words("subnetId gatewayId"),
        gone=words("InvalidAssociationID.NotFound"),
    ),
}
