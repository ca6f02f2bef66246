"""The course of a delegation: what each side did, and where that leaves it (ChaMan FAQ).

Either side asks, the other accepts or refuses, and who asked may ask again: the intermediary
twenty times, the owner as often as needed. What the FAQ leaves open is read thus: the first
request does not count, the counter never starts anew, and a new request after a refusal is a
re-send.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .ties import Event

__all__ = ["MOST_RESENDS", "STATES", "Impossible", "Step", "course", "last_state"]

MOST_RESENDS = 20
STATES = ("none", "requested", "accepted", "refused")
OTHER = {"owner": "intermediary", "intermediary": "owner"}


class Impossible(ValueError):  # noqa: N818 - a state of affairs, not an error
    """ChaMan cannot have seen this; `event` is what does not fit."""

    def __init__(self, event: Event, message: str) -> None:
        """Say which event cannot follow, and why."""
        super().__init__(message)
        self.event = event


@dataclass(frozen=True, slots=True)
class Step:
    """One event, and what held when it came."""

    event: Event
    state: str
    """One of STATES: before the event."""
    asked_by: str
    """Who asked last: `owner`, `intermediary` or nobody."""
    resends: int
    """Re-sends by the intermediary so far, this event included."""
    exhausted: bool
    """Whether the intermediary had used up its re-sends and was refused, before the event."""


def course(events: Iterable[Event]) -> Iterator[Step]:
    """Yield the steps of a delegation; raises `Impossible` where one cannot follow the other."""
    state, asked_by, resends = "none", "", 0
    used_up, day = False, ""
    for event in events:
        if event.on < day:
            raise Impossible(event, f"{event.on} comes after {day}")
        day = event.on
        before, exhausted = state, used_up
        if event.what in ("request", "resend"):
            _check_asking(event, state, asked_by)
            again = event.by == "intermediary" == asked_by and state == "refused"
            resends += event.times if again else 0
            state, asked_by = "requested", event.by
        elif event.what in ("accept", "refuse"):
            if state != "requested":
                raise Impossible(event, f"there is no open request to {event.what}")
            state = "accepted" if event.what == "accept" else "refused"
            used_up = used_up or (
                state == "refused" and asked_by == "intermediary" and resends >= MOST_RESENDS
            )
        yield Step(event, before, asked_by, resends, exhausted)


def last_state(events: Iterable[Event]) -> str:
    """Return where a delegation stands in the end."""
    state = "none"
    ends = {"request": "requested", "resend": "requested", "accept": "accepted"}
    for step in course(events):
        state = {**ends, "refuse": "refused"}.get(step.event.what, step.state)
    return state


def _check_asking(event: Event, state: str, asked_by: str) -> None:
    if state == "requested":
        raise Impossible(event, f"the request of the {asked_by} is still open")
    if state == "accepted":
        raise Impossible(event, "the delegation is accepted already")
    if event.what == "resend" and state == "none":
        raise Impossible(event, "nothing was refused yet")
    if event.what == "resend" and event.by != asked_by:
        raise Impossible(event, f"only the {asked_by}, who asked, can ask again")
