"""Chains of certificates: their order, their strength, and whether they lead to an anchor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from proefbank.certificates import to_der

__all__ = ["in_order", "issued_by", "named", "trust_problem", "valid_at", "weakness"]

_LEAST_RSA = 2048
_WEAK = ("md5", "sha1")


def named(certificate: x509.Certificate) -> str:
    """Return whom a certificate is about, as people read it."""
    try:
        return certificate.subject.rfc4514_string() or "somebody without a name"
    except ValueError:
        return "somebody whose name cannot be read"


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` made `certificate`: names and signature fit."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def in_order(
    leaf: x509.Certificate, among: Iterable[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Return `leaf` and what leads from it upwards, each certifying the one before it."""
    chain, left = [leaf], [one for one in among if one != leaf]
    while not issued_by(chain[-1], chain[-1]):
        above = next((one for one in left if issued_by(chain[-1], one)), None)
        if above is None:
            break
        chain.append(above)
        left.remove(above)
    return tuple(chain)


def valid_at(certificate: x509.Certificate, instant: float) -> bool:
    """Whether `instant` (epoch seconds) lies within the certificate's dates."""
    moment = datetime.fromtimestamp(instant, UTC)
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def weakness(certificate: x509.Certificate, *, leaf: bool) -> str:
    """Return why a certificate cannot be relied on, as an ending to its name; empty if it can.

    The signature of an authority's own certificate does not matter: it is trusted or it is not.
    """
    try:
        key = certificate.public_key()
        if isinstance(key, RSAPublicKey) and key.key_size < _LEAST_RSA:
            return f"has a key of {key.key_size} bits only"
        digest = certificate.signature_hash_algorithm
        weak = digest is not None and digest.name in _WEAK
        if weak and not issued_by(certificate, certificate):
            return f"is signed with {digest.name.upper()}" if digest else ""
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    except (UnsupportedAlgorithm, ValueError):
        return "cannot be read"
    if leaf and not (usage.digital_signature or usage.content_commitment):
        return "is not for digital signatures"
    return ""


def trust_problem(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], instant: float
) -> str:
    """Return why `chain` does not lead to one of `anchors` at `instant`; empty if it does.

    Path validation (RFC 5280, 6) is pyhanko-certvalidator's. Nothing is fetched, so revocation
    is not looked at.
    """
    from asn1crypto.x509 import Certificate  # noqa: PLC0415 - slow to import
    from pyhanko_certvalidator import CertificateValidator, ValidationContext  # noqa: PLC0415

    loaded = [Certificate.load(to_der(one)) for one in chain]
    context = ValidationContext(
        trust_roots=[Certificate.load(to_der(one)) for one in anchors],
        other_certs=loaded[1:],
        moment=datetime.fromtimestamp(instant, UTC),
        allow_fetching=False,
    )
    checked = CertificateValidator(loaded[0], loaded[1:], context)
    try:
        asyncio.run(checked.async_validate_path())
    except Exception as problem:  # noqa: BLE001 - a library on certificates of strangers
        return " ".join(str(problem).split()) or type(problem).__name__
    return ""
