"""Route 53: hosted zones and the records in them."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, words
from embedded.provider.rules import like, one_of
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import CallError, Work


def _fqdn(work: Work) -> str:
    """The record's whole name; one that lacks the zone's gets it."""
    zone = work.ask("get_hosted_zone", Id=work.get("zoneId"))["HostedZone"]["Name"].rstrip(".")
    name = str(work.get("name")).rstrip(".").lower()
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}".lstrip(".")


def _change(work: Work, action: str, props: Props) -> None:
    record: dict[str, Any] = {"Name": _fqdn(work), "Type": props["type"]}
    if props.get("aliases"):
        alias = props["aliases"][0]
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    else:
        record |= {"TTL": props["ttl"], "ResourceRecords": [{"Value": value} for value in props["records"]]}
    changes = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    work.ask("change_resource_record_sets", HostedZoneId=props["zoneId"], ChangeBatch=changes)


def _found(work: Work) -> dict[str, Any] | None:
    name, kind = _fqdn(work), work.get("type")
    answer = work.ask(
        "list_resource_record_sets",
        HostedZoneId=work.get("zoneId"),
        StartRecordName=name,
        StartRecordType=kind,
        MaxItems="1",
    )
    sets: list[dict[str, Any]] = answer["ResourceRecordSets"]
    return next((each for each in sets if (each["Name"].rstrip("."), each["Type"]) == (name, kind)), None)


def _create_record(work: Work) -> str:
    if not work.new.get("allowOverwrite") and _found(work) is not None:
        raise CallError(
            f"route53:change_resource_record_sets was refused: {_fqdn(work)} {work.new['type']} already exists; "
            "remove it, or set allowOverwrite",
            "InvalidChangeBatch",
        )
    _change(work, "UPSERT", work.new)
    return f"{work.new['zoneId']}_{work.new['name']}_{work.new['type']}"


def _update_record(work: Work) -> None:
    _change(work, "UPSERT", work.new)


def _read_record(work: Work) -> Props:
    found = _found(work)
    if found is None:
        raise Gone
    out: Props = {name: work.get(name) for name in ("name", "type", "zoneId")}
    alias = found.get("AliasTarget")
    if alias:
        out["aliases"] = [
            {
                "name": alias["DNSName"],
                "zoneId": alias["HostedZoneId"],
                "evaluateTargetHealth": alias["EvaluateTargetHealth"],
            }
        ]
    else:
        out |= {"ttl": found.get("TTL"), "records": [each["Value"] for each in found.get("ResourceRecords", [])]}
    return {**out, "fqdn": found["Name"].rstrip(".")}


def _delete_record(work: Work) -> None:
    if _found(work) is None:
        raise Gone
    _change(work, "DELETE", work.old)


_ADDRESSES = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}


def _values(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html tells of TTL and aliases."""
    faults = []
    if props.get("records") is not None and props.get("ttl") is None:
        faults.append(Fault("ttl", "is missing, and records need it: set it, 300 say"))
    if props.get("aliases") and props.get("ttl") is not None:
        faults.append(Fault("ttl", "does not go with an alias, which has its target's: remove it"))
    kind, records = props.get("type"), props.get("records")
    records = records if isinstance(records, list) else []
    if kind == "CNAME" and len(records) > 1:
        faults.append(Fault("records", f"has {len(records)} values, and a CNAME has one: give one"))
    for number, value in enumerate(records):
        try:
            if kind in _ADDRESSES and not has_unknown(value):
                _ADDRESSES[kind](value)
        except ValueError:
            faults.append(Fault(f"records[{number}]", f"{value!r} is no address for a record of type {kind}: give one"))
    return faults


def _create_zone(work: Work) -> str:
    networks = work.new.get("vpcs") or []
    vpc = {"VPCId": networks[0]["vpcId"], "VPCRegion": networks[0].get("vpcRegion") or work.region} if networks else {}
    answer = work.ask(
        "create_hosted_zone",
        Name=work.new["name"],
        CallerReference=f"{work.token}/{work.new['name']}",
        HostedZoneConfig={"Comment": work.new["comment"], "PrivateZone": bool(networks)},
        **({"VPC": vpc} if vpc else {}),
    )
    return str(answer["HostedZone"]["Id"]).rpartition("/")[2]


def _read_zone(work: Work) -> Props:
    answer = work.ask("get_hosted_zone", Id=work.id)
    servers = answer.get("DelegationSet", {}).get("NameServers", [])
    zone = answer["HostedZone"]
    return {
        "name": zone["Name"].rstrip("."),
        "comment": zone.get("Config", {}).get("Comment"),
        "nameServers": servers,
        "primaryNameServer": servers[0] if servers else None,
    }


def _one_network(props: Mapping[str, Any]) -> list[Fault]:
    count = len(props.get("vpcs") or [])
    return [Fault("vpcs", f"has {count} VPCs, and the embedded AWS handles one: give one")] if count > 1 else []


ENTRIES: dict[str, Entry] = {
    "aws:route53/record:Record": Entry(
        service="route53",
        id="{zoneId}_{name}_{type}",
        create=_create_record,
        read=(_read_record,),
        update=_update_record,
        delete=_delete_record,
        takes=words("name type zoneId ttl records aliases"),
        local={"allowOverwrite": False},
        outputs={"fqdn": "{name}"},
        replace=words("name type zoneId"),
        gone=words("NoSuchHostedZone"),
        rules=(one_of("records", "aliases"), _values),
        cfn="AWS::Route53::RecordSet",
    ),
    "aws:route53/zone:Zone": Entry(
        service="route53",
        id="Z{upper13}",
        create=_create_zone,
        like=call("create_hosted_zone", only="name"),
        read=(call("get_hosted_zone", Id="{id}", take="HostedZone"), _read_zone),
        update=call("update_hosted_zone_comment", Id="{id}", only="comment"),
        delete=call("delete_hosted_zone", Id="{id}"),
        tags=Tagging(
            {"ResourceType": "hostedzone", "ResourceId": "{id}"},
            "change_tags_for_resource",
            "change_tags_for_resource",
            "list_tags_for_resource",
            tags="AddTags",
            keys="RemoveTagKeys",
            take="ResourceTagSet.Tags",
        ),
        takes=words("comment vpcs"),
        local={"forceDestroy": False},
        defaults={"comment": "Managed by Pulumi"},
        unread=words("vpcs"),
        outputs={
            "arn": "arn:{partition}:route53:::hostedzone/{id}",
            "zoneId": "{id}",
            "nameServers": lambda _: [f"ns-{n}.awsdns-{n}.com" for n in range(4)],
            "primaryNameServer": "ns-0.awsdns-0.com",
        },
        replace=words("name vpcs"),
        gone=words("NoSuchHostedZone"),
        rules=(_one_network, like("comment", r"(?s).{0,256}", "256 characters or less")),
        cfn="AWS::Route53::HostedZone",
    ),
}
