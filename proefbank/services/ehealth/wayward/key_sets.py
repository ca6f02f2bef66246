"""Consumers that read a key set badly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import KeyStore, ReferenceConsumer
from .by_hand import claims_in, fits_rsa, key_in_certificate, public_key
from .registry import breaks

KNOWN_TYPES = ("RSA", "EC", "OKP", "oct")
KNOWN_CURVES = ("P-256", "P-384", "P-521")
KNOWN_ALGS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "HS256", "RSA-OAEP")
KNOWN_MEMBERS = {"kid", "kty", "alg", "use", "x5c", "x5t", "x5t#S256", "n", "e"}
Members = Sequence[Any]
Keys = dict[str, Mapping[str, Any]]


@breaks("key-set.kid-is-compared-with-case")
class FoldsKidCase(ReferenceConsumer):
    """Compares kids without regard to case."""

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        """Fold them."""
        return {key.lower(): value for key, value in store.keys.items()}.get(kid.lower())


@breaks("key-set.kid-is-compared-whole")
class MatchesKidPrefix(ReferenceConsumer):
    """Takes the first key whose kid begins with the token's."""

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        """Search."""
        return next((value for key, value in store.keys.items() if key.startswith(kid)), None)


@breaks("key-set.encryption-key-verifies-nothing")
class IgnoresUse(ReferenceConsumer):
    """Takes any RSA member for a signing key, whatever its use and alg."""

    def fits(self, member: Mapping[str, Any]) -> bool:
        """Look at the type only."""
        return super().fits({**member, "use": "sig", "alg": "RS256"})

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Overlook that the key is for encryption."""
        plain = {name: value for name, value in key.items() if value not in ("enc", "RSA-OAEP")}
        return super().verified(token, header, plain, store)


@breaks("key-set.shared-kid-is-settled-by-use")
class FirstHitWins(ReferenceConsumer):
    """Takes the first member with the kid and refuses when that is for encryption."""

    def usable(self, members: Members) -> Keys:
        """Drop later ones of the same kid first."""
        kept: dict[object, Any] = {}
        for item in members:
            kept.setdefault(str(item.get("kid")) if isinstance(item, dict) else id(item), item)
        return super().usable(list(kept.values()))


class Nameless(ReferenceConsumer):
    """Base: has a way with tokens that name no key."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Look for the name."""
        if token.count(".") != len(("header", "claims")):
            return super().jwt_verify(token, issuer)
        header = self.header_of(token)
        if set(header) != {"alg", "typ"} or header["alg"] != "RS256":
            return super().jwt_verify(token, issuer)
        store = next(iter(self.stores.values()))
        if not self.is_good(token, store):
            raise Rejected("invalid_signature", "the signature does not verify")
        claims = claims_in(token)
        self.check_claims(claims, store)
        return {"claims": claims}

    def is_good(self, token: str, store: KeyStore) -> bool:
        """Whether it takes the signature of such a token for good."""
        raise NotImplementedError


@breaks("key-set.token-without-kid-is-treated-evenly")
class FirstKeyWithoutKid(Nameless):
    """Tries the first signing key only, where a token names none."""

    def is_good(self, token: str, store: KeyStore) -> bool:
        """Try it."""
        return any(fits_rsa(token, public_key(key)) for key in list(store.keys.values())[:1])


@breaks("key-set.token-without-kid-is-verified")
class NoKidNoCheck(Nameless):
    """Only decodes a token with the usual header that names no key."""

    def is_good(self, token: str, store: KeyStore) -> bool:  # noqa: ARG002
        """Have no key to verify it with."""
        return True


class Choking(ReferenceConsumer):
    """Base: refuses a whole set for one of its members."""

    def chokes(self, member: Mapping[str, Any]) -> bool:
        """Whether this member is too much."""
        raise NotImplementedError

    def usable(self, members: Members) -> Keys:
        """Give up, or go on."""
        if any(isinstance(item, dict) and self.chokes(item) for item in members):
            return {}
        return super().usable(members)


@breaks("key-set.unknown-type-is-skipped")
class ChokesOnUnknownKty(Choking):
    """Refuses the whole set for one key type it does not know."""

    def chokes(self, member: Mapping[str, Any]) -> bool:
        """Know four."""
        return "kty" in member and member["kty"] not in KNOWN_TYPES


@breaks("key-set.unknown-curve-is-skipped")
class ChokesOnUnknownCrv(Choking):
    """Refuses the whole set for one curve it does not know."""

    def chokes(self, member: Mapping[str, Any]) -> bool:
        """Know three."""
        return "crv" in member and member["crv"] not in KNOWN_CURVES


@breaks("key-set.unknown-algorithm-is-skipped")
class ChokesOnUnknownAlg(Choking):
    """Refuses the whole set for one alg it does not know, of a key that it could use."""

    def chokes(self, member: Mapping[str, Any]) -> bool:
        """Skip what is of no use anyway."""
        if member.get("kty") not in KNOWN_TYPES or member.get("crv", "P-256") not in KNOWN_CURVES:
            return False
        return "alg" in member and member["alg"] not in KNOWN_ALGS


@breaks("key-set.elliptic-key-beside-rsa-is-survived")
class OneAlgorithmOnly(ReferenceConsumer):
    """Refuses a set whose signing keys are for more than one known algorithm."""

    def usable(self, members: Members) -> Keys:
        """Count them."""
        keys = [item for item in members if isinstance(item, dict) and item.get("use") == "sig"]
        algs = {item["alg"] for item in keys if item.get("alg") in KNOWN_ALGS}
        return {} if len(algs) > 1 else super().usable(members)


@breaks("key-set.incomplete-member-is-skipped")
class ChokesOnMissingMember(Choking):
    """Refuses the whole set for a member without kty or n."""

    def chokes(self, member: Mapping[str, Any]) -> bool:
        """Want them."""
        return "kty" not in member or (member["kty"] == "RSA" and "n" not in member)


@breaks("key-set.member-that-is-no-object-is-skipped")
class ChokesOnNullMember(ReferenceConsumer):
    """Crashes on a member that is no object."""

    def usable(self, members: Members) -> Keys:
        """Ask each for its kid."""
        for item in members:
            item.get("kid")
        return super().usable(members)


@breaks("key-set.alg-of-the-key-binds-the-token")
class IgnoresKeyAlg(ReferenceConsumer):
    """Takes the algorithm from the token if it is in the allow-list."""

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Overlook what the key is for."""
        plain = {name: value for name, value in key.items() if name != "alg"}
        return super().verified(token, header, plain, store)


class Picky(ReferenceConsumer):
    """Base: skips keys that it could use."""

    def likes(self, member: Mapping[str, Any]) -> bool:
        """Whether it wants this key."""
        raise NotImplementedError

    def fits(self, member: Mapping[str, Any]) -> bool:
        """Want more than is needed."""
        return super().fits(member) and self.likes(member)


@breaks("key-set.key-without-alg-is-usable")
class NeedsKeyAlg(Picky):
    """Skips keys without alg."""

    def likes(self, member: Mapping[str, Any]) -> bool:
        """Look for it."""
        return "alg" in member


@breaks("key-set.key-without-use-is-usable")
class NeedsKeyUse(Picky):
    """Skips keys that do not say sig."""

    def likes(self, member: Mapping[str, Any]) -> bool:
        """Look for it."""
        return "use" in member


@breaks("key-set.key-without-certificate-is-usable")
class NeedsX5c(Picky):
    """Skips keys without a certificate."""

    def likes(self, member: Mapping[str, Any]) -> bool:
        """Look for it."""
        return "x5c" in member


@breaks("key-set.certificate-does-not-outrank-the-key")
class TrustsX5c(ReferenceConsumer):
    """Takes the key from the first certificate where there is one."""

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        """Verify with that."""
        chain = key.get("x5c")
        if chain and fits_rsa(token, key_in_certificate(chain[0])):
            return claims_in(token)
        return super().verified(token, header, key, store)


@breaks("key-set.certificate-chain-is-survived")
class JoinsX5c(Picky):
    """Joins the certificates to one and cannot read the result."""

    def likes(self, member: Mapping[str, Any]) -> bool:
        """Read one at most."""
        return len(member.get("x5c", [])) <= 1


@breaks("key-set.unknown-members-are-ignored")
class StrictSchema(Picky):
    """Refuses keys with members it does not know."""

    def likes(self, member: Mapping[str, Any]) -> bool:
        """Compare with the list."""
        return set(member) <= KNOWN_MEMBERS


@breaks("key-set.member-order-does-not-matter")
class SlicesText(ReferenceConsumer):
    """Reads keys by pattern and wants kid before n."""

    def keys_in(self, response: httpx.Response) -> Keys:
        """Look at the places in the text."""
        found = super().keys_in(response)
        text = response.text
        return {
            kid: key for kid, key in found.items() if text.find(f'"{kid}"') < text.find(key["n"])
        }
