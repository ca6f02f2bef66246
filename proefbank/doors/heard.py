"""What somebody else recorded, before anything is cut from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from proefbank.exchange import Request, Response

__all__ = ["Gathered", "Heard", "Progress", "Wanted", "in_order", "once"]

_SLACK = 60.0
"""Seconds by which entries may stand out of order: tools write what ends first, or starts first."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One request and response that somebody else recorded. Holds secrets: never write it."""

    request: Request
    """`received_at` is 0 where the recording does not tell."""
    response: Response
    only_text: bool = False
    """Whether the recorder kept a text outside ASCII, so that the bytes are not known."""
    withheld: tuple[str, ...] = ()
    """What was there and was not recorded: `request body`, `response body`, `request headers`."""
    duration: float = 0.0
    """Seconds until the answer was there; 0 where the recording does not tell."""


Wanted = Callable[[Request], bool]
"""Whether a request is worth keeping; what nobody knows is only counted."""
Progress = Callable[[int, float], None]
"""Hears how many entries of an archive were read, and which part of the file that was."""


@dataclass(slots=True)
class Gathered:
    """What was gathered from one file, and what was not."""

    wanted: Wanted
    heard: list[Heard] = field(default_factory=list)
    entries: int = 0
    """All that were read, the ones below included."""
    left_out: int = 0
    """Nobody wanted them."""
    unanswered: int = 0
    """Requests without an answer: blocked, broken off, still going on."""
    unsent: int = 0
    """Requests that a browser answered itself, from its cache: they never went out."""
    doubled: int = 0
    """Entries on exchanges that others tell of already."""
    unreadable: list[str] = field(default_factory=list)
    """The first few complaints about entries that could not be read."""
    faulty: int = 0
    """How many could not be read."""
    cut_short: str = ""
    """Where and how the file breaks off; empty for a whole one."""
    sanitised: bool = False
    """Whether the tool that wrote the file leaves credentials out of it."""

    def take(self, item: Heard | None) -> None:
        """Take one entry; None is a request without an answer."""
        if item is None:
            self.unanswered += 1
        elif self.wanted(item.request):
            self.heard.append(item)
        else:
            self.left_out += 1

    def settle(self) -> None:
        """Leave out what was heard twice, once all is read."""
        found = once(self.heard)
        self.doubled += len(self.heard) - len(found)
        self.heard = found

    def complain(self, text: str) -> None:
        """Note an entry that could not be read."""
        self.faulty += 1
        if len(self.unreadable) < 3:  # noqa: PLR2004 - enough to see what it is
            self.unreadable.append(text)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell about the file, one sentence each."""
        told = []
        if self.cut_short:
            told.append(self.cut_short)
        if self.faulty:
            some = "; ".join(self.unreadable)
            told.append(f"{self.faulty} entries could not be read and were left out: {some}.")
        if self.unanswered:
            told.append(f"{self.unanswered} requests without an answer were left out.")
        if self.unsent:
            told.append(
                f"{self.unsent} requests that the browser answered itself were left out: they "
                "never went out."
            )
        if self.doubled:
            told.append(
                f"{self.doubled} entries tell of exchanges that others tell of, heard in a second "
                "place; each exchange counts once."
            )
        return tuple(told)


def in_order(heard: Sequence[Heard]) -> list[Heard]:
    """Return requests in order of time; as they stand in the file where its clock went back.

    Tools put what overlaps in one order or the other; what starts a minute before something
    that had ended by then shows a clock that was put back, and is not sorted away.
    """
    found: list[Heard] = []
    segment: list[Heard] = []
    latest = longest = 0.0
    for item in heard:
        at = item.request.received_at
        if not at or (segment and at < latest - _SLACK - max(longest, item.duration)):
            found += _sorted(segment)
            segment, latest, longest = [], 0.0, 0.0
        if not at:
            found.append(item)
            continue
        segment.append(item)
        latest, longest = max(latest, at), max(longest, item.duration)
    return [*found, *_sorted(segment)]


def once(heard: Sequence[Heard]) -> list[Heard]:
    """Return what was heard, without what was heard once more in another place.

    A proxy before a proxy, a service worker, and a file that was joined with itself tell of one
    exchange twice; taken for two, the second would be a replay. A client that does send the same
    again does so after the answer, and gets another one.
    """
    found: list[Heard] = []
    known: dict[object, list[Heard]] = {}
    for item in heard:
        key = _said_in(item)
        alike = known.setdefault(key, []) if key is not None else []
        if any(_is_during(item, other) for other in alike[-_AT_ONCE:]):
            continue
        alike.append(item)
        found.append(item)
    return found


_TRACE = "belgov-trace-id"
_AT_ONCE = 16
"""How many that say the same are looked at, the last ones: what overlaps is near."""


def _said_in(item: Heard) -> object:
    """Return all that was said; None for what says nothing by which it could be known again."""
    request, response = item.request, item.response
    trace = request.header(_TRACE)
    if not (request.body or trace) or request.received_at <= 0:
        return None
    if not item.duration and not (response.body and response.status // 100 == 2):  # noqa: PLR2004
        return None  # within a second of its `Date` a client can be refused twice
    asked = (request.method, request.host, request.port, request.target, request.body, trace)
    authorization, date = request.header("authorization"), response.header("date")
    return (*asked, authorization, response.status, response.body, date)


def _is_during(one: Heard, other: Heard) -> bool:
    """Whether one began when the other had begun and had not ended."""
    first, last = sorted((one, other), key=lambda item: item.request.received_at)
    began = last.request.received_at - first.request.received_at
    return began < first.duration or began == 0


def _sorted(heard: Sequence[Heard]) -> list[Heard]:
    return sorted(heard, key=lambda item: item.request.received_at)
