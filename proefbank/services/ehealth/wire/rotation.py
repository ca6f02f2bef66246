"""What a consumer says of tokens across the three steps of a renewal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading

from .conversation import Conversation, EachScenario

__all__ = [
    "AlternatingFetches",
    "AlternatingKeys",
    "ColdStarts",
    "EveryOrder",
    "FirstUseOfNewKey",
    "NewEncryptionKey",
    "NewKeyAfterRemoval",
    "NewKeySigns",
    "OldKeyInOverlap",
    "OneProcess",
    "RolledBack",
    "SameTokenAfterRemoval",
    "SecondKeyListed",
    "ThreeSigningKeys",
]


FEW = 8
"""Calls that say little about living through something."""


class ColdStarts(EachScenario):
    """The first token of all, in one of the four states."""


class SecondKeyListed(Conversation):
    """Tokens of the old key after the new one was published."""


class FirstUseOfNewKey(Conversation):
    """The first token of a key that was published days ago."""


class NewKeySigns(Conversation):
    """A token of the new key once it signs."""


class OldKeyInOverlap(Conversation):
    """Tokens of the old key after those of the new one, before the old one is removed."""


class AlternatingKeys(Conversation):
    """Tokens of two keys in turn, and what is said of them."""


class AlternatingFetches(Conversation):
    """Tokens of two keys in turn, and what is fetched for them."""


class SameTokenAfterRemoval(Conversation):
    """A token that was accepted, shown again when its key is gone for more than a day."""


class NewKeyAfterRemoval(Conversation):
    """Tokens of the new key after the old one was removed."""


class EveryOrder(EachScenario):
    """A token of each key, for one order of the keys in the set."""


class RolledBack(Conversation):
    """A token that the old key signed after the new one had signed."""


class ThreeSigningKeys(Conversation):
    """Tokens of the newest of three signing keys."""


class NewEncryptionKey(Conversation):
    """A token of the new signing key, days after a new encryption key was published."""


@dataclass(frozen=True, slots=True)
class OneProcess(Reading):
    """A staging of the renewal, and whether the consumer lived through it."""

    calls: int
    crashed: tuple[Call, ...]
    accepted: int
    """Calls that were accepted."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; `NotExercised` when a long walk had nothing accepted."""
        calls = [call for call in journal.calls if call.outcome]
        if not calls:
            raise NotExercised("no token was shown")
        exchanges = journal.exchanges
        crashed = tuple(call for call in calls if call.outcome == "crashed")
        accepted = sum(call.outcome == "accepted" for call in calls)
        if not crashed and not accepted and len(calls) > FEW:
            raise NotExercised("no token was accepted, so the consumer did nothing to live through")
        return [cls(len(calls), crashed, accepted, exchanges[-1].number if exchanges else None)]
