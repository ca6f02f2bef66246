"""What the realms of one simulated server have in common, and the workshop for their tokens."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proefbank.arming import Queue

from .claims import Occasion, Party
from .client_auth import Clients
from .facts import LIFETIME, REALMS, realm_path
from .keyring import KeyRing
from .stimuli import CATALOGUE, LAYERS
from .timeline import Timeline
from .workshop import Workshop

__all__ = ["Order", "Shared"]

_FOREIGN_ORIGIN = "https://other-environment.invalid"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to know fixed about a token, besides its kind."""

    realm: str
    at: float
    """Epoch seconds of issue."""
    key: str | None = None
    """Name of the key that signs; None for the one that does at that instant."""
    lifetime: int = LIFETIME
    claims: Mapping[str, Any] | None = None
    header: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Shared:
    """The state of one simulated server. Whoever changes it holds the lock."""

    timeline: Timeline
    party: Party
    rng: random.Random
    origin: str | None = None
    """Origin under which the realms stand, or None for that of each request."""
    elsewhere: str | None = None
    """Origin of the trap."""
    other_origin: str | None = None
    """Origin of the other environment, if it stands anywhere."""
    jwks_query: str = ""
    """Query, with its question mark, that the published address of the key set has."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    queue: Queue = field(default_factory=lambda: Queue(CATALOGUE, LAYERS, place="realm"))
    clients: dict[str, Clients] = field(
        default_factory=lambda: {realm: Clients() for realm in REALMS}
    )

    def reset(self) -> None:
        """Forget armed stimuli and used `jti` values; keep timeline and clients."""
        with self.lock:
            self.queue.clear()
            for clients in self.clients.values():
                clients.used.clear()

    def new_id(self) -> str:
        """Return a version 4 UUID from the seeded source."""
        return str(uuid.UUID(bytes=self.octets(16), version=4))

    def octets(self, count: int) -> bytes:
        """Return octets from the seeded source."""
        with self.lock:
            return self.rng.randbytes(count)

    def ring(self, realm: str) -> KeyRing:
        """Return the keys of a realm; ValueError for an unknown one."""
        if realm not in REALMS:
            raise ValueError(f"there is no realm {realm!r}; there are {', '.join(REALMS)}")
        return KeyRing(self.timeline, realm)

    def issuer(self, realm: str) -> str:
        """Return the URL of a realm; ValueError while the origin is not known."""
        if self.origin is None:
            raise ValueError("tokens need an issuer: set `origin` first")
        return self.origin + realm_path(realm)

    def workshop(self, order: Order, issuer: str, party: Party | None = None) -> Workshop:
        """Return what a token of the realm `issuer` is made of; ValueError for an unknown key."""
        realm, at = order.realm, order.at
        ring = self.ring(realm)
        sibling = self.ring(next(name for name in REALMS if name != realm))
        abroad = "acc" if self.timeline.environment == "prod" else "prod"
        base = issuer.removesuffix(realm_path(realm))
        return Workshop(
            Occasion(issuer, at, party or self.party, self.new_id, order.lifetime),
            ring,
            ring.signer(at) if order.key is None else ring.named(order.key),
            sibling,
            base + realm_path(sibling.realm),
            KeyRing(replace(self.timeline, environment=abroad), realm),
            (self.other_origin or _FOREIGN_ORIGIN) + realm_path(realm),
            self.octets,
            self.elsewhere,
            order.claims or {},
            order.header or {},
        )
