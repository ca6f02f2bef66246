"""What a simulated server is up to, as JSON-able values; no key is made to tell it."""

from __future__ import annotations

from typing import Any

from .facts import REALMS
from .keyring import KeyRing
from .shared import Shared

__all__ = ["state_of"]


def state_of(shared: Shared, instant: float) -> dict[str, Any]:
    """Return timeline, keys by name, clients and what is armed at `instant`."""
    timeline = shared.timeline
    with shared.lock:
        return {
            "timeline": timeline.id,
            "environment": timeline.environment,
            "state": timeline.state_at(instant),
            "step": timeline.step_at(instant).name,
            "realms": {name: _components(shared.ring(name), instant) for name in REALMS},
            "clients": {name: sorted(clients.keys) for name, clients in shared.clients.items()},
            "armed": shared.queue.state(),
            "elsewhere": shared.elsewhere,
        }


def _components(ring: KeyRing, instant: float) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "id": one.id,
            "use": one.use,
            "alg": one.alg,
            "priority": one.place.priority,
            "status": one.place.status,
        }
        for one in ring.components(instant)
    ]
