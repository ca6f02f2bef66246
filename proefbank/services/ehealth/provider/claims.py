"""The claims of each kind of token, as a published sample of acceptance shows them.

Persons and roles are made up. `ssin` holds eleven zeros, whose check digits are wrong, so that
it is nobody's number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .facts import LIFETIME

__all__ = ["KINDS", "Claims", "Occasion", "Party", "claims_of"]

Claims = dict[str, Any]

SSIN = "00000000000"


@dataclass(frozen=True, slots=True)
class Party:
    """Whom tokens are about: the API that is called and the client that calls it."""

    audience: str = "sim-api"
    client_id: str = "sim-client"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who issues a token, when and for whom."""

    issuer: str
    at: float
    """Epoch seconds."""
    party: Party
    new_id: Callable[[], str]
    """Gives a new UUID each time."""
    lifetime: int = LIFETIME


def _common(occasion: Occasion) -> Claims:
    issued = int(occasion.at)
    return {
        "exp": issued + occasion.lifetime,
        "iat": issued,
        "jti": occasion.new_id(),
        "iss": occasion.issuer,
    }


def _person(occasion: Occasion) -> Claims:
    return {
        "ssin": SSIN,
        "preferred_username": "sim-user",
        "name": "Voorbeeld Proefbank",
        "given_name": "Voorbeeld",
        "family_name": "Proefbank",
        "locale": "nl",
        "userProfile": {"profession": "SIMULATED", "organisation": occasion.party.client_id},
    }


def _session(occasion: Occasion) -> Claims:
    session = occasion.new_id()
    return {"session_state": session, "sid": session}


def _access(occasion: Occasion) -> Claims:
    party = occasion.party
    return (
        _common(occasion)
        | {
            "auth_time": int(occasion.at) - 10,
            "aud": [party.audience, party.client_id],
            "sub": occasion.new_id(),
            "typ": "Bearer",
            "azp": party.client_id,
            "nonce": occasion.new_id(),
        }
        | _session(occasion)
        | {
            "allowed-origins": ["https://client.invalid"],
            "resource_access": {party.audience: {"roles": ["prescriber", "caregiver"]}},
            "scope": "openid profile",
        }
        | _person(occasion)
    )


def _exchanged(occasion: Occasion) -> Claims:
    """Narrow an access token to its target: no `ssin`, fewer roles, and who asked (RFC 8693)."""
    party = occasion.party
    claims = _access(occasion) | {
        "aud": [party.audience],
        "azp": party.audience,
        "act": {"azp": party.client_id},
        "client_id": party.client_id,
        "resource_access": {party.audience: {"roles": ["caregiver"]}},
    }
    del claims["ssin"], claims["nonce"]
    return claims


def _machine(occasion: Occasion) -> Claims:
    """Claims of a token by client credentials: no person and no session."""
    party = occasion.party
    return _common(occasion) | {
        "aud": [party.audience, party.client_id],
        "sub": occasion.new_id(),
        "typ": "Bearer",
        "azp": party.client_id,
        "resource_access": {party.audience: {"roles": ["caregiver"]}},
        "scope": "profile",
        "client_id": party.client_id,
        "preferred_username": f"service-account-{party.client_id}",
    }


def _id(occasion: Occasion) -> Claims:
    party = occasion.party
    return (
        _common(occasion)
        | {
            "auth_time": int(occasion.at) - 10,
            "aud": party.client_id,
            "sub": occasion.new_id(),
            "typ": "ID",
            "azp": party.client_id,
            "nonce": occasion.new_id(),
        }
        | _session(occasion)
        | {"at_hash": "c2ltdWxhdGVkLWhhc2gtMDA", "acr": "1"}
        | _person(occasion)
    )


def _refresh(occasion: Occasion) -> Claims:
    return (
        _common(occasion)
        | {
            "exp": int(occasion.at) + 6 * occasion.lifetime,
            "aud": occasion.issuer,
            "sub": occasion.new_id(),
            "typ": "Refresh",
            "azp": occasion.party.client_id,
            "scope": "openid profile",
        }
        | _session(occasion)
    )


_KINDS: Mapping[str, Callable[[Occasion], Claims]] = {
    "access": _access,
    "exchanged": _exchanged,
    "machine": _machine,
    "id": _id,
    "refresh": _refresh,
}
KINDS = tuple(_KINDS)
"""Kinds of token: of a person, exchanged, of a machine, ID, and like a refresh token."""


def claims_of(kind: str, occasion: Occasion) -> Claims:
    """Return the claims of a token of this kind; ValueError for an unknown kind."""
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of token; there are {', '.join(KINDS)}")
    return _KINDS[kind](occasion)
