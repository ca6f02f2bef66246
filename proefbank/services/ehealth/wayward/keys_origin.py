"""Consumers that take keys from the wrong place, or on the wrong word."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from ..reference import KeyStore, ReferenceConsumer
from .registry import breaks

DISCOVERY = "/.well-known/openid-configuration"
HABIT = "/protocol/openid-connect/certs"


@breaks("keys.stay-with-their-issuer")
class GlobalKidMap(ReferenceConsumer):
    """Keeps the keys of all issuers in one map by kid."""

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        """Look everywhere."""
        found = super().lookup(kid, store)
        others = (super(GlobalKidMap, self).lookup(kid, one) for one in self.stores.values())
        return found or next((key for key in others if key is not None), None)


@breaks("keys.address-is-not-guessed")
class BuildsCertsPath(ReferenceConsumer):
    """Appends Keycloak's usual path to the issuer."""

    def store_of(self, told: Mapping[str, Any]) -> KeyStore:
        """Know better than what it is told."""
        return replace(super().store_of(told), jwks_uri=told["issuer"] + HABIT)


@breaks("keys.discovery-of-another-issuer-is-not-believed")
class IssuerFromDiscovery(ReferenceConsumer):
    """Compares the claim iss with the issuer that the discovery document names."""

    def refresh(self, store: KeyStore) -> None:
        """Read the document before the first set."""
        if store.fetched_at is None:
            base = store.jwks_uri.partition("/protocol/")[0]
            document = self.get(base + DISCOVERY)
            if document is not None and document.is_success:
                store.issuer = document.json()["issuer"]
        super().refresh(store)


@breaks("keys.other-host-certificate-is-refused")
class SkipsHostName(ReferenceConsumer):
    """Checks issuer and dates of the server's certificate, and not its name."""

    def trust(self, ca_file: str) -> ssl.SSLContext:
        """Leave the name out."""
        context = super().trust(ca_file)
        context.check_hostname = False
        return context


@breaks("keys.unknown-ca-is-refused")
class TrustsAnyIssuer(ReferenceConsumer):
    """Talks to servers of any authority."""

    # Host name and dates would still be checked by such a consumer. Python's ssl can only leave
    # all checks out, so it tries the right way first and falls back for an unknown issuer alone.
    def send(self, url: str) -> httpx.Response:
        """Try again without checks when the issuer is unknown."""
        return _without_check(self, url, ("unable to get local issuer", "self-signed"))


@breaks("keys.expired-certificate-is-refused")
class SkipsDates(ReferenceConsumer):
    """Never minds when a certificate ended."""

    def send(self, url: str) -> httpx.Response:
        """Try again without checks when the certificate has expired."""
        return _without_check(self, url, ("has expired",))


def _without_check(
    consumer: ReferenceConsumer, url: str, faults: tuple[str, ...]
) -> httpx.Response:
    """Fetch; if TLS fails for one of `faults`, fetch again with no check at all."""
    try:
        return ReferenceConsumer.send(consumer, url)
    except httpx.HTTPError as problem:
        if not any(fault in str(problem) for fault in faults):
            raise
    with httpx.Client(verify=False, trust_env=False) as careless:  # noqa: S501 - the defect
        return careless.get(url)


@breaks("keys.redirect-elsewhere-is-not-followed")
class FollowsRedirect(ReferenceConsumer):
    """Fetches wherever the answer points."""

    def send(self, url: str) -> httpx.Response:
        """Follow."""
        assert self.http is not None  # noqa: S101 - a scenario comes before any call
        return self.http.get(url, follow_redirects=True)
