"""Clients that call the API in a wrong way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from ..reference import ReferenceClient
from .api_messages import OtherPayload
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


@breaks("api-request.token-stays-out-of-the-body")
class TokenInBody(OtherPayload):
    """Adds the token to the payload beside the header."""

    def other(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add it."""
        return body | {"access_token": next(iter(self.tokens.values())).value}


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
