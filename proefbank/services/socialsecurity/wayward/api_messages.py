"""Clients whose API calls hold or say too much, or too little."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import ReferenceClient
from .registry import breaks


class OtherPayload(ReferenceClient):
    """Base: changes the payload on its way."""

    def other(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the payload as it is sent."""
        return body

    def payload(self, body: object) -> bytes:
        """Encode the changed payload."""
        return super().payload(self.other(dict(body)) if isinstance(body, dict) else body)


@breaks("api-request.sends-defined-members-only")
class ExtraMembers(OtherPayload):
    """Adds a member of its own to the payload."""

    def other(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add it."""
        return body | {"clientVersion": "1.0"}


@breaks("api-request.payload-is-utf-8")
class Latin1Payload(ReferenceClient):
    """Encodes the payload in Latin-1."""

    def payload(self, body: object) -> bytes:
        """Encode it so."""
        return json.dumps(body, ensure_ascii=False).encode("latin-1", "replace")


class OtherHeaders(ReferenceClient):
    """Base: changes header fields of API calls; None takes one away."""

    fields: Mapping[str, str | None] = {}

    def api_headers(self, token: str, body: object) -> dict[str, str]:
        """Lay them over the right ones."""
        fields = {**super().api_headers(token, body), **self.fields}
        return {name: value for name, value in fields.items() if value is not None}


@breaks("api-request.payload-is-labelled-json")
class NoContentType(OtherHeaders):
    """Does not say what its payload is."""

    fields = {"Content-Type": None}  # noqa: RUF012 - never changed


@breaks("api-request.accept-is-sent")
class NoAccept(OtherHeaders):
    """Does not say what it can read."""

    fields = {"Accept": None}  # noqa: RUF012

    def send(self, method: str, url: str, **parts: Any) -> httpx.Response:
        """Take away what the HTTP library adds by itself."""
        assert self.http is not None  # noqa: S101 - a scenario comes before any call
        self.http.headers.pop("accept", None)
        return super().send(method, url, **parts)


@breaks("api-request.accept-covers-json")
class AcceptsProblemsOnly(OtherHeaders):
    """Accepts problems and nothing else."""

    fields = {"Accept": "application/problem+json"}  # noqa: RUF012


@breaks("api-request.accept-covers-problems")
class AcceptsJsonOnly(OtherHeaders):
    """Accepts JSON and no problems."""

    fields = {"Accept": "application/json"}  # noqa: RUF012


@breaks("api-request.trace-id-is-short")
class LongTraceId(ReferenceClient):
    """Sends trace ids of 64 digits."""

    count = itertools.count()

    def api_headers(self, token: str, body: object) -> dict[str, str]:
        """Make a long one."""
        return super().api_headers(token, body) | {"BelGov-Trace-Id": f"{next(self.count):064x}"}


@breaks("api-request.trace-id-is-unique")
class ConstantTraceId(OtherHeaders):
    """Sends one trace id for ever."""

    fields = {"BelGov-Trace-Id": "00000000-0000-4000-8000-000000000000"}  # noqa: RUF012


@breaks("api-request.unknown-answer-members-are-ignored")
class StrictAnswer(ReferenceClient):
    """Refuses an answer that has a member it has not seen before."""

    known: frozenset[str] = frozenset()

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget what it has seen."""
        super().scenario(members)
        self.known = frozenset()

    def decoded(self, response: httpx.Response) -> object:
        """Compare with the first answer."""
        body = super().decoded(response)
        if isinstance(body, dict):
            self.known = self.known or frozenset(body)
            if set(body) - self.known:
                raise Rejected("malformed", "unknown members")
        return body
