"""Consumers that do not get through to the end of a renewal, or through an unusual one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import KeyStore, ReferenceConsumer
from .registry import breaks

Key = Mapping[str, Any]
Keys = dict[str, Key]
SLOTS = 2
SHORTEST = 100
"""Characters that n has in any key worth the name."""


@breaks("rotation.old-token-is-refused-after-step-3")
class RemembersTokens(ReferenceConsumer):
    """Keeps the good verdict on a token until its exp."""

    def __init__(self) -> None:
        """Remember nothing."""
        super().__init__()
        self.good: dict[str, dict[str, Any]] = {}

    def jwt_verify(self, token: str, issuer: str | None = None) -> dict[str, object]:
        """Look at the claims again, and at nothing else."""
        if token in self.good:
            self.check_time(self.good[token])
            return {"claims": self.good[token]}
        answer = super().jwt_verify(token, issuer)
        claims = answer["claims"]
        if isinstance(claims, dict):
            self.good[token] = claims
        return answer


@breaks("rotation.new-key-works-after-step-3")
class HaltsWhenSetShrinks(ReferenceConsumer):
    """Refuses every token from the fetch on that brings fewer signing keys."""

    def __init__(self) -> None:
        """Run."""
        super().__init__()
        self.halted = False

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        """Count."""
        self.halted = self.halted or len(keys) < len(store.keys)
        return super().merged(store, keys)

    def key_for(self, header: Mapping[str, Any], store: KeyStore) -> Key:
        """Stop."""
        key = super().key_for(header, store)
        if self.halted:
            raise Rejected("unknown_key", "the key set has shrunk")
        return key


@breaks("rotation.one-process-survives-all-steps")
class RoomForTwoSets(ReferenceConsumer):
    """Crashes on the third different key set that it meets."""

    def __init__(self) -> None:
        """Have met none."""
        super().__init__()
        self.met: list[set[str]] = []

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        """Keep a copy of each."""
        if set(keys) not in self.met:
            if len(self.met) >= SLOTS:
                raise MemoryError("there is no room for another key set")
            self.met.append(set(keys))
        return super().merged(store, keys)


@breaks("rotation.order-of-keys-does-not-matter")
class StopsBehindEnc(ReferenceConsumer):
    """Reads the set up to the first encryption key that follows a usable signing key."""

    def usable(self, members: Sequence[Any]) -> Keys:
        """Stop there."""
        found: list[Any] = []
        for item in members:
            if found and isinstance(item, dict) and item.get("use") == "enc":
                break
            if isinstance(item, dict) and self.fits(item) and len(item["n"]) > SHORTEST:
                found.append(item)
        return super().usable(found)


@breaks("rotation.rollback-is-survived")
class ForwardOnly(ReferenceConsumer):
    """Refuses tokens that an older key signed after the first token of a newer one."""

    def __init__(self) -> None:
        """Have seen no token."""
        super().__init__()
        self.begun: dict[tuple[str, str], float] = {}

    def verified(
        self, token: str, header: Mapping[str, Any], key: Key, store: KeyStore
    ) -> dict[str, Any]:
        """Compare when each key began to sign."""
        claims = super().verified(token, header, key, store)
        kid, issued = header["kid"], claims.get("iat")
        if isinstance(issued, int):
            mine = (store.issuer, kid)
            self.begun[mine] = begun = min(issued, self.begun.get(mine, issued))
            newer = [at for one, at in self.begun.items() if one[0] == mine[0] and at > begun]
            if newer and issued > min(newer):
                raise Rejected("unknown_key", "there is a newer key")
        return claims


@breaks("rotation.three-signing-keys-are-survived")
class TwoSlots(ReferenceConsumer):
    """Keeps the first two usable signing keys of a set."""

    def usable(self, members: Sequence[Any]) -> Keys:
        """Have room for two."""
        return dict(list(super().usable(members).items())[:SLOTS])


@breaks("rotation.encryption-key-may-change-too")
class DistrustsNewEncKey(ReferenceConsumer):
    """Takes a fetched set only if its encryption key is the known one."""

    def __init__(self) -> None:
        """Know none."""
        super().__init__()
        self.known: dict[str, set[str]] = {}

    def keys_in(self, response: httpx.Response) -> Keys:
        """Compare the kids of encryption keys with those of the first set."""
        keys = super().keys_in(response)
        if not keys:
            return keys
        members = [item for item in response.json()["keys"] if isinstance(item, dict)]
        enc = {str(item.get("kid")) for item in members if item.get("use") == "enc"}
        return keys if self.known.setdefault(str(response.request.url), enc) == enc else {}
