"""How keys were renewed before a client's eyes: every fetch and every token of a staging.

Read from the record alone: `scenario` tells which steps there were, `shown` which key signed a
token, `outcome` what the client said of it, and an exchange with conversation `jwks` what came
of a request for the key set. All instants are epoch seconds of the bench's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from proefbank.journal import Event, Journal

__all__ = ["FETCH", "KEYS", "OTHER", "STATES", "Course", "Mark", "Step", "courses"]

KEYS = ("OLD", "NEW", "NEXT")
"""The keys that have a lane of their own, in this order."""
OTHER = "other"
"""The lane of tokens that none of them signed, or that were spoilt on purpose."""
FETCH = "fetch"
STATES = ("S0", "S1", "S2", "S3")

_LATEST = 253_402_214_400.0
"""The end of the year 9999."""
_GOOD = "access"
"""The recipe of a token in good order."""
_ANSWERS = {"accepted": "accepted", "rejected": "refused"}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one instant."""

    at: float
    lane: str
    """`FETCH`, one of `KEYS`, or `OTHER`."""
    what: str
    """A fetch `arrived` or `failed`; a token was `accepted`, `refused` or `unanswered`."""
    said: str = ""
    """The class that the client gave, or what went wrong."""


@dataclass(frozen=True, slots=True)
class Step:
    """What held from one instant on, until the next step."""

    since: float | None
    """None for the situation at the start."""
    state: str
    """One of `STATES`."""
    name: str = ""
    date: str = ""
    """The date that a notice gives, if it gives no hour."""
    signs: str = ""
    published: tuple[str, ...] = ()
    exact: bool = True
    """False if the record does not tell the instant, and what was seen only bounds it."""


@dataclass(frozen=True, slots=True)
class Course:
    """One life of a client in which time was made to go by."""

    stage: str
    number: int
    """Counts the scenarios of the staging from 1."""
    steps: tuple[Step, ...]
    """In order, the one in force at the first mark first."""
    marks: tuple[Mark, ...]
    """In order of time; never empty."""

    @property
    def since(self) -> float:
        """The first mark."""
        return self.marks[0].at

    @property
    def until(self) -> float:
        """The last mark."""
        return self.marks[-1].at

    @property
    def whole(self) -> bool:
        """Whether it goes through all three steps."""
        return tuple(step.state for step in self.steps) == STATES

    def of(self, lane: str, what: str = "") -> list[Mark]:
        """Return the marks of a lane."""
        return [mark for mark in self.marks if mark.lane == lane and what in ("", mark.what)]


def courses(journal: Journal) -> list[Course]:
    """Return each life in which the clock was moved and tokens of named keys were shown."""
    found = []
    for number, events in enumerate(_scenarios(journal), 1):
        if not any(event["event"] == "clock" for event in events):
            continue
        marks = sorted(_marks(events), key=lambda mark: mark.at)
        if all(mark.lane == FETCH for mark in marks) or marks[0].at == marks[-1].at:
            continue
        since, until = marks[0].at, marks[-1].at
        steps = _within(_told(events), since, until) or _seen(events)
        found.append(Course(journal.stage, number, tuple(steps), tuple(marks)))
    return found


def _scenarios(journal: Journal) -> list[list[Event]]:
    found: list[list[Event]] = []
    for event in journal:
        if event["event"] == "scenario":
            found.append([])
        if found:
            found[-1].append(event)
    return found


def _facts(events: Sequence[Event]) -> Mapping[str, Any]:
    return _part(events[0], "facts")


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, Mapping) else {}


def _marks(events: Sequence[Event]) -> Iterator[Mark]:
    facts = _facts(events)
    shown: dict[object, Mapping[str, Any]] = {}
    for event in events:
        match event["event"]:
            case "shown":
                shown[event.get("call")] = event
            case "outcome" if event.get("call") in shown:
                told = shown[event["call"]]
                if (at := _number(told.get("at"))) is not None:
                    what = _ANSWERS.get(str(event.get("outcome")), "unanswered")
                    yield Mark(at, _lane(told, facts), what, str(event.get("class") or ""))
            case "exchange" | "connection":
                yield from _fetch(event)


def _lane(shown: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    key = str(shown.get("key"))
    if key not in KEYS or shown.get("recipe") not in (_GOOD, None):
        return OTHER
    kids, realms = facts.get("kids"), facts.get("realms")
    if isinstance(realms, list) and realms and shown.get("realm") not in (realms[0], None):
        return key  # the kids that the record tells are of the first realm
    told = kids.get(key) if isinstance(kids, Mapping) else None
    return key if told is None or told == shown.get("kid") else OTHER


def _fetch(event: Mapping[str, Any]) -> Iterator[Mark]:
    if event["event"] == "connection":
        at = _number(event.get("at"))
        if event.get("outcome") == "refused" and at is not None:
            yield Mark(at, FETCH, "failed", "no connection")
        return
    trail, response = _part(event, "trail"), _part(event, "response")
    at = _number(_part(event, "request").get("at"))
    if trail.get("conversation") != "jwks" or at is None:
        return
    if _part(trail, "facts").get("delivered") is True:
        yield Mark(at, FETCH, "arrived")
    else:
        status = f"status {response.get('status')}"
        yield Mark(at, FETCH, "failed", str(trail.get("stimulus") or status))


def _told(events: Sequence[Event]) -> list[Step]:
    """Return every step that the scenario tells of."""
    told = _facts(events).get("steps")
    return [
        Step(
            since=_number(item.get("at")),
            state=str(item.get("state")),
            name=str(item.get("name") or ""),
            date=str(item.get("date") or ""),
            signs=str(item.get("signs") or ""),
            published=tuple(str(key) for key in item.get("published") or ()),
        )
        for item in (told if isinstance(told, list) else [])
        if isinstance(item, Mapping)
    ]


def _within(steps: Sequence[Step], since: float, until: float) -> list[Step]:
    """Return the step in force at `since` and those taken up to `until`."""
    begun = [step for step in steps if step.since is None or step.since <= since]
    return begun[-1:] + [s for s in steps if s.since is not None and since < s.since <= until]


def _seen(events: Iterable[Event]) -> list[Step]:
    """Return steps as far as tokens show them: each between the last and the first mark."""
    told = [(_number(e.get("at")), str(e.get("state"))) for e in events if e["event"] == "shown"]
    found: list[Step] = []
    last: float | None = None
    for state, group in groupby(
        sorted((at, s) for at, s in told if at is not None), lambda x: x[1]
    ):
        instants = [at for at, _ in group]
        since = None if last is None else (last + instants[0]) / 2
        found.append(Step(since, state, exact=last is None))
        last = instants[-1]
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _LATEST else None
