"""The parts that certificates are built from, and what one reads off a finished certificate."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from proefbank.keys import PrivateKey

__all__ = [
    "DIGESTS",
    "Digest",
    "KeyUsage",
    "begin",
    "certificate_from",
    "host_name",
    "key_usage_of",
    "name_of",
    "sha256_fingerprint",
    "to_der",
    "to_pem",
]

Digest = Literal["SHA-224", "SHA-256", "SHA-384", "SHA-512"]
"""Digest of a certificate's signature; ChaMan does not take `SHA-224`."""
DIGESTS: dict[str, type[hashes.SHA224 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "SHA-224": hashes.SHA224,
    "SHA-256": hashes.SHA256,
    "SHA-384": hashes.SHA384,
    "SHA-512": hashes.SHA512,
}

KeyUsage = Literal[
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
]


def to_pem(certificate: x509.Certificate) -> bytes:
    """Return the certificate in PEM."""
    return certificate.public_bytes(Encoding.PEM)


def to_der(certificate: x509.Certificate) -> bytes:
    """Return the certificate in DER, as a `.cer` file usually holds it."""
    return certificate.public_bytes(Encoding.DER)


def certificate_from(data: bytes) -> x509.Certificate:
    """Read a certificate in PEM or DER; raises ValueError when it is neither."""
    if b"-----BEGIN" in data:
        return x509.load_pem_x509_certificate(data)
    return x509.load_der_x509_certificate(data)


def sha256_fingerprint(certificate: x509.Certificate | bytes) -> str:
    """Return the hex SHA-256 of the DER of a certificate (given as such, or as DER)."""
    der = certificate if isinstance(certificate, bytes) else to_der(certificate)
    return hashlib.sha256(der).hexdigest()


def begin(
    *extensions: x509.ExtensionType,
    subject: x509.Name,
    issuer: x509.Name,
    private: PrivateKey,
    validity: tuple[float, float],
) -> x509.CertificateBuilder:
    """Start a certificate for `private`'s public half, valid between two epoch seconds.

    The subject key identifier comes by itself; basic constraints and key usage are critical.
    """
    public = private.public_key()
    first, last = (datetime.fromtimestamp(int(instant), UTC) for instant in validity)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    for extension in extensions:
        critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
        builder = builder.add_extension(extension, critical=critical)
    return builder


_NAMES = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "CN": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}


def name_of(*parts: tuple[str, str]) -> x509.Name:
    """Build a distinguished name from short labels (`C`, `O`, `CN`, `serialNumber`)."""
    return x509.Name([x509.NameAttribute(_NAMES[label], value) for label, value in parts])


def host_name(host: str) -> x509.GeneralName:
    """Return the alternative name for a DNS name or an IP address."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def key_usage_of(wanted: Iterable[KeyUsage]) -> x509.KeyUsage:
    """Build the key usage extension with these bits set."""
    bits = set(wanted)
    return x509.KeyUsage(
        digital_signature="digital_signature" in bits,
        content_commitment="content_commitment" in bits,
        key_encipherment="key_encipherment" in bits,
        data_encipherment="data_encipherment" in bits,
        key_agreement="key_agreement" in bits,
        key_cert_sign="key_cert_sign" in bits,
        crl_sign="crl_sign" in bits,
        encipher_only=False,
        decipher_only=False,
    )
