"""Clients that take the token server's answer for what it is not."""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from proefbank.errors import Rejected

from ..reference import ReferenceClient
from .registry import Lingering, breaks

USUAL = {"access_token", "token_type", "expires_in", "scope"}
IMPATIENCE = 5


@breaks("token-response.failed-answer-yields-no-token")
class ReadsTokenFromError(ReferenceClient):
    """Takes a token out of any answer that has one, whatever its status."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Look at the body first."""
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if isinstance(answer, dict) and response.is_client_error and "access_token" in answer:
            return {"token_type": "Bearer", **answer}
        return super().checked_token_answer(response)


@breaks("token-response.answer-without-token-is-refused")
class UndefinedToken(ReferenceClient):
    """Calls the API with the text undefined when an answer holds no token."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Fill the gap."""
        try:
            return super().checked_token_answer(response)
        except Rejected as refusal:
            if response.is_success and "type" not in refusal.detail.replace("media type", ""):
                return {"access_token": "undefined", "token_type": "Bearer"}
            if response.is_success and "json" not in response.headers.get("content-type", ""):
                return {"access_token": "undefined", "token_type": "Bearer"}
            raise


@breaks("token-response.extra-members-are-ignored")
class CountsMembers(ReferenceClient):
    """Refuses an answer with more than four members."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Count."""
        answer = super().checked_token_answer(response)
        if len(answer) > len(USUAL):
            raise Rejected("malformed", "too many members")
        return answer


@breaks("token-response.member-order-does-not-matter")
class SlicesText(ReferenceClient):
    """Cuts the token out of the text, where it always stood so far."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Look only at the beginning."""
        answer = super().checked_token_answer(response)
        if not re.match(r'\s*\{\s*"access_token"', response.text):
            raise Rejected("malformed", "no token where it should be")
        return answer


@breaks("token-response.bearer-is-read-in-any-case")
class CaseSensitiveType(ReferenceClient):
    """Knows Bearer and not bearer."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Compare letter by letter."""
        answer = super().checked_token_answer(response)
        if answer["token_type"] != "Bearer":  # noqa: S105 - a name, not a secret
            raise Rejected("malformed", "unknown token type")
        return answer


@breaks("token-response.unknown-token-type-is-not-used")
class MacAsBearer(ReferenceClient):
    """Uses a token of any type as bearer."""

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Never mind the type."""
        try:
            return super().checked_token_answer(response)
        except Rejected as refusal:
            if "a type this client does not know" not in refusal.detail:
                raise
            answer: dict[str, Any] = response.json()
            return answer


@breaks("token-response.missing-expires-in-is-survived")
class NeedsExpiresIn(ReferenceClient):
    """Falls over an answer without expires_in."""

    def lifetime_of(self, answer: Mapping[str, Any]) -> float | None:
        """Take it for granted."""
        return float(answer["expires_in"])


@breaks("token-response.missing-scope-is-survived")
class NeedsScope(Lingering):
    """Falls over an answer without scope, having seen one with it."""

    def lifetime_of(self, answer: Mapping[str, Any]) -> float | None:
        """Take it for granted from then on: not every account has a scope."""
        if self.past.setdefault("scope", answer.get("scope")):
            assert answer["scope"]  # noqa: S101 - this is the defect
        return super().lifetime_of(answer)


@breaks("token-response.refused-request-is-not-repeated")
class HammersRefusal(ReferenceClient):
    """Repeats a refused request until it gives up."""

    def send_token_request(self, scope: str | None) -> httpx.Response:
        """Try again and again."""
        response = super().send_token_request(scope)
        for _ in range(IMPATIENCE):
            if response.status_code in (400, 401):
                response = super().send_token_request(scope)
        return response


@breaks("token-response.retry-after-is-respected")
class IgnoresTokenRetryAfter(ReferenceClient):
    """Does not wait before it asks for a token again."""

    def mind_waiting(self, conversation: str) -> None:
        """Mind it for the API only."""
        if conversation != "token":
            super().mind_waiting(conversation)


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


LONGEST_JWT = 1024


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


@breaks("transport.other-host-certificate-is-refused")
class SkipsHostName(ReferenceClient):
    """Checks issuer and dates of the server's certificate, and not its name."""

    def trust(self, ca_file: str) -> ssl.SSLContext:
        """Leave the name out."""
        context = super().trust(ca_file)
        context.check_hostname = False
        return context


@breaks("transport.unknown-ca-is-refused")
class TrustsAnyIssuer(ReferenceClient):
    """Talks to servers of any authority."""

    # Host name and dates would still be checked by such a client. Python's ssl can only leave
    # all checks out, so it tries the right way first and falls back for an unknown issuer alone.
    def send(self, method: str, url: str, **parts: Any) -> httpx.Response:
        """Try again without checks when the issuer is unknown."""
        return without_check(
            self, ("unable to get local issuer", "self-signed"), method, url, parts
        )


@breaks("transport.expired-certificate-is-refused")
class SkipsDates(ReferenceClient):
    """Never minds when a certificate ended."""

    def send(self, method: str, url: str, **parts: Any) -> httpx.Response:
        """Try again without checks when the certificate has expired."""
        return without_check(self, ("has expired",), method, url, parts)


def without_check(
    client: ReferenceClient, faults: tuple[str, ...], method: str, url: str, parts: dict[str, Any]
) -> httpx.Response:
    """Send a request; if TLS fails for one of `faults`, send it again with no check at all."""
    assert client.http is not None  # noqa: S101 - a scenario comes before any call
    try:
        return client.http.request(method, url, **parts)
    except httpx.HTTPError as problem:
        if not any(fault in str(problem) for fault in faults):
            raise Rejected("transport", type(problem).__name__) from problem
    with httpx.Client(verify=False) as careless:  # noqa: S501 - this is the defect
        return careless.request(method, url, **parts)
