"""Writes the certificates that this machine trusts as a Java trust store: `python truststore.py FILE PASSWORD`.

Java brings its own list and ignores the machine's, so that behind a company's proxy it trusts nobody. Run with the
project's virtual environment; exits with 3 where the machine has no list in the usual places.
"""

import os
import ssl
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

NO_LIST = 3
# OpenSSL's own place first, then those of Debian and of Red Hat, for a Python that was built elsewhere.
PLACES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


def main() -> int:
    """Write the trust store. Returns an exit code."""
    asked = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *PLACES)
    found = next((Path(place) for place in asked if place and Path(place).exists()), None)
    if found is None:
        return NO_LIST
    certificates = x509.load_pem_x509_certificates(found.read_bytes())
    named = [PKCS12Certificate(each, str(number).encode()) for number, each in enumerate(certificates)]
    password = sys.argv[2].encode()
    Path(sys.argv[1]).write_bytes(serialize_java_truststore(named, BestAvailableEncryption(password)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
