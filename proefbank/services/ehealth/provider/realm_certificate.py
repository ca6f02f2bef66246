"""The certificate that Keycloak makes with a realm key: X.509 version 1, self-signed, CN=realm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from proefbank.certificates import name_of

__all__ = ["realm_certificate"]

_MADE = datetime(2024, 1, 1, tzinfo=UTC)
_BORN = _MADE - timedelta(seconds=100)
_DIES = datetime(2034, 1, 1, tzinfo=UTC)
_SERIAL = int(_MADE.timestamp() * 1000)
"""Keycloak takes the milliseconds of the moment; one value will do, as no two share a key."""

_VERSION_3 = b"\xa0\x03\x02\x01\x02"
_SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
_SEQUENCE, _BIT_STRING = 0x30, 0x03
_LONG_FORM = 0x80


def realm_certificate(private: rsa.RSAPrivateKey, common_name: str) -> bytes:
    """Return the DER of a certificate for `private`, valid for ten years from 2024.

    The same key and name give the same octets: RSA signatures of PKCS #1 v1.5 are
    deterministic. `cryptography` builds version 3 only, so its version field is taken out and
    the rest signed anew.
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
    whole = modern.tbs_certificate_bytes
    fields = whole[_header_length(whole) :]
    if not fields.startswith(_VERSION_3):  # nothing to take out: never seen, and no harm
        return modern.public_bytes(Encoding.DER)
    signed = _element(_SEQUENCE, fields[len(_VERSION_3) :])
    signature = private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return _element(_SEQUENCE, signed + _SHA256_WITH_RSA + _element(_BIT_STRING, b"\0" + signature))


def _header_length(element: bytes) -> int:
    """Return how many octets tag and length take (X.690, 8.1.3)."""
    return 2 + (element[1] & ~_LONG_FORM if element[1] & _LONG_FORM else 0)


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets + content
