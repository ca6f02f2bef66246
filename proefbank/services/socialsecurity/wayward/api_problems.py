"""Clients that take the API's refusals in a wrong way."""

from __future__ import annotations

import json

import httpx

from ..reference import ReferenceClient
from .registry import breaks

KNOWN_MEMBERS = {
    "type", "href", "title", "status", "detail", "instance", "issues", "invalidParams",
    "limit", "retryAfter", "retryAfterSec", "requiredScopes",
}  # fmt: skip
OFTEN = 6


@breaks("api-problem.status-decides")
class BodyFirst(ReferenceClient):
    """Takes a 4xx with JSON in its body for a success."""

    def api_result(self, response: httpx.Response) -> dict[str, object]:
        """Look at the body first."""
        media_type = response.headers.get("content-type", "")
        if response.is_client_error and media_type.startswith("application/json"):
            return {"status": response.status_code, "body": self.decoded(response)}
        return super().api_result(response)


@breaks("api-problem.other-error-bodies-are-survived")
class ParsesEveryError(ReferenceClient):
    """Parses the body of every error as JSON."""

    def api_result(self, response: httpx.Response) -> dict[str, object]:
        """Fall over HTML."""
        if response.is_error and response.content:
            json.loads(response.content)
        return super().api_result(response)


@breaks("api-problem.unknown-problem-members-are-ignored")
class StrictProblem(ReferenceClient):
    """Falls over a problem with a member it does not know."""

    def api_result(self, response: httpx.Response) -> dict[str, object]:
        """Check them all."""
        if response.headers.get("content-type", "").startswith("application/problem+json"):
            strange = set(response.json()) - KNOWN_MEMBERS
            assert not strange, strange  # noqa: S101 - this is the defect
        return super().api_result(response)


@breaks("api-problem.texts-decide-nothing")
class MatchesTitle(ReferenceClient):
    """Renews its token only when the title reads as it always did."""

    def renewable(self, response: httpx.Response) -> tuple[str, ...]:
        """Read the title."""
        kinds = super().renewable(response)
        expired = tuple(kind for kind in kinds if kind.endswith("expiredAccessToken"))
        usual = b"Expired Access Token" in response.content
        return kinds if usual or not expired else tuple(set(kinds) - set(expired))


@breaks("api-problem.expired-token-is-renewed")
class GivesUpOnExpired(ReferenceClient):
    """Reports an expired token and leaves it at that."""

    def renewable(self, response: httpx.Response) -> tuple[str, ...]:
        """Leave expired ones out."""
        return tuple(k for k in super().renewable(response) if "expired" not in k)


@breaks("api-problem.renewal-is-tried-once")
class RenewsForEver(ReferenceClient):
    """Renews its token after every 401."""

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Go on until it works, or almost."""
        response = super().call_api(method, path, body, token)
        for _ in range(OFTEN):
            if "expired" in self.problem_type(response):
                self.tokens.clear()
                token = self.usable_token(self.settings["scope"])
                response = super().call_api(method, path, body, token)
        return response


@breaks("api-problem.invalid-token-is-not-sent-again")
class RepeatsInvalidToken(ReferenceClient):
    """Repeats the call with the token that was just called invalid."""

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Try once more."""
        response = super().call_api(method, path, body, token)
        if "invalidAccessToken" in self.problem_type(response):
            return super().call_api(method, path, body, token)
        return response


@breaks("api-problem.forbidden-call-is-not-repeated")
class RepeatsForbidden(ReferenceClient):
    """Repeats a forbidden call unchanged."""

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Try once more."""
        response = super().call_api(method, path, body, token)
        if response.status_code == httpx.codes.FORBIDDEN:
            return super().call_api(method, path, body, token)
        return response


@breaks("api-problem.forbidden-call-is-reported")
class SwallowsForbidden(ReferenceClient):
    """Reports a success after a 403."""

    def api_result(self, response: httpx.Response) -> dict[str, object]:
        """Say that it worked."""
        if response.status_code == httpx.codes.FORBIDDEN:
            return {"status": 200, "body": None}
        return super().api_result(response)


@breaks("api-problem.retry-after-is-respected")
class IgnoresApiRetryAfter(ReferenceClient):
    """Does not wait a number of seconds before it calls the API again."""

    def note_waiting(self, conversation: str, response: httpx.Response) -> None:
        """Mind dates only, and the token server."""
        seconds = response.headers.get("retry-after", "").isdigit()
        if conversation == "token" or not seconds:
            super().note_waiting(conversation, response)


@breaks("api-problem.retry-after-date-is-understood")
class SecondsOnly(ReferenceClient):
    """Does not know that Retry-After can be a date."""

    def note_waiting(self, conversation: str, response: httpx.Response) -> None:
        """Skip dates."""
        told = response.headers.get("retry-after", "")
        if not told or told.isdigit():
            super().note_waiting(conversation, response)


@breaks("api-problem.retry-hint-in-the-body-is-respected")
class HeaderOnly(ReferenceClient):
    """Looks for the time to wait in the header only."""

    def note_waiting(self, conversation: str, response: httpx.Response) -> None:
        """Skip answers without the header."""
        if "retry-after" in response.headers:
            super().note_waiting(conversation, response)
