"""Certificate Manager: certificates, imported or proved by records (see `dns`), and the wait for the proof."""

import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Gone, Tagging, call, put, words
from embedded.provider.rules import among, one_of
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
}
