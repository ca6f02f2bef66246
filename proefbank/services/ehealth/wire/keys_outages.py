"""What a consumer does while the key set cannot be had, or something else comes in its place."""

from __future__ import annotations

from .conversation import Conversation, EachScenario

__all__ = [
    "AskedToWait",
    "BridgedOutage",
    "CutOffSet",
    "EmptySet",
    "FailedFetches",
    "LongOutage",
    "NoAnswer",
    "PageForSet",
    "ServerError",
    "SpoiltFetch",
]


class BridgedOutage(Conversation):
    """Tokens of listed keys while the key set is out of reach for hours."""


class LongOutage(Conversation):
    """A token of a key that was removed while the key set is out of reach for days."""


class SpoiltFetch(EachScenario):
    """A fetch for an unknown kid that brings no key set, and then a token of a known key."""

    @property
    def tried(self) -> bool:
        """Whether a fetch met the fault."""
        return any(item.stimulus for item in self.fetches)


class ServerError(SpoiltFetch):
    """A server error comes in place of the set."""


class NoAnswer(SpoiltFetch):
    """The connection is reset."""


class CutOffSet(SpoiltFetch):
    """The set ends too soon."""


class PageForSet(SpoiltFetch):
    """A success answer without JSON comes in place of the set."""


class EmptySet(SpoiltFetch):
    """JSON without any key comes in place of the set."""


class FailedFetches(Conversation):
    """Many tokens at one moment, hours after the key set went out of reach."""


class AskedToWait(Conversation):
    """An answer that asks to wait, and a token a minute later that calls for a fetch."""
