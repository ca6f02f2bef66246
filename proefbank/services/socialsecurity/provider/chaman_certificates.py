"""Which certificates ChaMan takes for a REST account.

"Opzetten kanaal REST API", 4.4.1, and ChaMan FAQ, "Certificaten": keys, digests, key usage.
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .accounts import RegisteredKey

__all__ = ["why_refused"]

_KEYS: Final = ("RSA-2048", "RSA-3072", "RSA-4096", "EC P-384", "EC P-521")
_DIGESTS: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def why_refused(certificate: x509.Certificate, instant: float) -> str | None:
    """Return why ChaMan does not take a certificate at epoch seconds `instant`; None if it does."""
    key = RegisteredKey.of(certificate)
    if key.kind not in _KEYS:
        return f"its key is {key.kind}; there are {', '.join(_KEYS)}"
    digest = certificate.signature_hash_algorithm
    if not isinstance(digest, _DIGESTS):
        name = digest.name if digest is not None else "none"
        return f"its digest is {name}; there are sha256, sha384, sha512"
    if certificate.issuer == certificate.subject and not _signs(certificate):
        return "its key usage is not Digital Signature, as that of a self-signed one must be"
    if not key.valid_at(instant):
        return "it is not valid now"
    return None


def _signs(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return usage.digital_signature
