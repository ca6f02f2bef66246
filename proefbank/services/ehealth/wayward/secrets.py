"""Consumers that take what everybody knows for a shared secret."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..reference import KeyStore, ReferenceConsumer
from .by_hand import claims_in, decoded, fits_hmac, public_key
from .registry import breaks

SPKI = PublicFormat.SubjectPublicKeyInfo


class Confused(ReferenceConsumer):
    """Base: verifies HMAC with something that it finds in the key."""

    def secrets(self, key: Mapping[str, Any]) -> list[bytes]:
        """Return what it tries."""
        raise NotImplementedError

    def check_header(self, header: Mapping[str, Any], store: KeyStore) -> None:
        """Let HMAC pass."""
        if str(header.get("alg")).startswith("HS") and header.get("kid") in self.listed(store):
            return
        super().check_header(header, store)

    def listed(self, store: KeyStore) -> Mapping[str, Any]:
        """Return the keys that are known at this time."""
        return store.keys

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Try each of the secrets."""
        alg = header["alg"]
        if str(alg).startswith("HS"):
            header = {**header, "alg": "RS256"}
            if any(fits_hmac(token, alg, secret) for secret in self.secrets(key)):
                return claims_in(token)
        return super().verified(token, header, key, store)


@breaks("token.public-key-is-no-secret")
class HmacWithPem(Confused):
    """Verifies HMAC with the public key in PEM."""

    def secrets(self, key: Mapping[str, Any]) -> list[bytes]:
        """Write the key as PEM."""
        pem = public_key(key).public_bytes(Encoding.PEM, SPKI)
        return [pem, pem.strip()]


@breaks("token.encoded-key-is-no-secret")
class HmacWithDer(Confused):
    """Verifies HMAC with the public key in DER."""

    def secrets(self, key: Mapping[str, Any]) -> list[bytes]:
        """Write the key as DER."""
        return [public_key(key).public_bytes(Encoding.DER, SPKI)]


@breaks("token.modulus-is-no-secret")
class HmacWithModulus(Confused):
    """Verifies HMAC with the text of n."""

    def secrets(self, key: Mapping[str, Any]) -> list[bytes]:
        """Take the member as it is."""
        return [str(key["n"]).encode()]


@breaks("token.certificate-is-no-secret")
class HmacWithCertificate(Confused):
    """Verifies HMAC with the text of x5c."""

    def secrets(self, key: Mapping[str, Any]) -> list[bytes]:
        """Take the first certificate, as text and as octets."""
        text = str(key.get("x5c", [""])[0])
        return [text.encode(), base64.b64decode(text)]


@breaks("token.listed-key-is-no-secret")
class HmacWithNothing(Confused):
    """Verifies HMAC under a known kid with an empty secret."""

    def secrets(self, key: Mapping[str, Any]) -> list[bytes]:  # noqa: ARG002
        """Have none."""
        return [b""]


@breaks("key-set.symmetric-member-is-not-used")
class UsesOctMember(Confused):
    """Allows HS256 when the set lists a symmetric key."""

    def listed(self, store: KeyStore) -> Mapping[str, Any]:
        """Return symmetric keys only."""
        return {kid: key for kid, key in store.keys.items() if key.get("kty") == "oct"}

    def fits(self, member: Mapping[str, Any]) -> bool:
        """Keep symmetric keys too."""
        return member.get("kty") == "oct" or super().fits(member)

    def secrets(self, key: Mapping[str, Any]) -> list[bytes]:
        """Take the member k."""
        return [decoded(str(key.get("k", "")))]
