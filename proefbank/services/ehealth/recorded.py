"""What can be made of a consumer's traffic with I.AM Connect that somebody else recorded.

Which tokens the consumer was shown, and what it said of them, no such recording holds: rules on
tokens are not observable here, and of fetches only that there are too many, or enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proefbank.exchange import Request
from proefbank.judge import Reading

from .provider.facts import CERTS, DISCOVERY, REALMS, REALMS_PATH
from .wire.key_set_traffic import KeySetTraffic

__all__ = [
    "ANYWHERE",
    "NEEDS",
    "READINGS",
    "SPANS",
    "TELLING",
    "Settings",
    "conversation_of",
    "is_likely",
]

READINGS: tuple[type[Reading], ...] = (KeySetTraffic,)
"""Readings that need no stimulus, no order and no second witness."""

ANYWHERE = True
"""They can be had from the traffic of any staging, although no staging of a run offers them."""

TELLING: Mapping[str, frozenset[str]] = {
    "jwks": frozenset({"kid", "kty", "use", "alg"}),
    "discovery": frozenset({"issuer", "jwks_uri"}),
    "realm-page": frozenset(),
}
"""By conversation: parameters and members whose values rules need, and that name no person."""

ENVIRONMENTS: Mapping[str, str] = {
    "api.ehealth.fgov.be": "prod",
    "api-acpt.ehealth.fgov.be": "acc",
}

SPANS = ("keys.fetched-at-least-daily", "keys.removal-*", "keys.set-is-cached",
         "keys.failed-fetch-*", "keys.retry-after-*")  # fmt: skip
"""Requirements that go by the time between requests."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "request headers": (),
    "jwks response body": (),
    "realm-page response body": (),
    "response body kid": (),
    "response body kty": (),
    "response body use": (),
    "response body alg": (),
    "response body issuer": (),
    "response body jwks_uri": ("keys.address-*",),
    "discovery response body": ("keys.address-*",),
}
"""Which requirements cannot be judged where somebody cut out what stood in a place."""


def conversation_of(request: Request) -> str | None:
    """Return the conversation that a request belongs to; None if it is none of these.

    Requests with tokens in them are left to the bench: they have no rule here.
    """
    if request.method == "OPTIONS" or not request.path.startswith(REALMS_PATH):
        return None
    realm, _, rest = request.path.removeprefix(REALMS_PATH).partition("/")
    below = f"/{rest}".rstrip("/")
    if not realm:
        return None
    return {CERTS: "jwks", DISCOVERY: "discovery", "": "realm-page"}.get(below)


def is_likely(request: Request) -> bool:
    """Whether a request to a host that nobody knows is one of this service all the same.

    Many a company has a Keycloak; the names of the realms are eHealth's.
    """
    return request.path.removeprefix(REALMS_PATH).partition("/")[0] in REALMS


class Settings:
    """What the consumer must have been told, as far as its own requests show."""

    def __init__(self, profile: Path | None = None) -> None:
        """Go by the requests alone: a profile holds accounts, and nobody has one here."""

    def target_of(self, host: str) -> str:
        """Return `mock` for a loopback address, the environment's name, or `other`."""
        return (
            "mock" if host in ("127.0.0.1", "::1", "localhost") else ENVIRONMENTS.get(host, "other")
        )

    def facts_of(self, request: Request) -> dict[str, Any]:
        """Return the facts of the scenario in which a redacted request was made."""
        realm = request.path.removeprefix(REALMS_PATH).partition("/")[0]
        return {"issuer": f"{request.origin}{REALMS_PATH}{realm}"}

    def account_of(self, request: Request) -> dict[str, Any] | None:  # noqa: ARG002 - nobody has one
        """Return None: consumers have no account."""
        return None
