"""Where the consumer's keys come from, and how old it lets them grow."""

from __future__ import annotations

from datetime import UTC, datetime

from .conversation import Conversation
from .showings import Fetch, Verification

__all__ = [
    "CLOCK_CHANGE",
    "AcrossClockChange",
    "AfterIdleSpell",
    "FirstAcceptance",
    "FreshlyFetchedKey",
    "NewKeyUnderOldKid",
    "OfficeHours",
    "QuarterHours",
    "ReplacedSet",
    "SteadyAcrossRemoval",
]

CLOCK_CHANGE = datetime(2024, 10, 27, 1, tzinfo=UTC).timestamp()
"""When the clocks of Belgium went back within the renewal in acceptance."""


class FirstAcceptance(Conversation):
    """A consumer that starts without any key, and its first token."""


class OfficeHours(Conversation):
    """Some days of work around the publication of a key, with nights between them."""

    def age_at(self, shown: Verification) -> float | None:
        """Return the age in seconds of the last set when a token was verified; None without one.

        A fetch that the verification caused counts.
        """
        last = max((item.number for item in shown.exchanges), default=shown.start)
        times = [item.at for item in self.delivered if item.number <= last]
        return max(0.0, shown.at - times[-1]) if times else None


class FreshlyFetchedKey(Conversation):
    """A key that was fetched, and is used when the key set is out of reach."""


class ReplacedSet(Conversation):
    """A key that is gone from the sets that were fetched of late."""


class NewKeyUnderOldKid(Conversation):
    """A kid under which other key material is listed than before."""

    @property
    def refetched(self) -> list[Fetch]:
        """Fetches that brought the set with the new key, before it was asked for."""
        changed = [item.start for item in self.shown if item.state == "S3"]
        until = self.probes[0].start
        return [item for item in self.delivered if changed and changed[0] < item.number <= until]


class SteadyAcrossRemoval(Conversation):
    """A key that is removed while tokens of another one come day and night."""


class QuarterHours(Conversation):
    """A day of steady tokens of one key, during which the key set is fetched."""


class AfterIdleSpell(Conversation):
    """The first token after days of silence, of a key that was removed meanwhile."""


class AcrossClockChange(Conversation):
    """Steady tokens over the night in which the clocks go back."""
