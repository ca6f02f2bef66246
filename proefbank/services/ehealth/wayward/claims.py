"""Consumers that look badly at issuer, audience, times and kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from proefbank.errors import Rejected

from ..reference import KeyStore, ReferenceConsumer
from .by_hand import claims_in
from .registry import breaks

DISCOVERY = "/.well-known/openid-configuration"
CERTS = "/protocol/openid-connect/certs"
HOUR = 3_600.0


class OtherClaims(ReferenceConsumer):
    """Base: takes some claims for others before it checks them."""

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:
        """Return the claims as it understands them."""
        raise NotImplementedError

    def check_claims(self, claims: Mapping[str, Any], store: KeyStore) -> None:
        """Check what it understood."""
        super().check_claims(self.taken(dict(claims), store), store)


class OtherIssuer(OtherClaims):
    """Base: takes some issuers for the right one."""

    def is_ours(self, told: object, store: KeyStore) -> bool:
        """Whether it takes this issuer for its own."""
        raise NotImplementedError

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:
        """Put the right one in its place."""
        return claims | {"iss": store.issuer} if self.is_ours(claims.get("iss"), store) else claims


@breaks("token.other-issuer-is-refused")
class ComparesPathOnly(OtherIssuer):
    """Compares the path of iss and not its host."""

    def is_ours(self, told: object, store: KeyStore) -> bool:
        """Leave the host out."""
        return isinstance(told, str) and urlsplit(told).path == urlsplit(store.issuer).path


@breaks("token.issuer-of-another-realm-is-refused")
class KnowsEveryRealm(OtherIssuer):
    """Takes any realm that it has heard of on the right host for its own."""

    def is_ours(self, told: object, store: KeyStore) -> bool:
        """Leave the realm out."""
        base = store.issuer.rpartition("/")[0]
        return told in (f"{base}/M2M", f"{base}/healthcare")


@breaks("token.issuer-is-compared-whole")
class IssuerPrefix(OtherIssuer):
    """Accepts an iss that begins with its issuer."""

    def is_ours(self, told: object, store: KeyStore) -> bool:
        """Look at the beginning."""
        return isinstance(told, str) and told.startswith(store.issuer)


@breaks("token.issuer-is-needed")
class IssOptional(OtherIssuer):
    """Compares iss only where there is one."""

    def is_ours(self, told: object, store: KeyStore) -> bool:  # noqa: ARG002
        """Do without."""
        return told is None


@breaks("token.other-realm-is-refused")
class FollowsRealm(ReferenceConsumer):
    """Verifies a token of any realm on its own host with that realm's keys."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Make a store for the realm that the token names, if it has keys."""
        own = next(iter(self.stores.values()))
        told = _issuer_in(token)
        if issuer is None and told.startswith(f"{own.issuer.rpartition('/')[0]}/"):
            store = KeyStore(told, told + CERTS, own.audience, own.algorithms)
            if told not in self.stores:
                self.refresh(store)
            if store.keys:
                self.stores[told] = store
            issuer = told if told in self.stores else None
        return super().jwt_verify(token, issuer)


@breaks("token.unverified-issuer-is-not-visited")
class VisitsIss(ReferenceConsumer):
    """Fetches the discovery document of iss before it looks whether it trusts it."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Go there; a proxy lets it out to hosts nearby only."""
        told = _issuer_in(token)
        near = urlsplit(told).hostname in ("localhost", "127.0.0.1")
        if near and told not in self.stores:
            self.get(told + DISCOVERY)
        return super().jwt_verify(token, issuer)


class OtherAudience(ReferenceConsumer):
    """Base: has its own way with the audience."""

    def is_mine(self, told: object, store: KeyStore) -> bool | None:
        """Whether it is for us; None to look at it as one should."""
        raise NotImplementedError

    def check_audience(self, told: object, store: KeyStore) -> None:
        """Have its way."""
        mine = self.is_mine(told, store)
        if mine is None:
            super().check_audience(told, store)
        elif not mine:
            raise Rejected("wrong_audience", "the token is for another API")


@breaks("token.other-audience-is-refused")
class AcceptsAccountAudience(OtherAudience):
    """Lets a token for account pass."""

    def is_mine(self, told: object, store: KeyStore) -> bool | None:  # noqa: ARG002
        """Look for it."""
        return True if isinstance(told, list) and "account" in told else None


@breaks("token.audience-is-needed")
class AudOptional(OtherAudience):
    """Compares aud only where there is one."""

    def is_mine(self, told: object, store: KeyStore) -> bool | None:  # noqa: ARG002
        """Do without."""
        return None if told else True


@breaks("token.audience-is-compared-whole")
class AudSubstring(OtherAudience):
    """Looks for its name inside the text of aud."""

    def is_mine(self, told: object, store: KeyStore) -> bool | None:
        """Search."""
        return store.audience in str(told)


@breaks("token.audience-may-stand-anywhere-in-the-list")
class FirstAudienceOnly(OtherAudience):
    """Looks at the first item of aud."""

    def is_mine(self, told: object, store: KeyStore) -> bool | None:
        """Leave the others out."""
        return told[0] == store.audience if isinstance(told, list) and told else None


@breaks("token.audience-may-be-a-string")
class AudListOnly(OtherAudience):
    """Refuses an aud that is no list."""

    def is_mine(self, told: object, store: KeyStore) -> bool | None:  # noqa: ARG002
        """Want a list."""
        return None if isinstance(told, list) else False


@breaks("token.expired-token-is-refused")
class ZeroMeansNever(OtherClaims):
    """Takes exp 0 for a token that does not expire."""

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:  # noqa: ARG002
        """Put it off."""
        return claims | {"exp": self.time.now() + HOUR} if claims.get("exp") == 0 else claims


@breaks("token.leeway-is-at-most-two-minutes")
class LongLeeway(OtherClaims):
    """Accepts tokens for up to 59 minutes after exp."""

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:  # noqa: ARG002
        """Add them, where exp is a number."""
        exp = claims.get("exp")
        later = exp + 59 * 60 if isinstance(exp, int) and exp else exp
        return claims | {"exp": later} if "exp" in claims else claims


@breaks("token.expiry-is-needed")
class ExpOptional(OtherClaims):
    """Takes a token without exp for one that does not expire."""

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:  # noqa: ARG002
        """Make one up."""
        return {"exp": self.time.now() + HOUR} | claims


@breaks("token.future-nbf-is-honoured")
class IgnoresNbf(OtherClaims):
    """Never looks at nbf."""

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:  # noqa: ARG002
        """Drop it."""
        return {name: value for name, value in claims.items() if name != "nbf"}


@breaks("token.id-token-is-no-access-token")
class AcceptsIdTokens(OtherClaims):
    """Never looks at the claim typ ID."""

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:  # noqa: ARG002
        """Overlook it."""
        return claims | {"typ": "Bearer"} if claims.get("typ") == "ID" else claims


@breaks("token.refresh-token-is-no-access-token")
class AcceptsRefreshTokens(OtherClaims):
    """Looks at the claim typ for ID only."""

    def taken(self, claims: dict[str, Any], store: KeyStore) -> dict[str, Any]:  # noqa: ARG002
        """Overlook the other kind."""
        return claims | {"typ": "Bearer"} if claims.get("typ") == "Refresh" else claims


def _issuer_in(token: str) -> str:
    """Return the issuer that a token names, whoever signed it; empty if none can be read."""
    if token.count(".") != len(("header", "claims")):
        return ""
    try:
        return str(claims_in(token).get("iss", ""))
    except Rejected:
        return ""
