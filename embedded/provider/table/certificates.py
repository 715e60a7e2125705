"""Certificate Manager and Route 53: certificates, their validation, and the records that prove a domain."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, put, words
from embedded.provider.rules import among, like, one_of
from embedded.provider.values import Props, has_unknown
from embedded.provider.work import CallError, Work

_CERTIFICATE: dict[str, Any] = {"CertificateArn": "{id}"}
_PEM = {"certificateBody": "Certificate", "certificateChain": "CertificateChain", "privateKey": "PrivateKey"}
_REQUEST = call("request_certificate", only="domainName validationMethod subjectAlternativeNames options keyAlgorithm")


def _create_certificate(work: Work) -> str:
    if work.new.get("privateKey"):
        return _import(work)
    return str(work.send(_REQUEST)["CertificateArn"])


def _import(work: Work, **key: str) -> str:
    members = {member: work.new[name].encode() for name, member in _PEM.items() if work.new.get(name)}
    return str(work.ask("import_certificate", **key, **members)["CertificateArn"])


def _import_again(work: Work) -> None:
    _import(work, CertificateArn=work.id)


def _read_names(work: Work) -> Props:
    """A certificate's first name is among its alternative ones, which Terraform's provider shows when asked for."""
    found = work.ask("describe_certificate", CertificateArn=work.id)["Certificate"]
    names = found.get("SubjectAlternativeNames", [])
    asked = work.get("subjectAlternativeNames")
    return {"subjectAlternativeNames": [n for n in names if asked is None or n in asked or n != found["DomainName"]]}


def _pem(props: Mapping[str, Any]) -> list[Fault]:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-format.html."""
    faults = []
    for name, kind in (("certificateBody", "CERTIFICATE"), ("certificateChain", "CERTIFICATE"), ("privateKey", "KEY")):
        text = props.get(name)
        if text is None or has_unknown(text) or re.match(rf"\s*-----BEGIN [A-Z ]*{kind}-----", text):
            continue
        faults.append(Fault(name, f"is no PEM text: give one that begins with -----BEGIN {kind}-----"))
    if props.get("privateKey") is not None and props.get("certificateBody") is None:
        faults.append(Fault("certificateBody", "is missing, and an imported certificate needs it: set it"))
    useless = ("validationMethod", "subjectAlternativeNames", "options", "keyAlgorithm")
    if props.get("privateKey") is not None:
        faults += [
            Fault(n, "does not go with an imported certificate: remove it") for n in useless if props.get(n) is not None
        ]
    elif props.get("domainName") is not None and props.get("validationMethod") is None:
        faults.append(Fault("validationMethod", "is missing, and a requested certificate needs it: set DNS"))
    return faults


def _proofs(context: Mapping[str, Any]) -> list[dict[str, str]]:
    """The records that would prove the names of a requested certificate."""
    domain = context.get("domainName")
    names = [n for n in (domain, *(context.get("subjectAlternativeNames") or [])) if n] if domain else []
    return [
        {
            "domainName": name,
            "resourceRecordName": f"_{context.get('hex32')}.{str(name).removeprefix('*.')}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{context.get('hex32')}.acm-validations.aws.",
        }
        for name in dict.fromkeys(names)
    ]


def _validate(work: Work) -> str:
    found = work.ask("describe_certificate", CertificateArn=work.new["certificateArn"])["Certificate"]
    options = found.get("DomainValidationOptions", [])
    wanted = {each["ResourceRecord"]["Name"].rstrip(".") for each in options if each.get("ResourceRecord")}
    given = work.new.get("validationRecordFqdns")
    lacking = wanted - {name.rstrip(".") for name in given} if given is not None else set()
    if lacking:
        raise CallError(f"validationRecordFqdns lacks {', '.join(sorted(lacking))}: create the record and name it")
    if found["Status"] != "ISSUED":
        raise CallError(
            f"{work.new['certificateArn']} is {found['Status']}: no hosted zone has {', '.join(sorted(wanted))}; "
            "create the records of its domainValidationOptions first"
        )
    return str(found.get("IssuedAt", "issued"))


def _read_validation(work: Work) -> Props:
    arn = work.get("certificateArn")
    if work.ask("describe_certificate", CertificateArn=arn)["Certificate"]["Status"] != "ISSUED":
        raise Gone
    return {"certificateArn": arn, "validationRecordFqdns": work.get("validationRecordFqdns")}


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
    "aws:acm/certificate:Certificate": Entry(
        service="acm",
        id="arn:{partition}:acm:{region}:{account}:certificate/{uuid}",
        create=_create_certificate,
        like=_REQUEST,
        read=(call("describe_certificate", **_CERTIFICATE, take="Certificate"), _read_names),
        puts=(
            put(" ".join(_PEM), _import_again, at_creation=False),
            put("options", call("update_certificate_options", **_CERTIFICATE), at_creation=False),
        ),
        delete=call("delete_certificate", **_CERTIFICATE),
        tags=Tagging(
            _CERTIFICATE,
            "add_tags_to_certificate",
            "remove_tags_from_certificate",
            "list_tags_for_certificate",
            keys="Tags",
        ),
        takes=frozenset(_PEM),
        names={f"domainValidationOptions.resourceRecord{part}": f"ResourceRecord.{part}" for part in ("Name", "Type")}
        | {"domainValidationOptions.resourceRecordValue": "ResourceRecord.Value"},
        reads={"validationMethod": "DomainValidationOptions[0].ValidationMethod", "arn": "CertificateArn"},
        unread=frozenset(_PEM),
        outputs={
            "arn": "{id}",
            "keyAlgorithm": "RSA_2048",
            "notAfter": "{now}",
            "notBefore": "{now}",
            "renewalEligibility": "INELIGIBLE",
            "status": "PENDING_VALIDATION",
            "type": "AMAZON_ISSUED",
            "domainValidationOptions": _proofs,
        },
        renewed=words("notAfter notBefore"),
        replace=words("domainName subjectAlternativeNames validationMethod keyAlgorithm"),
        gone=words("ResourceNotFoundException"),
        rules=(
            one_of("domainName", "privateKey"),
            # Other ways of validation wait for a person or for a web server.
            among(validationMethod=("DNS",)),
            _pem,
        ),
        cfn="AWS::CertificateManager::Certificate",
    ),
    "aws:acm/certificateValidation:CertificateValidation": Entry(
        service="acm",
        id="{now}",
        create=_validate,
        read=(_read_validation,),
        takes=words("certificateArn validationRecordFqdns"),
        replace=words("certificateArn validationRecordFqdns"),
        gone=words("ResourceNotFoundException"),
    ),
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
