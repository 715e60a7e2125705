"""Certificate Manager: certificates are issued once their records exist; keys must fit; options can change."""

from typing import Any

from cryptography.hazmat.primitives import serialization
from moto.acm.exceptions import AWSValidationException
from moto.acm.models import AWSCertificateManagerBackend, CertBundle
from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.route53.models import route53_backends

from embedded.cloud.patches.graft import graft

_check = CertBundle.check
_describe = CertBundle.describe
_import = AWSCertificateManagerBackend.import_certificate
_request = AWSCertificateManagerResponse.request_certificate


class _Bundle:
    def check(self: Any) -> None:
        """Where moto waits a minute, AWS waits for the records: for ever, if nobody makes them."""
        if self.status != "PENDING_VALIDATION":
            _check(self)
        elif _proofs(self) <= _aliases(self.arn.split(":")[4]):
            self.status = "ISSUED"

    def describe(self: Any) -> dict[str, Any]:
        described: dict[str, Any] = _describe(self)
        certificate = described["Certificate"]
        certificate["KeyAlgorithm"] = getattr(self, "embedded_algorithm", None) or certificate["KeyAlgorithm"]
        options = certificate.get("DomainValidationOptions", [])
        certificate["DomainValidationOptions"] = sorted(options, key=lambda each: str(each["DomainName"]))
        if self.status != "ISSUED":
            certificate.pop("IssuedAt", None)
        return described


def _proofs(bundle: CertBundle) -> set[tuple[str, str]]:
    options = bundle.describe()["Certificate"].get("DomainValidationOptions", [])
    records = [each["ResourceRecord"] for each in options]
    return {(each["Name"].rstrip("."), each["Value"].rstrip(".")) for each in records}


def _aliases(account: str) -> set[tuple[str, str]]:
    """All CNAME records of the account's public zones."""
    zones = [zone for zone in route53_backends[account]["aws"].zones.values() if not zone.private_zone]
    return {
        (record.name.rstrip("."), str(value).rstrip("."))
        for zone in zones
        for record in zone.rrsets
        if record.type == "CNAME"
        for value in record.records
    }


class _Backend:
    def import_certificate(
        self: Any, certificate: bytes, private_key: bytes, chain: bytes | None, arn: str | None, tags: Any
    ) -> str:
        before = self._certificates.get(arn)
        made: str = _import(self, certificate, private_key, chain, arn, tags)
        bundle = self._certificates[made]
        if _public(bundle._key.public_key()) != _public(bundle._cert.public_key()):
            if before is None:
                del self._certificates[made]
            else:
                self._certificates[made] = before
            raise AWSValidationException("The private key does not match the certificate.")
        if before is not None:
            bundle.tags, bundle.in_use_by = before.tags, before.in_use_by
        return made


def _public(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = key.public_bytes(serialization.Encoding.DER, form)
    return encoded


class _Response:
    def request_certificate(self: Any) -> ActionResult:
        answer = _request(self)
        made = self.acm_backend._certificates[answer.result["CertificateArn"]]
        made.embedded_algorithm = self._get_param("KeyAlgorithm")
        return answer

    def update_certificate_options(self: Any) -> EmptyResult:
        bundle = self.acm_backend.get_certificate(self._get_param("CertificateArn"))
        bundle.cert_options = {**bundle.cert_options, **self._get_param("Options")}
        return EmptyResult()


def install() -> None:
    """Patch the bundle, the backend and the response class."""
    graft(CertBundle, _Bundle)
    graft(AWSCertificateManagerBackend, _Backend)
    graft(AWSCertificateManagerResponse, _Response)
