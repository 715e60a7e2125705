"""EC2: VPC endpoints and the route tables on them."""

import zlib
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, call, words
from embedded.provider.table.network import arn, tagged
from embedded.provider.values import Props
from embedded.provider.work import Work

_OPEN = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}'
_PREFIX_LISTS = {"s3": "pl-63a5400a", "dynamodb": "pl-02cd2c6b"}
_SETS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds"}


_CREATE = call("create_vpc_endpoint")


def _create(work: Work) -> str:
    answer = work.send(_CREATE)
    return str(answer["VpcEndpoint"]["VpcEndpointId"])


def _modify(work: Work) -> None:
    members: dict[str, Any] = {}
    for name, member in _SETS.items():
        before, after = set(work.old.get(name) or []), set(work.new.get(name) or [])
        if after - before:
            members[f"Add{member}"] = sorted(after - before)
        if before - after and name in work.facts["changed"]:
            members[f"Remove{member}"] = sorted(before - after)
    if "privateDnsEnabled" in work.facts["changed"]:
        members["PrivateDnsEnabled"] = bool(work.new.get("privateDnsEnabled"))
    if "policy" in work.facts["changed"]:
        members |= {"PolicyDocument": work.new["policy"]} if work.new.get("policy") else {"ResetPolicy": True}
    if "dnsOptions" in work.facts["changed"]:
        members["DnsOptions"] = {k[0].upper() + k[1:]: v for k, v in (work.new.get("dnsOptions") or {}).items()}
    if "ipAddressType" in work.facts["changed"]:
        members["IpAddressType"] = work.new["ipAddressType"]
    work.ask("modify_vpc_endpoint", VpcEndpointId=work.id, **members)


def _rules(props: Mapping[str, Any]) -> list[Fault]:
    kind = props.get("vpcEndpointType", "Gateway")
    if kind == "Gateway":
        wrong = [n for n in ("subnetIds", "securityGroupIds", "privateDnsEnabled") if props.get(n)]
        remedy = "remove it, or make the endpoint an Interface one"
    else:
        wrong = [n for n in ("routeTableIds",) if props.get(n)]
        remedy = "remove it, or make the endpoint a Gateway one"
    faults = [Fault(n, f"does not go with an endpoint of type {kind}: {remedy}") for n in wrong]
    service = str(props.get("serviceName", ""))
    if (
        kind == "Gateway"
        and service.startswith("com.amazonaws.")
        and service.rsplit(".", 1)[1] not in {"s3", "dynamodb", "s3express"}
    ):
        faults.append(
            Fault("vpcEndpointType", f"{service!r} has no Gateway endpoint (only s3 and dynamodb have): set Interface")
        )
    return faults


def _endpoint(work: Work, id_: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = work.ask("describe_vpc_endpoints", VpcEndpointIds=[id_])["VpcEndpoints"]
    if not found or found[0]["State"] in {"deleted", "deleting"}:
        raise Gone
    return found[0]


def _read_association(work: Work) -> Props:
    endpoint, table = work.get("vpcEndpointId"), work.get("routeTableId")
    if table not in _endpoint(work, endpoint).get("RouteTableIds", []):
        raise Gone
    return {"vpcEndpointId": endpoint, "routeTableId": table}


ENTRIES: dict[str, Entry] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": Entry(
        service="ec2",
        id="vpce-{hex17}",
        create=_create,
        like=_CREATE,
        read=(call("describe_vpc_endpoints", VpcEndpointIds=["{id}"], take="VpcEndpoints[0]"),),
        update=_modify,
        delete=call("delete_vpc_endpoints", VpcEndpointIds=["{id}"]),
        tags=tagged("vpc-endpoint"),
        local={"autoAccept": None},
        defaults={"vpcEndpointType": "Gateway", "privateDnsEnabled": False},
        names={"policy": "PolicyDocument"},
        outputs={
            "arn": arn("vpc-endpoint"),
            "ownerId": "{account}",
            "state": "available",
            "ipAddressType": "ipv4",
            "prefixListId": lambda c: _PREFIX_LISTS.get(str(c.get("serviceName")).rpartition(".")[2], ""),
            "policy": lambda _: _OPEN,
        },
        reads={"securityGroupIds": "Groups[].GroupId"},
        replace=words("vpcId serviceName vpcEndpointType resourceConfigurationArn serviceNetworkArn serviceRegion"),
        gone=words("InvalidVpcEndpointId.NotFound InvalidVpcEndpoint.NotFound"),
        gone_if="State=='deleted' || State=='deleting'",
        rules=(_rules,),
        cfn="AWS::EC2::VPCEndpoint",
    ),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": Entry(
        service="ec2",
        id=lambda c: f"a-{c['vpcEndpointId']}{zlib.crc32(str(c['routeTableId']).encode())}",
        create=call(
            "modify_vpc_endpoint", VpcEndpointId="{vpcEndpointId}", AddRouteTableIds=["{routeTableId}"], only=""
        ),
        read=(_read_association,),
        delete=call("modify_vpc_endpoint", VpcEndpointId="{vpcEndpointId}", RemoveRouteTableIds=["{routeTableId}"]),
        replace=words("vpcEndpointId routeTableId"),
        gone=words("InvalidVpcEndpointId.NotFound InvalidVpcEndpoint.NotFound"),
    ),
}
