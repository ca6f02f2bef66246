"""What a recording leaves in doubt: its clock, and values that others cut out of it.

A rule that would have to trust either says that it cannot, and what would show it. Doubts are
read from the record alone, so that a judgement can be made again from its own record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from types import ModuleType
from typing import Final

from proefbank.journal import Exchange, Journal
from proefbank.judge import Rule, catalogue, judge
from proefbank.verdict import Outcome, Verdict

__all__ = ["BEFORE", "REDACTED", "Clock", "Doubts", "clock_of"]

REDACTED: Final = "redacted"
"""The fact of an exchange that lists where others cut something out."""
BEFORE: Final = "begun_before"
"""The member of a staging that counts requests about what was begun before the recording."""
_BEFORE = (
    "{count} requests about what had been begun before the recording, or nowhere, were left out; a "
    "recording that begins earlier would show it"
)
_NO_DAY = "the recording does not say on which day it was made, and the requirement has dates"
_BACK = 60.0
_OFF = 300.0
"""Seconds by which a recorder's clock may differ from that of the server's answers."""
_LONG = 12 * 3600.0
"""Seconds of silence from which on a clock that jumped ahead is as likely as a long pause."""
_SAID = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED)
_BAD = (Outcome.FAILED, Outcome.WARNED)


@dataclass(frozen=True, slots=True)
class Clock:
    """Why the instants of a staging cannot be trusted; empty where they can."""

    instants: str = ""
    """Compared with what tokens say, or with the calendar."""
    spans: str = ""
    """Compared with each other."""


def clock_of(journal: Journal) -> Clock:
    """Return what is doubtful about the clock of a recording."""
    if journal.of("clock"):  # it was moved on purpose, and the bench moved along
        return Clock()
    seen = journal.exchanges
    without = next((item for item in seen if item.request.received_at <= 0), None)
    if without is not None:
        told = f"the recording does not say when exchange {without.number} came"
        return Clock(*[f"{told}; one with instants would show it"] * 2)
    latest = 0.0
    for item in seen:
        at = item.request.received_at
        if at < latest - _BACK:
            told = f"the recording's clock went back by {latest - at:.0f} s"
            return Clock(
                *[f"{told} before exchange {item.number}; one made anew would show it"] * 2
            )
        latest = max(latest, at)
    return _beside_the_server(seen)


def _beside_the_server(seen: Sequence[Exchange]) -> Clock:
    offs = {item.number: off for item in seen if (off := _off(item)) is not None}
    low, high = min(offs.values(), default=0.0), max(offs.values(), default=0.0)
    if high - low > _OFF:
        number = next(n for n, off in offs.items() if abs(off - offs[min(offs)]) > _OFF)
        told = (
            f"the recording's clock jumped by {high - low:.0f} s, as the Date of answers shows, "
            f"until exchange {number}; one made anew would show it"
        )
        return Clock(told, told)
    worst = max(low, high, key=abs)
    if abs(worst) > _OFF:
        return Clock(
            f"the recorder's clock is {abs(worst):.0f} s {'ahead of' if worst > 0 else 'behind'} "
            "the server's, as the Date of its answers shows; a recording by a clock that is right "
            "would show it"
        )
    for one, two in pairwise(seen):
        gap = two.request.received_at - one.request.received_at
        if gap > _LONG and not {one.number, two.number} <= offs.keys():
            return Clock(
                f"{gap / 3600:.1f} h lie between exchanges {one.number} and {two.number}, and no "
                "Date in the answers says that it was so; a recording with all headers would show "
                "it"
            )
    return Clock()


def _off(item: Exchange) -> float | None:
    """Return the seconds by which a recorder's clock is ahead of the server's."""
    date = _date(item.response.header("date") or "")
    age = item.response.header("age") or "0"
    if date is None:
        return None
    return item.request.received_at - date - (int(age) if age.isdecimal() else 0)


@lru_cache(256)
def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (TypeError, ValueError, OverflowError):
        return None


class Doubts:
    """The doubts about one staging, and how its verdicts fare with them."""

    def __init__(self, journal: Journal, service: str, about: ModuleType | None) -> None:
        """Go by the service's `recorded` module; without one there are no doubts."""
        self._journal, self._prefix, self._about = journal, f"{service}.", about
        self.clock = clock_of(journal) if about is not None else Clock()
        self._places = _places(journal) if about is not None else {}
        self._without: dict[frozenset[int], Journal] = {}

    def weigh(self, rule: Rule, verdict: Verdict) -> Verdict:
        """Return what can be said in spite of the doubts."""
        if verdict.outcome is Outcome.BROKEN or self._about is None:
            return verdict
        if reason := self._undated(rule):
            return _unseen(verdict, reason)
        said = self._legible(rule, verdict)
        if said.outcome not in _SAID:
            return said
        for kind, reason in (("INSTANTS", self.clock.instants), ("SPANS", self.clock.spans)):
            if reason and self._is_among(rule, getattr(self._about, kind, ())):
                return _unseen(said, reason)
        before = self._journal.header.get(BEFORE)
        if before and self._is_among(rule, getattr(self._about, "FOLLOWS", ())):
            unsure = said.outcome is Outcome.PASSED
            return _unseen(said, _BEFORE.format(count=before)) if unsure else said
        return said

    def _undated(self, rule: Rule) -> str:
        """Return why nobody knows whether a requirement with dates was in force; empty if known."""
        row = catalogue(rule.package)[rule.requirement]
        if row.since is None and row.until is None:
            return ""
        instants = [item.request.received_at for item in self._journal.exchanges]
        if not all(instants):
            return f"{_NO_DAY}; a recording with instants would show it"
        days = {datetime.fromtimestamp(at, UTC).date() for at in instants}
        if len({row.in_force(day) for day in days}) > 1:
            return (
                "the requirement was in force for a part of the recording only; one of a single "
                "day would show it"
            )
        return ""

    def _legible(self, rule: Rule, verdict: Verdict) -> Verdict:
        """Judge by those exchanges only in which nothing is missing that the rule needs."""
        dark = {
            number: needed
            for number, places in self._places.items()
            if (needed := [place for place in places if self._needs(rule, *place)])
        }
        if not dark:
            return verdict
        key = frozenset(dark)
        if key not in self._without:
            events = [e for e in self._journal if _number(e) not in key]
            self._without[key] = Journal(self._journal.stage, events=events)
        found = judge(rule, self._without[key])
        if found.outcome is Outcome.BROKEN:
            return found
        if found.outcome in _BAD and verdict.outcome in _BAD:
            return found  # neither what was cut out nor its absence makes it bad
        number, needed = next(iter(dark.items()))
        side, _, member = needed[0][1].rpartition(" ")
        what = f"{member} ({side} of exchange {number})"
        if member == "body":
            what = f"the {side} body of exchange {number}"
        more = f" and {len(dark) - 1} more" if len(dark) > 1 else ""
        return _unseen(verdict, f"unredact {what}{more} to judge")

    def _needs(self, rule: Rule, conversation: str, place: str) -> bool:
        """Whether a rule looks at what stood in this place."""
        needs: Mapping[str, Sequence[str]] = getattr(self._about, "NEEDS", {})
        patterns = needs.get(f"{conversation} {place}", needs.get(place, ("*",)))
        return self._is_among(rule, patterns)

    def _is_among(self, rule: Rule, patterns: Sequence[str]) -> bool:
        slug = rule.requirement.removeprefix(self._prefix)
        return any(fnmatchcase(slug, pattern) for pattern in patterns)


def _unseen(verdict: Verdict, reason: str) -> Verdict:
    return Verdict(verdict.requirement, verdict.stage, Outcome.NOT_OBSERVABLE, reason=reason)


def _number(event: Mapping[str, object]) -> int:
    return int(str(event["exchange"])) if event["event"] == "exchange" else 0


def _places(journal: Journal) -> dict[int, list[tuple[str, str]]]:
    """Return, for each exchange with something missing, its conversation and where."""
    found = {}
    for item in journal.exchanges:
        if REDACTED in item.facts:
            told = item.facts[REDACTED]
            places = told if isinstance(told, list) else []
            found[item.number] = [(item.conversation, str(place)) for place in places]
    return found
