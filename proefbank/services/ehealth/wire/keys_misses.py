"""What a consumer does about kids that it does not know, and how often it fetches at all."""

from __future__ import annotations

from collections.abc import Iterable

from .conversation import Conversation
from .showings import Verification

__all__ = [
    "DELAY",
    "AllowedForLong",
    "Flood",
    "FloodAndGenuineKey",
    "FloodAndKnownKids",
    "ForgedSignatures",
    "KeyNotYetListed",
    "ManyTokens",
    "TokensAtOnce",
    "TokensUnderNoCache",
    "UnannouncedRenewal",
    "UnfamiliarKid",
    "UnfamiliarKidAgain",
    "fetches_during",
]

DELAY = 0.5
"""Seconds for which the first fetch waits where tokens come at once."""


class UnfamiliarKid(Conversation):
    """A token of a key that signs since a moment ago, and was never announced."""


class UnfamiliarKidAgain(Conversation):
    """The same, for what becomes of the token."""


class UnannouncedRenewal(Conversation):
    """A key that was replaced at once, and a day that went by."""


class Flood(Conversation):
    """Many tokens at one moment whose kids nobody published."""


class FloodAndKnownKids(Conversation):
    """Such tokens, and among them some of the key that signs."""


class FloodAndGenuineKey(Conversation):
    """Such tokens for ten minutes, and then one of a new key."""


class KeyNotYetListed(Conversation):
    """A token of a key that is listed only later, and one of it when it is."""


class ForgedSignatures(Conversation):
    """Many tokens at one moment, forged under the kid of the key that signs."""


class ManyTokens(Conversation):
    """Many good tokens at one moment."""


class TokensAtOnce(Conversation):
    """Good tokens that come together while no key set is there yet."""

    @property
    def begun_together(self) -> int:
        """How many fetches began before the first one was answered."""
        first = min((item.at for item in self.fetches), default=0.0)
        return sum(item.at < first + DELAY for item in self.fetches)


class AllowedForLong(Conversation):
    """Steady tokens, first without and then with a header that lets the set be kept for long."""


class TokensUnderNoCache(Conversation):
    """Good tokens under a set without caching header, and as many under one with no-cache."""


def fetches_during(shown: Iterable[Verification]) -> int:
    """Count the requests for key sets while these tokens were verified."""
    return sum(len(item.fetches) for item in shown)
