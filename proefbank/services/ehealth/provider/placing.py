"""Where each key stands in a key set, and why: Keycloak's priorities and flags.

Keycloak sorts its key providers by priority, highest first, and ties by the UUID of the
component. The first *active* key of a use and algorithm signs; every *enabled* one is published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["KEY_ORDERS", "PASSIVE_BY", "Place", "places"]

PASSIVE_BY = ("active_off", "priority")
KEY_ORDERS = ("new_first", "new_last")

DEFAULT_PRIORITY = 100
_STEP = 10
_ENC_RANKS = {"first": 0x08, "last": 0xF0}
_RANK_STEP = 0x08

Situation = tuple[str, Sequence[str], Sequence[str]]
"""Which key signs, which signing keys are published, which encryption keys are."""


@dataclass(frozen=True, slots=True)
class Place:
    """One key's component in the realm."""

    name: str
    use: str
    """`sig` or `enc`."""
    priority: int
    active: bool
    """False for a key that verifies but may not sign."""
    enabled: bool
    """False for a key that was removed."""
    rank: int
    """First octet of the component's UUID, which settles ties."""

    @property
    def status(self) -> str:
        """Keycloak's word: `ACTIVE`, `PASSIVE` or `DISABLED`."""
        if not self.enabled:
            return "DISABLED"
        return "ACTIVE" if self.active else "PASSIVE"


def places(
    situations: Sequence[Situation], *, passive_by: str, key_order: str, enc_order: str
) -> tuple[Place, ...]:
    """Return every key that came up in the situations so far, in the order of the key set."""
    signs, published, enc = situations[-1]
    came = list(dict.fromkeys(name for _, names, _ in situations for name in names))
    came_enc = list(dict.fromkeys(name for _, _, names in situations for name in names))
    by_priority = passive_by == "priority"
    priorities = _priorities(situations) if by_priority else {}
    found = [
        Place(
            name,
            "sig",
            priorities.get(name, DEFAULT_PRIORITY),
            active=name in published and (by_priority or name == signs),
            enabled=name in published,
            rank=0x60 + number * (_RANK_STEP if key_order == "new_last" else -_RANK_STEP),
        )
        for number, name in enumerate(came)
    ]
    found += [
        Place(
            name,
            "enc",
            DEFAULT_PRIORITY,
            active=name in enc,
            enabled=name in enc,
            rank=_ENC_RANKS[enc_order] + number,
        )
        for number, name in enumerate(came_enc)
    ]
    return tuple(sorted(found, key=lambda place: (-place.priority, place.rank)))


def _priorities(situations: Sequence[Situation]) -> dict[str, int]:
    """Follow an administrator: a newcomer goes below, the one that is to sign goes on top."""
    given: dict[str, int] = {}
    for signs, published, _ in situations:
        for name in published:
            lowest = min(given.values(), default=DEFAULT_PRIORITY + _STEP)
            given.setdefault(name, lowest - _STEP)
        others = [given[name] for name in published if name != signs]
        if others and given[signs] <= max(others):
            given[signs] = max(others) + _STEP
    return given
