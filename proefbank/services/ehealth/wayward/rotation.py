"""Consumers that a second key is too much for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proefbank.errors import Rejected

from ..reference import COOLDOWN, DAILY, KeyStore, ReferenceConsumer
from .registry import breaks

Key = Mapping[str, Any]
Keys = dict[str, Key]
UNUSED_DAYS = 3
SWITCHES = 2


@breaks("rotation.old-key-works-before-step-1")
class RefusesWhileLoading(ReferenceConsumer):
    """Refuses the first token, while its first fetch is under way."""

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Begin to fetch. Nobody can tell that it does not end later."""
        loading = store.tried_at is None
        key = super().key_for(header, store)
        if loading:
            raise Rejected("unknown_key", "the key set is being loaded")
        return key


@breaks("rotation.second-key-changes-nothing")
class ExpectsNewKeyFirst(ReferenceConsumer):
    """Refuses tokens of other keys from the fetch that brings a new one until that is used."""

    def __init__(self) -> None:
        """Expect nothing."""
        super().__init__()
        self.expected: dict[str, set[str]] = {}

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        """Note what is new."""
        new = keys.keys() - store.keys.keys()
        if store.keys and new:
            self.expected[store.issuer] = set(new)
        return super().merged(store, keys)

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Compare."""
        key, kid = super().key_for(header, store), header.get("kid")
        expected = self.expected.get(store.issuer)
        if expected and kid not in expected:
            raise Rejected("unknown_key", f"there is a newer key than {kid}")
        self.expected.pop(store.issuer, None)
        return key


@breaks("rotation.new-key-is-known-beforehand")
class ConfirmsNewKid(ReferenceConsumer):
    """Fetches once more when a listed kid is used for the first time, and goes on."""

    def __init__(self) -> None:
        """Have used nothing."""
        super().__init__()
        self.used: set[str] = set()

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Confirm it."""
        key, kid = super().key_for(header, store), str(header.get("kid"))
        if self.used and kid not in self.used:
            self.refresh(store)
        self.used.add(kid)
        return key


@breaks("rotation.new-key-works-from-step-2")
class ForgetsUnusedKeys(ReferenceConsumer):
    """Drops a listed key that went unused for three days with tokens, until the set changes."""

    def __init__(self) -> None:
        """Have seen no day."""
        super().__init__()
        self.today = 0
        self.unused: dict[str, int] = {}

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        """Count anew when the set changes."""
        if keys.keys() != store.keys.keys():
            self.unused = {}
        return super().merged(store, keys)

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Count the days on which tokens came, for each key that none of them was of."""
        key, kid = super().key_for(header, store), str(header.get("kid"))
        day = int(self.time.now() // DAILY)
        if self.unused.get(kid, 0) > UNUSED_DAYS:
            raise Rejected("unknown_key", f"the kid {kid} was of no use")
        if day != self.today:
            self.today = day
            self.unused = {one: self.unused.get(one, 0) + 1 for one in store.keys}
        self.unused[kid] = 0
        return key


@breaks("rotation.old-key-works-until-step-3")
class RetiresOnFirstNew(ReferenceConsumer):
    """Forgets the other keys when a token of a key verifies that came later."""

    def __init__(self) -> None:
        """Have met no key."""
        super().__init__()
        self.came: dict[str, float] = {}
        self.retired: set[str] = set()

    def merged(self, store: KeyStore, keys: Keys) -> Keys:  # noqa: ARG002
        """Note when each came."""
        for kid in keys:
            self.came.setdefault(kid, self.time.now())
        return {kid: key for kid, key in keys.items() if kid not in self.retired}

    def verified(
        self, token: str, header: Mapping[str, Any], key: Key, store: KeyStore
    ) -> dict[str, Any]:
        """Retire what is older."""
        claims = super().verified(token, header, key, store)
        came = self.came[header["kid"]]
        self.retired |= {kid for kid in store.keys if self.came[kid] < came - 1}
        store.keys = {kid: one for kid, one in store.keys.items() if kid not in self.retired}
        return claims


class OneKey(ReferenceConsumer):
    """Base: keeps one key, and fetches when another listed one is asked for."""

    def __init__(self) -> None:
        """Keep none."""
        super().__init__()
        self.kept: dict[str, str] = {}

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Fetch for the other one, and go on if that fails."""
        key, kid = super().key_for(header, store), str(header.get("kid"))
        kept = self.kept.get(store.issuer, kid)
        if kid != kept and kept in store.keys:
            self.switch(store)
        self.kept[store.issuer] = kid
        return key

    def switch(self, store: KeyStore) -> None:
        """Fetch the other key."""
        self.refresh(store)


@breaks("rotation.both-keys-work-side-by-side")
class OneKeyWithCooldown(OneKey):
    """Keeps one key, fetches for the other one twice, and then refuses it for a while."""

    def __init__(self) -> None:
        """Have switched never."""
        super().__init__()
        self.switched: list[float] = []

    def switch(self, store: KeyStore) -> None:
        """Mind the cooldown."""
        now = self.time.now()
        self.switched = [at for at in self.switched if now - at < COOLDOWN]
        if len(self.switched) >= SWITCHES:
            raise Rejected("unknown_key", "this is not the key that is kept")
        self.switched.append(now)
        super().switch(store)


@breaks("rotation.alternation-costs-no-fetches")
class SwapsOneKey(OneKey):
    """Keeps one key, and fetches whenever the other one is asked for."""
