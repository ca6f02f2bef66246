"""Clients that get the claims of the client assertion wrong, or send one twice."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from ..reference import ReferenceClient
from .registry import breaks


class OtherClaims(ReferenceClient):
    """Base: adds to the claims, or takes from them with None."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002 - for those below
        """Return the claims that differ."""
        return {}

    def claims(self) -> dict[str, Any]:
        """Lay them over the right ones."""
        return super().claims() | self.other(int(self.time.now()))


@breaks("assertion.iss-is-the-client-id")
class NamedIssuer(OtherClaims):
    """Puts the company's name into iss."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the company."""
        return {"iss": "Voorbeeld NV"}


@breaks("assertion.sub-is-the-client-id")
class NumberAsSubject(OtherClaims):
    """Puts the enterprise number into sub."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Name the number."""
        return {"sub": "0000000196"}


@breaks("assertion.aud-is-token-url")
class IssuerLikeAudience(OtherClaims):
    """Addresses the assertion to the issuer of version 3."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Name it."""
        return {"aud": "https://oauth.socialsecurity.be"}


@breaks("assertion.exp-is-present")
class NoExp(OtherClaims):
    """Leaves exp out."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Take it away."""
        return {"exp": None}


@breaks("assertion.lifetime-at-most-10-minutes")
class LongLived(OtherClaims):
    """Lets the assertion live for 5000 seconds."""

    def other(self, now: int) -> dict[str, Any]:
        """Put the end far off."""
        return {"exp": now + 5000}


@breaks("assertion.exp-lies-ahead")
class ExpiredAssertion(OtherClaims):
    """Sends an assertion that has ended."""

    def other(self, now: int) -> dict[str, Any]:
        """Put the end behind."""
        return {"exp": now - 90}


@breaks("assertion.exp-is-in-seconds")
class MillisecondExp(OtherClaims):
    """Counts exp in milliseconds."""

    def other(self, now: int) -> dict[str, Any]:
        """Multiply."""
        return {"exp": (now + 300) * 1000}


@breaks("assertion.jti-is-present")
class NoJti(OtherClaims):
    """Leaves jti out."""

    def other(self, now: int) -> dict[str, Any]:  # noqa: ARG002
        """Take it away."""
        return {"jti": None}


@breaks("assertion.jti-is-unique")
class ConstantJti(OtherClaims):
    """Uses the same jti for ever."""

    count = itertools.count()

    def other(self, now: int) -> dict[str, Any]:
        """Repeat it, in assertions that differ otherwise."""
        return {"jti": "the-same-jti-each-time", "exp": now + 200 + next(self.count) % 100}


@breaks("assertion.nbf-not-in-the-future")
class EarlyNbf(OtherClaims):
    """Is five minutes ahead of its time."""

    def other(self, now: int) -> dict[str, Any]:
        """Add an nbf in the future."""
        return {"nbf": now + 300, "exp": now + 540}


@breaks("assertion.iat-not-in-the-future")
class FutureIat(OtherClaims):
    """Says that it made the assertion in five minutes."""

    def other(self, now: int) -> dict[str, Any]:
        """Add an iat in the future."""
        return {"iat": now + 300, "exp": now + 540}


@breaks("assertion.span-at-most-10-minutes")
class BackdatedIat(OtherClaims):
    """Says that it made the assertion a quarter of an hour ago."""

    def other(self, now: int) -> dict[str, Any]:
        """Add an old iat."""
        return {"iat": now - 900}


@breaks("assertion.is-fresh-for-each-request")
class ReusesAssertion(ReferenceClient):
    """Sends the same assertion again after the server failed."""

    kept: str | None = None

    def assertion(self) -> str:
        """Return the one at hand, or make one and keep it until a request succeeds."""
        self.kept = self.kept or super().assertion()
        return self.kept

    def send_token_request(self, scope: str | None) -> httpx.Response:
        """Let go of the assertion unless the server failed."""
        response = super().send_token_request(scope)
        if not response.is_server_error:
            self.kept = None
        return response
