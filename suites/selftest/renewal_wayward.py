"""Consumers that each get one thing about the renewal of keys wrong."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.algorithms import RSAAlgorithm

from proefbank.services.ehealth.reference import KeyStore, ReferenceConsumer

from .renewal_history import DAY

__all__ = ["WAYWARD"]


Keys = dict[str, Mapping[str, Any]]


class UnknownKidOnly(ReferenceConsumer):
    """Fetches for a kid that it does not know, and for nothing else."""

    def is_old(self, store: KeyStore) -> bool:
        return store.fetched_at is None

    def mind_age(self, store: KeyStore) -> None:
        """Trust a set for ever."""
        if store.fetched_at is None:
            super().mind_age(store)


class FetchOnce(UnknownKidOnly):
    """Fetches when it starts, and never again."""

    def may_refetch(self, store: KeyStore) -> bool:
        return False


class MergeOnly(ReferenceConsumer):
    """Adds what it fetches to what it has."""

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        return {**store.keys, **keys}


class SevenDays(UnknownKidOnly):
    """Fetches once a week, and for a kid that it does not know."""

    def is_old(self, store: KeyStore) -> bool:
        return store.fetched_at is None or self.time.now() - store.fetched_at >= 7 * DAY


class NewestKeyOnly(ReferenceConsumer):
    """Keeps of each set the key that it met last."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[str] = []

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        self.met += [kid for kid in keys if kid not in self.met]
        newest = max(keys, key=self.met.index)
        return {newest: keys[newest]}


class FirstKeyOnly(ReferenceConsumer):
    """Keeps the first signing key of each set."""

    def merged(self, store: KeyStore, keys: Keys) -> Keys:
        return dict([next(iter(keys.items()))])


class RealmPageKey(ReferenceConsumer):
    """Verifies everything with the one key on the realm's page."""

    def refresh(self, store: KeyStore) -> None:
        store.tried_at = self.time.now()
        page = self.get(store.issuer)
        if page is not None:
            key = load_der_public_key(base64.b64decode(page.json()["public_key"]))
            assert isinstance(key, RSAPublicKey)
            store.keys = {"": RSAAlgorithm.to_jwk(key, as_dict=True)}
            store.fetched_at = self.time.now()

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        return store.keys.get("")


class Credulous(ReferenceConsumer):
    """Believes whatever a token says."""

    def lookup(self, kid: str, store: KeyStore) -> Mapping[str, Any] | None:
        return {}

    def verified(
        self, token: str, header: Mapping[str, Any], key: Mapping[str, Any], store: KeyStore
    ) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims


WAYWARD: tuple[type[ReferenceConsumer], ...] = (
    FetchOnce,
    UnknownKidOnly,
    MergeOnly,
    SevenDays,
    NewestKeyOnly,
    FirstKeyOnly,
    RealmPageKey,
    Credulous,
)
"""Consumers with one defect each."""
