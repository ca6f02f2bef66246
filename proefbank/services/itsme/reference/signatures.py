"""No signature is believed before it verifies with the person's certificate (section 11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from proefbank.errors import Rejected

from .documents import ToBeSigned, unbase64

__all__ = ["matched", "public_key_of", "verify"]


def matched(entries: object, to_be_signed: Sequence[ToBeSigned]) -> dict[str, bytes]:
    """Return the raw signature of each document by the id that the answer names.

    Raises Rejected unless there is exactly one for every document, and none for any other.
    """
    if not isinstance(entries, list) or not entries:
        raise Rejected("malformed", "success without signatures")
    found: dict[str, bytes] = {}
    for entry in entries:
        id, value = _entry(entry)
        if id in found:
            raise Rejected("malformed", f"two signatures for document {id}")
        found[id] = unbase64(value)
    if found.keys() != {one.id for one in to_be_signed}:
        raise Rejected("malformed", "the signatures are not those of our documents")
    return {one.id: found[one.id] for one in to_be_signed}


def _entry(entry: Any) -> tuple[str, str]:
    """Return id and value; the table of the document spells `whichdoc`, its example `whichDoc`."""
    try:
        id, value = entry.get("whichDoc", entry.get("whichdoc")), entry["b64Sig"]["value"]
    except (AttributeError, KeyError, TypeError) as problem:
        raise Rejected("malformed", "a signature is not shaped like one") from problem
    if not isinstance(id, str) or not isinstance(value, str):
        raise Rejected("malformed", "a signature is not shaped like one")
    return id, value


def verify(value: bytes, digest: bytes, certificate: x509.Certificate) -> None:
    """Verify a bare PKCS#1 v1.5 signature over a SHA-256 digest; raises Rejected."""
    try:
        public_key_of(certificate).verify(value, digest, PKCS1v15(), Prehashed(SHA256()))
    except InvalidSignature as problem:
        raise Rejected("invalid_signature", "a signature does not verify") from problem


def public_key_of(certificate: x509.Certificate) -> RSAPublicKey:
    """Return the signer's public key; raises Rejected if it is not RSA."""
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise Rejected("malformed", "the signer's key is not RSA")
    return key
