import io
import zipfile
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from components.certificates import VALID_DAYS, entrance_certificate, node_certificates


@pytest.mark.parametrize(
    ("region", "name"), [("eu-west-1", "*.eu-west-1.compute.internal"), ("us-east-1", "*.ec2.internal")]
)
def test_the_certificate_is_for_all_nodes_of_the_region_and_fits_its_key(region: str, name: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with zipfile.ZipFile(io.BytesIO(node_certificates(region, now))) as files:
        assert sorted(files.namelist()) == ["certificateChain.pem", "privateKey.pem", "trustedCertificates.pem"]
        certificate = x509.load_pem_x509_certificate(files.read("certificateChain.pem"))
        key = serialization.load_pem_private_key(files.read("privateKey.pem"), None)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [name]
    assert certificate.public_key() == key.public_key()
    assert (certificate.not_valid_after_utc - now).days == VALID_DAYS


def test_the_entrance_s_certificate_is_for_its_name_and_fits_its_key() -> None:
    body, private = entrance_certificate("medallion.internal")
    certificate = x509.load_pem_x509_certificate(body.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["medallion.internal"]
    assert certificate.public_key() == serialization.load_pem_private_key(private.encode(), None).public_key()
