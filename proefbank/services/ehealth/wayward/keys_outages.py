"""Consumers that lose their keys with the key set, or keep them for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import HOURLY, KeyStore, ReferenceConsumer
from .registry import breaks

Keys = dict[str, Mapping[str, Any]]
BAD_GATEWAY = 502


@breaks("keys.outage-is-bridged")
class RefusesWhenStale(ReferenceConsumer):
    """Refuses every token once its hourly set has run out and cannot be fetched."""

    def mind_age(self, store: KeyStore) -> None:
        """Trust nothing that is older than an hour."""
        super().mind_age(store)
        if self.time.now() - (store.fetched_at or 0.0) >= HOURLY:
            raise Rejected("transport", "the key set could not be fetched")


@breaks("keys.unconfirmed-set-is-given-up")
class StaleForEver(ReferenceConsumer):
    """Uses the last good set for as long as fetches fail."""

    def mind_age(self, store: KeyStore) -> None:
        """Want a set, of whatever age."""
        if store.fetched_at is None:
            super().mind_age(store)


class Forgetful(ReferenceConsumer):
    """Base: some answers cost it its keys."""

    def spoils(self, response: httpx.Response) -> bool:
        """Whether this answer does."""
        raise NotImplementedError

    def keys_in(self, response: httpx.Response) -> Keys:
        """Drop the keys of the issuer whose set it should have been."""
        if self.spoils(response):
            self.forget(str(response.request.url))
        return super().keys_in(response)

    def forget(self, url: str) -> None:
        """Drop what came from there."""
        for store in self.stores.values():
            if store.jwks_uri == url:
                store.keys = {}


@breaks("keys.server-error-keeps-the-set")
class WipesOnBadGateway(Forgetful):
    """Takes a 502 page for the end of its set."""

    def spoils(self, response: httpx.Response) -> bool:
        """Look at the status."""
        return response.status_code == BAD_GATEWAY


@breaks("keys.no-answer-keeps-the-set")
class WipesOnReset(Forgetful):
    """Takes a connection that is reset for the end of its set."""

    def spoils(self, response: httpx.Response) -> bool:  # noqa: ARG002
        """Mind no answer: there is none."""
        return False

    def get(self, url: str) -> httpx.Response | None:
        """Tell a reset from an answer that is cut off: of that something had come."""
        for _ in range(2):
            try:
                return self.send(url)
            except httpx.HTTPError as fault:
                silent = "message body" not in str(fault)
        if silent:
            self.forget(url)
        return None


@breaks("keys.truncated-answer-keeps-the-set")
class WipesOnCutSet(Forgetful):
    """Drops its set when the answer begins like a key set and ends too soon."""

    def spoils(self, response: httpx.Response) -> bool:
        """Look at both ends."""
        text = response.text.strip()
        return text.startswith('{"keys":') and not text.endswith("}")


@breaks("keys.page-in-place-of-the-set-keeps-the-set")
class PageAsEmptySet(Forgetful):
    """Takes an HTML page with status 200 for a set without keys."""

    def spoils(self, response: httpx.Response) -> bool:
        """Look at the media type."""
        media_type = response.headers.get("content-type", "")
        return response.is_success and media_type.startswith("text/html")


@breaks("keys.empty-set-keeps-the-set")
class AcceptsEmptySet(Forgetful):
    """Replaces its set by an empty one."""

    def spoils(self, response: httpx.Response) -> bool:
        """Find a list of no keys."""
        try:
            document = response.json()
        except ValueError:
            return False
        return isinstance(document, dict) and document.get("keys") == []


@breaks("keys.failed-fetch-is-not-hammered")
class RetryStorm(ReferenceConsumer):
    """Once its set has run out and a fetch failed, it tries again for every token."""

    def is_old(self, store: KeyStore) -> bool:
        """Never mind when it last tried."""
        if store.fetched_at is None:
            return True
        return abs(self.time.now() - store.fetched_at) >= self.lifetime()


@breaks("keys.retry-after-is-respected")
class IgnoresRetryAfter(ReferenceConsumer):
    """Fetches for the next unknown kid, though it was asked to wait."""

    def mind_waiting(self, store: KeyStore, response: httpx.Response) -> None:
        """Never mind."""
