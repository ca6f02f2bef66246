"""Consumers that fetch too often, too seldom, or for the wrong reason."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import DAILY, HOURLY, KeyStore, ReferenceConsumer
from .registry import breaks

Key = Mapping[str, Any]
Keys = dict[str, Key]
MINUTE = 60.0
BUDGET = 20
REFETCHES_A_DAY = 5


@breaks("keys.unknown-kid-brings-a-refetch")
class TtlOnly(ReferenceConsumer):
    """Fetches hourly, and never for an unknown kid."""

    def may_refetch(self, store: KeyStore) -> bool:  # noqa: ARG002
        """Wait for the hour."""
        return False


@breaks("keys.unknown-kid-is-tried-again")
class StaleOnceMore(ReferenceConsumer):
    """Refuses the token with the unknown kid, and fetches behind the answer."""

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Look once only, unless the set was due anyway."""
        kid = header.get("kid")
        if not isinstance(kid, str) or not kid or store.fetched_at is None:
            return super().key_for(header, store)
        if self.is_old(store) or kid in store.keys or not self.may_refetch(store):
            return super().key_for(header, store)
        self.refresh(store)
        raise Rejected("unknown_key", f"the key set has no kid {kid}")


@breaks("keys.unannounced-renewal-is-recovered-from")
class KeepsSetWithoutOverlap(ReferenceConsumer):
    """Takes a fetched set only if it shares a signing key with the one it has."""

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        """Distrust what is all new."""
        return keys if not store.keys or store.keys.keys() & keys.keys() else store.keys


@breaks("keys.refetches-are-bounded")
class FetchPerBogusKid(ReferenceConsumer):
    """Fetches for every unknown kid, without a cooldown."""

    def may_refetch(self, store: KeyStore) -> bool:
        """Wait only where the server asked for it."""
        return self.time.now() >= store.wait_until


@breaks("keys.known-kids-survive-a-flood")
class LimiterForAll(ReferenceConsumer):
    """Refuses every token, known kids too, when there were many unknown kids in a minute."""

    def __init__(self) -> None:
        """Have met no stranger."""
        super().__init__()
        self.strangers: list[float] = []

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Count strangers before anything else."""
        now = self.time.now()
        self.strangers = [at for at in self.strangers if now - at < MINUTE]
        if len(self.strangers) > BUDGET:
            raise Rejected("unknown_key", "too many unknown kids")
        try:
            return super().key_for(header, store)
        except Rejected:
            self.strangers.append(now)
            raise


@breaks("keys.genuine-key-survives-a-flood")
class SpendsDailyBudget(ReferenceConsumer):
    """Allows five refetches a day for unknown kids, which a flood uses up."""

    def __init__(self) -> None:
        """Have spent nothing."""
        super().__init__()
        self.spent: list[float] = []

    def may_refetch(self, store: KeyStore) -> bool:
        """Count them."""
        now = self.time.now()
        self.spent = [at for at in self.spent if now - at < DAILY]
        if len(self.spent) >= REFETCHES_A_DAY or not super().may_refetch(store):
            return False
        self.spent.append(now)
        return True


@breaks("keys.not-found-is-soon-forgotten")
class RemembersMisses(ReferenceConsumer):
    """Refuses a kid for a week that it once did not find, whatever is listed later."""

    def __init__(self) -> None:
        """Have missed nothing."""
        super().__init__()
        self.missed: dict[str, float] = {}

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Look at the list of misses first, if the key set was ever seen."""
        kid, now = str(header.get("kid")), self.time.now()
        if now - self.missed.get(kid, 0.0) < 7 * DAILY:
            raise Rejected("unknown_key", f"the key set had no kid {kid}")
        tried = store.tried_at
        try:
            return super().key_for(header, store)
        except Rejected as refusal:
            looked = tried != store.tried_at and store.fetched_at is not None
            if refusal.reject_class == "unknown_key" and looked:
                self.missed[kid] = now
            raise


@breaks("keys.bad-signature-brings-no-fetches")
class RefetchOnFailure(ReferenceConsumer):
    """Fetches whenever a signature does not verify."""

    def verified(
        self, token: str, header: Mapping[str, Any], key: Key, store: KeyStore
    ) -> dict[str, Any]:
        """Fetch behind the failure."""
        try:
            return super().verified(token, header, key, store)
        except Rejected as refusal:
            if refusal.reject_class == "invalid_signature":
                self.refresh(store)
            raise


@breaks("keys.set-is-cached")
class FetchPerToken(ReferenceConsumer):
    """Fetches after every accepted token, as long as fetches succeed."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Fetch for the next one."""
        answer = super().jwt_verify(token, issuer)
        store = self.stores[issuer] if issuer else next(iter(self.stores.values()))
        with self.lock:
            done, tried = store.fetched_at, store.tried_at
            if done is not None and tried is not None and done >= tried:
                self.refresh(store)
        return answer


@breaks("keys.concurrent-misses-share-a-fetch")
class ThunderingHerd(ReferenceConsumer):
    """Fetches for each of the tokens that come before the first set is there."""

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Have a lock for each token, which is no lock at all."""
        herd = ReferenceConsumer()
        herd.time, herd.stores, herd.http = self.time, self.stores, self.http
        herd.lock = threading.RLock()
        return herd.jwt_verify(token, issuer)


class Obedient(ReferenceConsumer):
    """Base: knows what the last set said of caching."""

    said: Mapping[str, str]

    def __init__(self) -> None:
        """Have been told nothing."""
        super().__init__()
        self.said = {}

    def keys_in(self, response: httpx.Response) -> Keys:
        """Remember the headers of a set."""
        keys = super().keys_in(response)
        self.said = response.headers if keys else self.said
        return keys


@breaks("keys.long-max-age-does-not-replace-the-day")
class ObeysMaxAge(Obedient):
    """Keeps the set for as long as a caching header says."""

    def lifetime(self) -> float:
        """Ask the header; without one an hour."""
        _, found, seconds = self.said.get("cache-control", "").partition("max-age=")
        if found and seconds.isdigit():
            return float(seconds)
        if "expires" in self.said:
            until = parsedate_to_datetime(self.said["expires"]).astimezone(UTC).timestamp()
            begun = min((s.fetched_at for s in self.stores.values() if s.fetched_at), default=until)
            return max(HOURLY, until - begun)
        return HOURLY

    def mind_age(self, store: KeyStore) -> None:
        """Trust it for as long, too."""
        if store.fetched_at is None or self.lifetime() <= DAILY:
            super().mind_age(store)


@breaks("keys.no-cache-does-not-mean-a-fetch-per-token")
class ObeysNoCache(Obedient):
    """Fetches for every token when the set came with no-cache, and else uses what it has."""

    def is_old(self, store: KeyStore) -> bool:
        """Take the header at its word."""
        return super().is_old(store) or "no-cache" in self.said.get("cache-control", "")
