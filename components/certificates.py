"""Certificates that nobody else vouches for: between the nodes of a cluster, and at an entrance without a domain."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

VALID_DAYS = 3650


def node_certificates(region: str, now: datetime | None = None) -> bytes:
    """A zip of PEM files as EMR wants it: a key and a certificate, signed by itself, for all nodes of the region.

    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-encryption-enable.html
    """
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate, private = _self_signed(key, f"*.{domain}", now)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("privateKey.pem", private)
        files.writestr("certificateChain.pem", certificate)
        files.writestr("trustedCertificates.pem", certificate)
    return archive.getvalue()


def entrance_certificate(domain: str, now: datetime | None = None) -> tuple[str, str]:
    """A certificate, signed by itself, and its key, as ACM imports them.

    https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
    """
    certificate, private = _self_signed(ec.generate_private_key(ec.SECP256R1()), domain, now)
    return certificate.decode(), private.decode()


def _self_signed(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, domain: str, now: datetime | None
) -> tuple[bytes, bytes]:
    """The certificate and the key, in PEM."""
    start = now or datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate, private
