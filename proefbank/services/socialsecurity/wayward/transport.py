"""Clients that do not see to it who hears them."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import ReferenceClient
from .registry import breaks


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


@breaks("transport.requests-use-tls")
class PlainHttp(ReferenceClient):
    """Speaks HTTP to the host and port it was given as HTTPS."""

    def token_url(self) -> str:
        """Lose the s."""
        return super().token_url().replace("https:", "http:")


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
