"""Clients that take the token server's answer for what it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

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
