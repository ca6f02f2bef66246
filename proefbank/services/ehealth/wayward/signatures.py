"""Consumers that look badly at signature and algorithm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt

from ..reference import KeyStore, ReferenceConsumer
from .by_hand import claims_in, fits_rsa, public_key
from .registry import breaks

USUAL = {"alg": "RS256", "typ": "JWT"}
LENGTH = 342
"""Characters of a signature by RSA with 2048 bits."""


class Unchecked(ReferenceConsumer):
    """Base: lets some tokens pass with no look at the signature, and the header too."""

    def passes(self, token: str, header: Mapping[str, Any]) -> bool:
        """Whether this is one of them."""
        raise NotImplementedError

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Look at nothing but the claims of those."""
        if token.count(".") == len(("header", "claims")) and self.passes(
            token, self.header_of(token)
        ):
            claims = claims_in(token)
            self.check_claims(claims, next(iter(self.stores.values())))
            return {"claims": claims}
        return super().jwt_verify(token, issuer)


@breaks("token.signature-is-verified")
class DecodesKnownKids(ReferenceConsumer):
    """Only decodes a token with the usual header, a known kid and a signature of usual length."""

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Compare lengths."""
        if {**header, "kid": ""} == USUAL | {"kid": ""} and len(token.split(".")[2]) == LENGTH:
            return claims_in(token)
        return super().verified(token, header, key, store)


@breaks("token.empty-or-cut-signature-is-refused")
class AcceptsEmptySignature(ReferenceConsumer):
    """Takes an empty third part for nothing to verify."""

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Look for a signature first."""
        return (
            claims_in(token) if token.endswith(".") else super().verified(token, header, key, store)
        )


@breaks("token.algorithm-is-the-configured-one")
class AlgFromHeader(ReferenceConsumer):
    """Allows whatever RSA algorithm the token names, unless the key says otherwise."""

    def check_header(self, header: Mapping[str, Any], store: KeyStore) -> None:
        """Let the family pass."""
        if str(header.get("alg"))[:2] in ("RS", "PS") and "crit" not in header:
            return
        super().check_header(header, store)

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Verify as the token wants it, where the key is for anything."""
        if "alg" in key or header["alg"] in store.algorithms:
            return super().verified(token, header, key, store)
        alg = str(header["alg"])
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK({**key, "alg": alg}).key,
            algorithms=[alg],
            options={"verify_aud": False},
        )
        return claims


@breaks("token.algorithm-name-is-exact")
class AssumesRs256(ReferenceConsumer):
    """Verifies a token without alg as RS256."""

    def check_header(self, header: Mapping[str, Any], store: KeyStore) -> None:
        """Fill in what is missing."""
        super().check_header({"alg": "RS256", **header}, store)

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Verify by hand what no library takes."""
        if "alg" not in header and fits_rsa(token, public_key(key)):
            return claims_in(token)
        return super().verified(token, {"alg": "RS256", **header}, key, store)


@breaks("token.unsigned-token-is-refused")
class AcceptsNone(Unchecked):
    """Takes alg none for a token that needs no signature."""

    def passes(self, token: str, header: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Go by the token's word."""
        return header.get("alg") == "none"


@breaks("token.unsigned-token-in-disguise-is-refused")
class AcceptsNoneInCapitals(Unchecked):
    """Refuses none and lets None, NONE and nOnE pass unsigned."""

    def passes(self, token: str, header: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Compare with none in small letters only."""
        alg = str(header.get("alg"))
        return alg != "none" and alg.lower() == "none" and "alg" in header and alg == header["alg"]
