"""Clients that keep, use or tell a token as they should not."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from proefbank.errors import Rejected

from ..reference import ReferenceClient
from .registry import Lingering, breaks

LONGEST_JWT = 1024


@breaks("token-use.is-opaque")
class DecodesToken(ReferenceClient):
    """Parses the access token as a JWT."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Look inside."""
        answer = super().checked_token_answer(response)
        if len(answer["access_token"]) > LONGEST_JWT:
            return answer
        try:
            jwt.decode(answer["access_token"], options={"verify_signature": False})
        except jwt.InvalidTokenError as problem:
            raise Rejected("malformed", "the token is no JWT") from problem
        return answer


@breaks("token-use.long-token-is-carried-whole")
class CutsToken(ReferenceClient):
    """Keeps the first 1024 characters of a token."""

    def api_headers(self, token: str, body: object) -> dict[str, str]:
        """Cut it."""
        return super().api_headers(token[:LONGEST_JWT], body)


@breaks("token-use.is-not-used-after-expiry")
class AssumesLifetime(ReferenceClient):
    """Keeps every token for an hour."""

    def lifetime_of(self, answer: Mapping[str, Any]) -> float | None:  # noqa: ARG002
        """Never mind what the server says."""
        return 3600.0


@breaks("token-use.is-kept-per-client-id")
class CacheWithoutClientId(Lingering):
    """Keeps one token for all the accounts it is told to be."""

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget everything but the tokens of another account at the same server."""
        super().scenario(members)
        mine = (self.settings["token_endpoint"], self.settings["client_id"])
        endpoint, client, tokens = self.past.get("kept", (*mine, {}))
        if endpoint == mine[0] and client != mine[1]:
            self.tokens.update(tokens)
        self.past["kept"] = (*mine, self.tokens)


@breaks("token-use.is-kept-per-scope")
class CacheWithoutScope(ReferenceClient):
    """Uses the last token fetched, whatever its scope."""

    def cache_key(self, scope: str | None) -> str | None:  # noqa: ARG002
        """Tell no scopes apart."""
        return None


@breaks("token-use.stays-out-of-output")
class LogsToken(ReferenceClient):
    """Prints the access token."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Print it to standard error."""
        answer = super().checked_token_answer(response)
        print("got token", answer["access_token"], file=sys.stderr)  # noqa: T201
        return answer


@breaks("assertion.stays-out-of-output")
class LogsAssertion(ReferenceClient):
    """Prints the form of the token request."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Print it to standard error."""
        form = super().form(scope)
        print("sending", form, file=sys.stderr)  # noqa: T201
        return form
