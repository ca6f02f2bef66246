"""What stands behind the name of a realm key: the pair, its kid, its certificate.

Pairs come from one small pool for the whole process, whatever the timeline; nothing is made
before it is asked for. Environments and realms share none.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proefbank.keys import SigningKey, key_for

from .realm_certificate import realm_certificate

__all__ = ["Jwk", "Material", "b64url", "elliptic_jwk", "key_id", "material", "trap_material"]

Jwk = dict[str, Any]


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def key_id(key: SigningKey) -> str:
    """Return Keycloak's kid: SHA-256 of the DER SubjectPublicKeyInfo, 43 characters.

    It is not the thumbprint of RFC 7638: the same key gives the same kid, and that is all.
    """
    der = key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64url(hashlib.sha256(der).digest())


@dataclass(frozen=True, slots=True)
class Material:
    """An RSA pair with all that is derived from it."""

    key: SigningKey
    kid: str
    certificate: bytes = field(repr=False)
    """DER."""
    x5c: str = field(repr=False)
    """Plain base64 of the DER, as JWKs carry it."""
    x5t: str
    x5t_s256: str

    @property
    def private(self) -> rsa.RSAPrivateKey:
        """The private key, for signing."""
        private = self.key.private
        assert isinstance(private, rsa.RSAPrivateKey)  # noqa: S101 - `_make` asks for RSA
        return private

    @property
    def spki(self) -> bytes:
        """DER of the SubjectPublicKeyInfo."""
        return self.key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def public_key(self) -> str:
        """Plain base64 of the SubjectPublicKeyInfo, as the realm page shows it."""
        return base64.b64encode(self.spki).decode("ascii")

    def jwk(self, *, use: str = "sig", alg: str = "RS256", kid: str | None = None) -> Jwk:
        """Return the public JWK with the members and in the order of Keycloak 26."""
        return {
            "kid": self.kid if kid is None else kid,
            "kty": "RSA",
            "alg": alg,
            "use": use,
            "x5c": [self.x5c],
            "x5t": self.x5t,
            "x5t#S256": self.x5t_s256,
            "n": self.key.public_jwk["n"],
            "e": self.key.public_jwk["e"],
        }


def material(environment: str, realm: str, name: str) -> Material:
    """Return the pair called `name` of a realm, making it the first time (some 75 ms)."""
    return _make(f"ehealth/{environment}/{realm}/{name}", realm)


def trap_material() -> Material:
    """Return the pair of whoever would have a client trust his own key; in no realm's set."""
    return _make("ehealth/trap", "trap")


def elliptic_jwk() -> Jwk:
    """Return the JWK of an EC key that a realm may publish beside its RSA keys."""
    key = key_for("ehealth/elliptic", "EC P-256")
    kid = key_id(key)
    return {"kid": kid, "kty": "EC", "alg": "ES256", "use": "sig"} | {
        name: key.public_jwk[name] for name in ("crv", "x", "y")
    }


@cache
def _make(name: str, common_name: str) -> Material:
    key = key_for(name, "RSA-2048")
    private = key.private
    assert isinstance(private, rsa.RSAPrivateKey)  # noqa: S101 - asked for just now
    certificate = realm_certificate(private, common_name)
    return Material(
        key=key,
        kid=key_id(key),
        certificate=certificate,
        x5c=base64.b64encode(certificate).decode("ascii"),
        x5t=b64url(hashlib.sha1(certificate, usedforsecurity=False).digest()),
        x5t_s256=b64url(hashlib.sha256(certificate).digest()),
    )
