"""The history of a key set, and what a consumer may make of a token on account of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["DAY", "HOUR", "KEYS", "History", "Situation"]

HOUR, DAY = 3600, 86_400
KEYS = ("OLD", "NEW", "NEXT")


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds from one step on."""

    since: float
    signs: str
    listed: tuple[str, ...]
    """Signing keys in the key set, oldest first."""
    step: str = "start"

    @property
    def state(self) -> str:
        """The notice's state; after a renewal the next one begins where S3 was."""
        if len(self.listed) == 1:
            return "S0" if self.signs == KEYS[0] else "S3"
        return "S2" if self.signs == self.listed[-1] else "S1"


class History:
    """Every situation so far, and what a consumer may make of a token on account of it."""

    def __init__(self) -> None:
        """Begin with one key that signs."""
        self.situations = [Situation(float("-inf"), KEYS[0], KEYS[:1])]

    @property
    def now(self) -> Situation:
        """The situation in force."""
        return self.situations[-1]

    @property
    def passive(self) -> tuple[str, ...]:
        """Keys that signed and are still listed."""
        return self.now.listed[: self.now.listed.index(self.now.signs)]

    @property
    def gone(self) -> tuple[str, ...]:
        """Keys that are listed no more."""
        return KEYS[: KEYS.index(self.now.listed[0])]

    def ended(self, key: str) -> float:
        """Return when a key ceased to sign."""
        return next(two.since for one, two in pairwise(self.situations) if _passed(key, one, two))

    def removed(self, key: str | None) -> float:
        """Return when a key was removed."""
        found = (two.since for one, two in pairwise(self.situations) if key in _lost(one, two))
        return next(found)

    def sets(self, now: float) -> Iterator[tuple[str, ...]]:
        """Yield what whoever fetches daily may hold: every set in force within the last day."""
        for one, two in pairwise(self.situations):
            if two.since > now - DAY:
                yield one.listed
        yield self.now.listed

    def due(self, key: str | None, now: float) -> bool | None:
        """Whether a token of a key must be accepted, or refused; None if either is right."""
        if key in self.gone and now - self.removed(key) <= DAY:
            return None
        found = {key in held for held in self.sets(now)}
        return found.pop() if len(found) == 1 else None

    def steps(self) -> list[tuple[Situation, str]]:
        """Return the steps that an administrator may take, each in words."""
        now, passive = self.now, self.passive
        newest = now.listed[-1]
        found = []
        if newest != now.signs:
            how = f"{newest} signs, and {now.signs} is passive"
            found.append((Situation(0, newest, now.listed, "step 2"), how))
        elif newest != KEYS[-1]:
            new = KEYS[KEYS.index(newest) + 1]
            how = f"{new} is listed, and {now.signs} goes on signing"
            found.append((Situation(0, now.signs, (*now.listed, new), "step 1"), how))
        if passive:
            how = f"{passive[0]} is removed"
            found.insert(0, (Situation(0, now.signs, now.listed[1:], "step 3"), how))
        return found

    def why(self, key: str | None, now: float) -> tuple[str, str]:
        """Return what a token is called, and why the consumer should do what is due."""
        if key is None:
            return "a token with a bogus kid", "no key set ever listed that kid"
        if key == self.now.signs:
            why = f"{key} signs, and every key set fetched within the last day lists it"
            return f"a fresh token of {key}", why
        why = f"{key} signs no more but is still listed, for tokens like this one"
        if key in self.gone:
            hours = round((now - self.removed(key)) / HOUR)
            why = f"{key} was removed {hours} hours before, and who fetches daily knows"
        return f"an unexpired token of {key}", why


def _passed(key: str, one: Situation, two: Situation) -> bool:
    return one.signs == key and two.signs != key


def _lost(one: Situation, two: Situation) -> set[str]:
    return set(one.listed) - set(two.listed)
