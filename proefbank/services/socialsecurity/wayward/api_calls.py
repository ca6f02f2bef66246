"""Clients that call the API in a wrong way."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from proefbank.errors import Rejected

from ..reference import ReferenceClient
from .registry import Lingering, breaks


class Prelude(ReferenceClient):
    """Base: before the first API call of a scenario, makes one in its own way."""

    fresh = True

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Start afresh."""
        super().scenario(members)
        self.fresh = True

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Try the wrong way once, then do it right."""
        if self.fresh:
            self.fresh = False
            url, headers = self.api_url(path, token), self.api_headers(token, body)
            url, headers = self.wrong(url, headers)
            content = None if body is None else self.payload(body)
            self.send(method, url, headers=headers, content=content)
        return super().call_api(method, path, body, token)

    def wrong(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Return address and header fields of the wrong call."""
        return url, headers


@breaks("token-use.token-comes-from-the-token-endpoint")
class MadeUpToken(Prelude):
    """Tries a token of its own before an issued one."""

    def wrong(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Make one up."""
        return url, headers | {"Authorization": "Bearer made-up-token-of-mine"}


@breaks("api-request.carries-a-token")
class FirstCallBare(Prelude):
    """Calls without a token first."""

    def wrong(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Take it away."""
        return url, {name: value for name, value in headers.items() if name != "Authorization"}


@breaks("api-request.token-travels-as-bearer")
class TokenScheme(Prelude):
    """Tries the scheme Token first."""

    def wrong(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Rename the scheme."""
        return url, headers | {"Authorization": headers["Authorization"].replace("Bearer", "Token")}


@breaks("api-request.relies-on-no-api-key")
class ApiKeyFirst(Prelude):
    """Tries an API key first."""

    def wrong(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Send the key and nothing else."""
        bare = {name: value for name, value in headers.items() if name != "Authorization"}
        return url, bare | {"X-Api-Key": "made-up-key"}


@breaks("api-request.path-starts-at-the-fla-base")
class OtherBasePath(Prelude):
    """Looks for version 2 of the API first."""

    def wrong(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Change the version."""
        return url.replace("/v1/", "/v2/"), headers


@breaks("api-request.token-stays-out-of-the-url")
class TokenInQuery(ReferenceClient):
    """Adds the token to the query beside the header."""

    def api_url(self, path: str, token: str) -> str:
        """Add it."""
        url = super().api_url(path, token)
        return f"{url}{'&' if '?' in url else '?'}access_token={token}"


class OtherPayload(ReferenceClient):
    """Base: changes the payload on its way."""

    def other(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the payload as it is sent."""
        return body

    def payload(self, body: object) -> bytes:
        """Encode the changed payload."""
        return super().payload(self.other(dict(body)) if isinstance(body, dict) else body)


@breaks("api-request.token-stays-out-of-the-body")
class TokenInBody(OtherPayload):
    """Adds the token to the payload beside the header."""

    def other(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add it."""
        return body | {"access_token": next(iter(self.tokens.values())).value}


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


@breaks("api-request.host-fits-the-token")
class StickyApiHost(Lingering):
    """Keeps the API host of the first environment it was told."""

    def api_url(self, path: str, token: str) -> str:
        """Put the first host before the path."""
        url = urlsplit(super().api_url(path, token))
        return url._replace(netloc=self.past.setdefault("host", url.netloc)).geturl()


@breaks("api-request.token-stays-with-the-api-host")
class TokenAlongRedirect(ReferenceClient):
    """Follows a redirect to another host with the token."""

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Follow once."""
        response = super().call_api(method, path, body, token)
        if response.is_redirect:
            headers = self.api_headers(token, body)
            return self.send(method, response.headers["location"], headers=headers)
        return response


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
