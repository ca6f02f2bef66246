"""Consumers with a wrong idea of where keys come from, or of how old they may grow."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from proefbank.errors import Rejected

from ..reference import DAILY, HOURLY, KeyStore, ReferenceConsumer
from .registry import breaks

Key = Mapping[str, Any]
Keys = dict[str, Key]


@breaks("keys.come-from-the-key-set")
class BootsFromRealmPage(ReferenceConsumer):
    """Verifies its first token with the key on the realm's page."""

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Look at the page once."""
        if store.tried_at is not None or not isinstance(header.get("kid"), str):
            return super().key_for(header, store)
        store.tried_at = self.time.now()
        page = self.get(store.issuer)
        if page is None:
            raise Rejected("transport", "the realm's page could not be fetched")
        key = load_der_public_key(base64.b64decode(page.json()["public_key"]))
        assert isinstance(key, RSAPublicKey)  # noqa: S101 - the realm's keys are
        return dict(jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True))


@breaks("keys.fetched-at-least-daily")
class ThirtyHourCache(ReferenceConsumer):
    """Fetches when its set is thirty hours old, or for an unknown kid."""

    limit = 30 * HOURLY

    def lifetime(self) -> float:
        """Wait for longer than a day."""
        return self.limit

    def mind_age(self, store: KeyStore) -> None:
        """Trust the set for as long."""
        if store.fetched_at is None or self.time.now() - store.fetched_at >= self.limit:
            raise Rejected("transport", "the key set could not be fetched")


@breaks("keys.fetched-set-is-used")
class OneFetchBehind(ReferenceConsumer):
    """Verifies with the set of the scheduled fetch before the last.

    What it fetches for an unknown kid, or after more than two days, it uses at once.
    """

    def __init__(self) -> None:
        """Have nothing in store."""
        super().__init__()
        self.coming: dict[str, Keys] = {}

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Swap sets when it is time to fetch."""
        before = store.fetched_at
        if before is None or not self.is_old(store):
            return super().key_for(header, store)
        used = store.keys
        self.refresh(store)
        if store.fetched_at != before:
            fetched, long_ago = store.keys, self.time.now() - before > 2 * DAILY
            store.keys = fetched if long_ago else self.coming.get(store.issuer, used)
            self.coming[store.issuer] = fetched
            store.tried_at = None  # an unknown kid may fetch once more
        return super().key_for(header, store)


@breaks("keys.fetch-replaces-the-set")
class RetiresSlowly(ReferenceConsumer):
    """Keeps a key for twelve hours after it was last listed."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        super().__init__()
        self.listed: dict[str, float] = {}

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        """Add what was listed of late."""
        now = self.time.now()
        self.listed.update(dict.fromkeys(keys, now))
        late = {kid for kid, at in self.listed.items() if now - at < DAILY / 2}
        return {kid: key for kid, key in store.keys.items() if kid in late} | keys


@breaks("keys.listed-key-counts-for-its-kid")
class KeepsKeyByKid(ReferenceConsumer):
    """Keeps the first key it saw under a kid as long as the kid is listed."""

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        """Prefer what it has."""
        return {kid: store.keys.get(kid, key) for kid, key in keys.items()}


@breaks("keys.ages-out-under-steady-traffic")
class CountsFromLastUse(ReferenceConsumer):
    """Drops its set two hours after the last token, and so never while tokens keep coming."""

    def __init__(self) -> None:
        """Have been used for nothing."""
        super().__init__()
        self.used: dict[str, float] = {}

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Note the time."""
        try:
            return super().key_for(header, store)
        finally:
            self.used[store.issuer] = self.time.now()

    def silence(self, store: KeyStore) -> float:
        """Return seconds since the last token."""
        now = self.time.now()
        return now - self.used.get(store.issuer, now)

    def is_old(self, store: KeyStore) -> bool:
        """Go by the silence."""
        return store.fetched_at is None or self.silence(store) >= 2 * HOURLY

    def mind_age(self, store: KeyStore) -> None:
        """Go by the silence, where nothing was fetched after it."""
        if store.fetched_at is None:
            super().mind_age(store)


@breaks("keys.removal-is-noticed-within-an-hour")
class DailyRefresh(ReferenceConsumer):
    """Fetches once in 24 hours, and for unknown kids."""

    def lifetime(self) -> float:
        """Wait for a day."""
        return DAILY


@breaks("keys.idle-spell-ends-with-a-fresh-set")
class StaleAfterIdle(ReferenceConsumer):
    """Answers from the set it has, however old, and fetches behind the answer."""

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Look the key up first. Nobody can tell that the fetch does not come later."""
        before = dict(store.keys)
        late = store.fetched_at is not None and self.is_old(store)
        failed_before = store.tried_at != store.fetched_at
        found = before.get(str(header.get("kid"))) if late and not failed_before else None
        if found is None:
            return super().key_for(header, store)
        self.refresh(store)
        return found

    def refresh(self, store: KeyStore) -> None:
        """Let success and try have one time, to tell a failure by."""
        super().refresh(store)
        if store.fetched_at is not None and store.tried_at is not None:
            done = store.fetched_at >= store.tried_at
            store.tried_at = store.fetched_at if done else store.tried_at


@breaks("keys.day-is-elapsed-time")
class LocalClockAge(ReferenceConsumer):
    """Reads the age of its set from the local wall clock, which goes back in autumn."""

    def is_old(self, store: KeyStore) -> bool:
        """Compare what the clock on the wall says."""
        if store.fetched_at is None:
            return True
        now, then = _on_the_wall(self.time.now()), _on_the_wall(store.fetched_at)
        return now - then >= self.lifetime() and self.may_retry(store)


def _on_the_wall(instant: float) -> float:
    """Return what a clock on a Belgian wall reads, as if it were the time itself."""
    local = datetime.fromtimestamp(instant, BELGIUM)
    return local.replace(tzinfo=UTC).timestamp()


BELGIUM = ZoneInfo("Europe/Brussels")
