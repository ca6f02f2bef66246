"""What can be made of traffic that somebody else recorded, e.g. a browser or a proxy.

Such a recording holds no orders, no outcomes and no testimony of the server: only what stands
in the messages can be judged. The settings that the client must have had are taken from the
addresses it used, and from the profile where that has the account.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from proefbank.exchange import Request
from proefbank.judge import Reading
from proefbank.redaction import parse_hole

from .provider.facts import API_BASE, API_PREFIX, OAUTH_PREFIX, TOKEN_PATH
from .provider.profile import Account, Profile
from .provider.profile_file import load_profile
from .wire.api_request import ApiRequest, ApiSeries, PayloadRequest
from .wire.assertion import ClientAssertion
from .wire.series import TokenRequestSeries
from .wire.token_request import TokenRequest

__all__ = [
    "EXPECTED",
    "INSTANTS",
    "NEEDS",
    "READINGS",
    "TELLING",
    "Settings",
    "conversation_of",
]

READINGS: tuple[type[Reading], ...] = (
    TokenRequest,
    ClientAssertion,
    TokenRequestSeries,
    ApiRequest,
    ApiSeries,
    PayloadRequest,
)
"""Readings that need no stimulus, no order and no second witness."""

TELLING: Mapping[str, frozenset[str]] = {
    "token": frozenset(
        {
            *("grant_type", "client_assertion_type", "client_assertion", "client_id", "scope"),
            *("client_secret", "access_token", "token_type", "expires_in", "error"),
        }
    ),
    "api": frozenset(),
}
"""By conversation: parameters and members whose values rules need, and that name no person."""

EXPECTED: Mapping[str, tuple[str, ...]] = {
    "token": ("request body client_assertion",),
    "api": ("request header authorization",),
}
"""By conversation: what must have been in a request that was granted, recorded or not."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "request header authorization": (
        *("api-request.carries-a-token", "api-request.token-travels-as-bearer", "token-use.*"),
        "token-request.authenticates-by-assertion-alone",
    ),
    "request headers": (
        *("api-request.carries-a-token", "api-request.token-travels-as-bearer", "token-use.*"),
        *("api-request.relies-on-no-api-key", "api-request.accept-*", "api-request.trace-id-*"),
        *("api-request.payload-is-*", "token-request.says-form-urlencoded"),
        "token-request.authenticates-by-assertion-alone",
    ),
    "request body client_assertion": (
        *("assertion.*", "account.client-id*", "token-request.*scope*"),
        *("token-request.client-id*", "token-request.carries-one-assertion"),
    ),
    "request body client_id": ("token-request.client-id*",),
    "request body scope": ("token-request.*scope*",),
    "response body access_token": ("token-use.*", "api-request.token-stays-out*"),
    "token response body": ("token-use.*", "api-request.token-stays-out*"),
    "response body token_type": (),
    "response body error": (),
    "api response body": (),
}
"""Which requirements cannot be judged where somebody cut out what stood in a place.

All of them for a place that is not named.
"""

INSTANTS = ("assertion.lifetime*", "assertion.exp-*", "assertion.*-not-in-the-future",
            "assertion.span*")  # fmt: skip
"""Requirements that compare the instant of a request with another clock."""


def conversation_of(request: Request) -> str | None:
    """Return the conversation that a request belongs to; None if it is none of this service."""
    if request.method == "OPTIONS":  # a browser's own question, not the client's
        return None
    if request.path.startswith(OAUTH_PREFIX) and request.path.endswith("/token"):
        return "token"
    return "api" if f"{request.path}/".startswith(f"{API_PREFIX}/") else None


class Settings:
    """What the client must have been told, as far as a profile and its own requests show."""

    def __init__(self, profile: Path | None = None) -> None:
        """Go by this profile; raises `BadInvocation` if it cannot be read."""
        self.profile: Profile = load_profile(profile)

    def target_of(self, host: str) -> str:
        """Return `mock` for a loopback address, the environment's name, or `other`."""
        if host in ("127.0.0.1", "::1", "localhost"):
            return "mock"
        found = [
            item.name
            for item in self.profile.environments.values()
            if urlsplit(item.token_url).hostname == host
        ]
        return found[0] if found and found[0] in ("acc", "prod") else "other"

    def facts_of(self, request: Request) -> dict[str, Any]:
        """Return the facts of the scenario in which a redacted request was made."""
        policy = self.profile.assertion
        environments = self.profile.environments.values()
        hosts = {urlsplit(item.token_url).hostname for item in environments}
        away = request.host not in hosts
        known = {item.audience for item in environments} if away else frozenset()
        facts: dict[str, Any] = {
            "token_endpoint": request.origin + TOKEN_PATH,
            "audience": _audience(request, known),
            "api_base": request.origin + API_BASE,
            "max_lifetime_s": policy.max_lifetime_s,
            "grace_s": policy.grace_s,
            "skew_s": policy.skew_s,
        }
        for environment in environments:
            if request.origin == f"https://{urlsplit(environment.token_url).netloc}":
                facts |= {
                    "token_endpoint": environment.token_url,
                    "audience": environment.audience,
                    "api_base": environment.api_url,
                }
        return facts

    def account_of(self, request: Request) -> dict[str, Any] | None:
        """Return the facts of the account that a token request names; None if it is unknown."""
        claims = _claims(request)
        told = {claims.get("iss"), claims.get("sub")}
        account = next((a for a in self.profile.accounts if a.client_id in told), None)
        return self._about(account) if account is not None else None

    def _about(self, account: Account) -> dict[str, Any]:
        others = {item.client_id for item in self.profile.accounts} - {account.client_id}
        return {
            "client_id": account.client_id,
            "account": account.name,
            "capacity": account.capacity,
            "environment": account.environment,
            "enterprise_number": account.enterprise_number,
            "capacity_scope": self.profile.scopes.of(account.capacity),
            "other_client_ids": sorted(others),
        }


def _audience(request: Request, known: AbstractSet[str]) -> str:
    """Return the token URL; of a server without TLS the client tells which of two it is.

    Empty where a client says the one of an environment that it reaches through something else:
    what stands behind that, e.g. a gateway, the recording does not tell.
    """
    plain, told = request.origin + TOKEN_PATH, _claims(request).get("aud")
    if isinstance(told, str) and told in known:
        return ""
    if request.scheme != "http":
        told = plain
    return plain if told == plain else f"https{plain.removeprefix(request.scheme)}"


def _claims(request: Request) -> Mapping[str, Any]:
    for name, value in parse_qsl(request.body.decode("utf-8", "replace")):
        hole = parse_hole(value) if name == "client_assertion" else None
        if hole is not None and hole.claims:
            claims: Mapping[str, Any] = json.loads(hole.claims)
            return claims
    return {}
