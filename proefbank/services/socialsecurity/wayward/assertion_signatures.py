"""Clients that sign the client assertion badly, or wrap it up badly."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from proefbank.keys import key_for

from ..reference import ReferenceClient
from .registry import breaks


@breaks("assertion.is-compact-signed-jwt")
class PaddedBase64(ReferenceClient):
    """Leaves the equals signs on the parts of the JWT."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Pad each part."""
        parts = super().sign(claims).split(".")
        return ".".join(part + "=" * (-len(part) % 4) for part in parts)


@breaks("assertion.is-signed")
class AlgNone(ReferenceClient):
    """Does not sign at all."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Say so in the header."""
        return joined(packed({"alg": "none", "typ": "JWT"}, claims), b"")


@breaks("assertion.signature-is-asymmetric")
class HmacWithCertificate(ReferenceClient):
    """Uses its public certificate as a shared secret."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Make a keyed hash."""
        signed = packed({"alg": "HS256", "typ": "JWT"}, claims)
        secret = Path(self.settings["certificate_file"]).read_bytes()
        return joined(signed, hmac.digest(secret, signed, hashlib.sha256))


@breaks("assertion.alg-is-rs256-for-rsa-keys")
class Rs512(ReferenceClient):
    """Signs with RS512."""

    def algorithm(self) -> str:
        """Choose the longer hash."""
        return "RS512"


@breaks("assertion.alg-fits-the-key")
class EllipticNameForRsa(ReferenceClient):
    """Names an elliptic algorithm over a signature made with an RSA key."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign with the one, name the other."""
        signed = packed({"alg": "ES384", "typ": "JWT"}, claims)
        assert isinstance(self.key, RSAPrivateKey)  # noqa: S101 - the bench hands out RSA keys
        return joined(signed, self.key.sign(signed, PKCS1v15(), SHA256()))


@breaks("assertion.signature-fits-a-registered-certificate")
class UnregisteredKey(ReferenceClient):
    """Signs with a key whose certificate nobody uploaded."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Take a key of its own."""
        return jwt.encode(claims, key_for("wayward", "RSA-2048").private, algorithm="RS256")


def packed(header: dict[str, Any], claims: dict[str, Any]) -> bytes:
    """Return header and claims as the signing input of a JWS."""
    parts = (json.dumps(item, separators=(",", ":")).encode() for item in (header, claims))
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def joined(signed: bytes, signature: bytes) -> str:
    """Return the compact form."""
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()
