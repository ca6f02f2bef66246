"""The certificate that Keycloak makes with a realm key: X.509 version 1, self-signed, CN=realm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from proefbank.certificates import name_of

__all__ = ["realm_certificate"]

_MADE = datetime(2024, 1, 1, tzinfo=UTC)
_BORN = _MADE - timedelta(seconds=100)
_DIES = datetime(2034, 1, 1, tzinfo=UTC)
_SERIAL = int(_MADE.timestamp() * 1000)
"""Keycloak takes the milliseconds of the moment; one value will do, as no two share a key."""


def realm_certificate(private: rsa.RSAPrivateKey, common_name: str) -> bytes:
    """Return the DER of a certificate for `private`, valid for ten years from 2024.

    The same key and name give the same octets: RSA signatures of PKCS #1 v1.5 are
    deterministic. `cryptography` builds version 3 only, so its version is changed and all
    signed anew.
    """
    name = name_of(("CN", common_name))
    modern = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(_SERIAL)
        .not_valid_before(_BORN)
        .not_valid_after(_DIES)
        .sign(private, hashes.SHA256())
    )
    fields = asn1_x509.TbsCertificate.load(modern.tbs_certificate_bytes)
    fields["version"] = "v1"
    signature = private.sign(fields.dump(force=True), padding.PKCS1v15(), hashes.SHA256())
    signed = {
        "tbs_certificate": fields,
        "signature_algorithm": fields["signature"],
        "signature_value": signature,
    }
    return bytes(asn1_x509.Certificate(signed).dump())
