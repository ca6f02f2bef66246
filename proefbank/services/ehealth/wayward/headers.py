"""Consumers that let a token's header lead them astray."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from proefbank.errors import Rejected

from ..reference import KeyStore, ReferenceConsumer
from .by_hand import claims_in, fits_hmac, fits_rsa, key_in_certificate, public_key
from .registry import breaks

COLUMN = 1_000
"""Characters that a database may have for a kid."""


class Led(ReferenceConsumer):
    """Base: verifies with keys that the token's header leads to, where it does."""

    def keys_led_to(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Return those keys."""
        raise NotImplementedError

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Look at the header first."""
        if token.count(".") == len(("header", "claims")):
            for key in self.keys_led_to(self.header_of(token)):
                if fits_rsa(token, key):
                    claims = claims_in(token)
                    self.check_claims(claims, next(iter(self.stores.values())))
                    return {"claims": claims}
        return super().jwt_verify(token, issuer)


@breaks("token.jku-is-not-followed")
class FollowsJku(Led):
    """Verifies with the key set at jku."""

    def keys_led_to(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Fetch it."""
        response = self.get(header["jku"]) if "jku" in header else None
        found = self.keys_in(response) if response is not None else {}
        return [public_key(key) for key in found.values()]


@breaks("token.x5u-is-not-followed")
class FollowsX5u(Led):
    """Verifies with the certificate at x5u."""

    def keys_led_to(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Fetch it."""
        response = self.get(header["x5u"]) if "x5u" in header else None
        if response is None or not response.is_success:
            return []
        key = x509.load_pem_x509_certificate(response.content).public_key()
        return [key] if isinstance(key, RSAPublicKey) else []


@breaks("token.embedded-key-is-not-trusted")
class TrustsJwk(Led):
    """Verifies with the key in the header."""

    def keys_led_to(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Take it out."""
        return [public_key(header["jwk"])] if "jwk" in header else []


@breaks("token.embedded-certificate-is-not-trusted")
class TrustsX5cHeader(Led):
    """Verifies with the first certificate in the header."""

    def keys_led_to(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Take it out."""
        return [key_in_certificate(header["x5c"][0])] if "x5c" in header else []


@breaks("token.unknown-crit-is-refused")
class SkipsUnknownCrit(Led):
    """Checks the form of crit and skips names it does not know."""

    def keys_led_to(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Use the listed key if the form is right."""
        crit = header.get("crit")
        return self.listed_keys(header) if isinstance(crit, list) and crit else []

    def listed_keys(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Return the key that the set lists under the kid."""
        store = next(iter(self.stores.values()))
        found = store.keys.get(header.get("kid", ""))
        return [public_key(found)] if found else []


@breaks("token.malformed-crit-is-refused")
class LenientCrit(SkipsUnknownCrit):
    """Takes an empty crit, or one that is no list, for none."""

    def keys_led_to(self, header: Mapping[str, Any]) -> list[RSAPublicKey]:
        """Use the listed key if the form is wrong."""
        crit = header.get("crit", ["absent"])
        return [] if isinstance(crit, list) and crit else self.listed_keys(header)


@breaks("token.kid-is-no-file")
class KidAsFile(ReferenceConsumer):
    """Reads an unknown kid as a file and verifies HMAC with what it holds."""

    def check_header(self, header: Mapping[str, Any], store: KeyStore) -> None:
        """Let HMAC pass where the kid is a path."""
        if not (header.get("alg") == "HS256" and "/" in str(header.get("kid"))):
            super().check_header(header, store)

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        """Open the file."""
        if "/" in kid and Path(kid).exists():
            return {"secret": Path(kid).read_bytes()}
        return super().lookup(kid, store)

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Verify with what the file holds."""
        if "secret" not in key:
            return super().verified(token, header, key, store)
        if not fits_hmac(token, header["alg"], key["secret"]):
            raise Rejected("invalid_signature", "the signature does not verify")
        return claims_in(token)


class Minding(ReferenceConsumer):
    """Base: does something with every kid before it looks for the key."""

    def mind(self, kid: Any) -> None:
        """Do it."""
        raise NotImplementedError

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Mapping[str, Any]:
        """Do it first."""
        self.mind(header.get("kid"))
        return super().key_for(header, store)


@breaks("token.kid-is-no-address")
class FetchesKidUrl(Minding):
    """Fetches an unknown kid that looks like a URL."""

    def mind(self, kid: Any) -> None:
        """Fetch it."""
        if str(kid).startswith("https://"):
            self.get(kid)


@breaks("token.kid-reaches-no-query")
class CrashesOnQuote(Minding):
    """Pastes kid into a query and crashes when that no longer parses."""

    def mind(self, kid: Any) -> None:
        """Paste."""
        if {"'", ";"} & set(str(kid)) and isinstance(kid, str):
            raise RuntimeError("syntax error in the query")


@breaks("token.kid-may-hold-any-character")
class CrashesOnControlCharacter(Minding):
    """Puts kid into a header of its own request and crashes."""

    def mind(self, kid: Any) -> None:
        """Complain of line breaks."""
        if isinstance(kid, str) and "\n" in kid:
            raise RuntimeError("illegal header value")


@breaks("token.long-kid-is-survived")
class CrashesOnLongKid(Minding):
    """Copies kid into a column that is too short."""

    def mind(self, kid: Any) -> None:
        """Count."""
        if isinstance(kid, str) and len(kid) > COLUMN:
            raise RuntimeError("value too long for the column")


@breaks("token.kid-that-is-no-text-is-refused")
class CrashesOnObjectKid(Minding):
    """Uses kid as a key of a map that cannot hold it."""

    def mind(self, kid: Any) -> None:
        """Hash it."""
        hash(kid)


@breaks("token.stays-out-of-output")
class LogsToken(ReferenceConsumer):
    """Prints every token to standard error."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Print first."""
        print("verifying", token, file=sys.stderr)  # noqa: T201 - the defect
        return super().jwt_verify(token, issuer)


@breaks("token.person-stays-out-of-output")
class LogsClaims(ReferenceConsumer):
    """Prints the claims of accepted tokens to standard error."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Print afterwards."""
        found = super().jwt_verify(token, issuer)
        print("accepted", found, file=sys.stderr)  # noqa: T201 - the defect
        return found


@breaks("operation.refusal-names-the-kid")
class SaysInvalidToken(ReferenceConsumer):
    """Gives every refusal the same words."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Keep the class and drop the words."""
        try:
            return super().jwt_verify(token, issuer)
        except Rejected as refusal:
            raise Rejected(refusal.reject_class, "invalid token") from None
