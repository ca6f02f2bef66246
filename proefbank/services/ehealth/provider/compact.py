"""Building compact tokens by hand: for those that no library would make, malformed or hostile."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .material import b64url

__all__ = ["Signer", "compact", "hmac_with", "rsa_with", "unsigned"]

Signer = Callable[[bytes], bytes]
"""Makes the signature of a signing input."""

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


def compact(header: object, claims: object, sign: Signer) -> str:
    """Return a compact JWS of any header and claims; octets and texts go in as they are."""
    signing_input = f"{b64url(_octets(header))}.{b64url(_octets(claims))}"
    return f"{signing_input}.{b64url(sign(signing_input.encode('ascii')))}"


def _octets(part: object) -> bytes:
    if isinstance(part, bytes):
        return part
    if isinstance(part, str):
        return part.encode()
    return json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()


def unsigned(_signing_input: bytes) -> bytes:
    """Return an empty signature."""
    return b""


def rsa_with(private: rsa.RSAPrivateKey, alg: str = "RS256") -> Signer:
    """Return a signer for `RS…` or `PS…` (RFC 7518, 3.3 and 3.5)."""
    digest = _HASHES[alg[2:]]
    scheme: Any = padding.PKCS1v15()
    if alg.startswith("PS"):
        scheme = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
    return lambda data: private.sign(data, scheme, digest)


def hmac_with(secret: bytes, alg: str = "HS256") -> Signer:
    """Return a signer for `HS…` that takes any octets for a secret, public keys too."""
    return lambda data: hmac.digest(secret, data, f"sha{alg[2:]}")
