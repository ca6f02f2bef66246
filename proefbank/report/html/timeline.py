"""What happened in a staging, line by line and without clock times, so that runs compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus

from proefbank.journal import Event, Journal
from proefbank.report.har import reason_phrase
from proefbank.report.html.holes import Piece, pieces, shorten
from proefbank.report.words import ENGLISH, Words

__all__ = ["Moment", "timeline"]

_LONGEST = 300
_AROUND = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline."""

    who: str
    """`bench`, `client`, `wire` or `clock`; `gap` where lines were left out."""
    text: tuple[Piece, ...]
    place: int = 0
    """Counts from 1 within the staging, lines left out included."""
    evidence: bool = False
    """Whether it is the exchange that a finding points at."""


_Told = tuple[str, str, str]
"""Who, what in the words of the page, and what somebody else said of it, in English."""


def timeline(
    journal: Journal, evidence: Collection[int] = (), most: int = 60, words: Words = ENGLISH
) -> list[Moment]:
    """Return what happened in order; of a long staging only the lines around the evidence."""
    moments: list[Moment] = []
    for event in journal:
        tell = _TELLERS.get(str(event["event"]))
        if tell is None:
            continue
        who, text, quoted = tell(event, words)
        proof = event["event"] == "exchange" and event["exchange"] in evidence
        said = (*pieces(text, words), *_quoted(quoted, words))
        moments.append(Moment(who, shorten(said, _LONGEST), len(moments) + 1, proof))
    return moments if len(moments) <= most else _shortened(moments, most, words)


def _quoted(text: str, words: Words) -> Iterator[Piece]:
    for piece in pieces(text, words):
        yield piece if piece.cut else replace(piece, english=True)


def _shortened(moments: Sequence[Moment], most: int, words: Words) -> list[Moment]:
    wanted = set(range(most // 2)) | set(range(len(moments) - _AROUND, len(moments)))
    for place, moment in enumerate(moments):
        if moment.evidence and len(wanted) < most:
            wanted |= set(range(max(0, place - _AROUND), min(len(moments), place + _AROUND)))
    shown: list[Moment] = []
    last = -1
    for place in sorted(wanted):
        if place > last + 1:
            left = words.many("moment.gap", place - last - 1)
            shown.append(Moment("gap", (Piece(left),)))
        shown.append(moments[place])
        last = place
    return shown


def _stimulus(event: Event, words: Words) -> _Told:
    times, params = event.get("times"), event.get("params")
    count = words.many("moment.times", times) if isinstance(times, int) and times > 1 else ""
    told = f" {_json(params)}" if params else ""
    text = words("moment.stimulus", name=event.get("name"), times=count, params=told)
    return "bench", text, ""


def _call(event: Event, words: Words) -> _Told:
    note = f" ({event['note']})" if event.get("note") else ""
    order = f"{event.get('op')} {_json(event.get('args') or {})}"
    text = words("moment.call", call=_id(event.get("call")), note=note, order=order)
    return "bench", text, ""


def _shown(event: Event, words: Words) -> _Told:
    named = ("recipe", "key", "realm", "state")
    told = ", ".join(f"{name} {event[name]}" for name in named if event.get(name))
    return "bench", words("moment.shown", call=_id(event.get("call")), told=told), ""


def _exchange(event: Event, words: Words) -> _Told:
    request, response, trail = (_part(event, name) for name in ("request", "response", "trail"))
    status = response.get("status", "")
    phrase = reason_phrase(status) if isinstance(status, int) else ""
    wire = _part(response, "wire")
    answer = words("moment.reset") if wire.get("reset") else f"{status} {phrase}".strip()
    stimulus = trail.get("stimulus")
    path, mark, query = str(request.get("target", "")).partition("?")
    text = words(
        "moment.exchange",
        number=_id(event["exchange"]),
        asked=f"{request.get('method')} {path}{mark}{unquote_plus(query)}",
        answer=answer,
        shaped=words("moment.shaped", stimulus=stimulus) if stimulus else "",
    )
    return "wire", text, ""


def _visit(event: Event, words: Words) -> _Told:
    where = event.get("returned_to")
    text = words(
        "moment.came_back" if where else "moment.stayed",
        url=event.get("url"),
        person=event.get("person") or words("moment.somebody"),
        act=event.get("act"),
        where=where,
    )
    return "bench", text, "" if where else str(event.get("why"))


def _arranged(event: Event, words: Words) -> _Told:  # noqa: ARG001 - it comes with its own
    return "bench", "", str(event.get("text"))


def _connection(event: Event, words: Words) -> _Told:
    skipped = ("event", "stage")
    told = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in event.items()
        if name not in (*skipped, "at") and value not in (None, "")
    )
    return "wire", words("moment.connection"), told


def _outcome(event: Event, words: Words) -> _Told:
    outcome = words.named(str(event.get("outcome") or "no_answer"))
    text = words("moment.said", call=_id(event.get("call")), outcome=outcome)
    quoted = ": ".join(str(event[name]) for name in ("class", "detail") if event.get(name))
    return "client", text + (words("page.colon") if quoted else ""), quoted


def _clock(event: Event, words: Words) -> _Told:
    by, who = event.get("by"), event.get("who")
    whose = f" ({who})" if who else ""
    if isinstance(by, int | float):
        sign = "+" if by >= 0 else ""
        return "clock", words("moment.moved", seconds=sign + words.number(by), who=whose), ""
    return "clock", words("moment.set", now=_id(event.get("now")), who=whose), ""


def _log(event: Event, words: Words) -> _Told:
    stream = str(event.get("stream") or words("moment.log"))
    return "client", stream + words("page.colon"), str(event.get("text"))


def _note(event: Event, words: Words) -> _Told:
    return "bench", words("moment.note"), str(event.get("text"))


def _staged(event: Event, words: Words) -> _Told:
    text = words("moment.ended", state=words.named(str(event.get("state"))))
    reason = str(event.get("reason") or "")
    return "bench", text + (words("page.colon") if reason else ""), reason


def _artefact(event: Event, words: Words) -> _Told:
    text = words("moment.artefact", kind=event["kind"], facts=_json(event["facts"]))
    return "bench", text, ""


def _id(value: object) -> str:
    """Return a number that is no amount, as text."""
    return str(value)


_TELLERS: Mapping[str, Callable[[Event, Words], _Told]] = {
    "stimulus": _stimulus,
    "call": _call,
    "shown": _shown,
    "artefact": _artefact,
    "visit": _visit,
    "arranged": _arranged,
    "exchange": _exchange,
    "connection": _connection,
    "outcome": _outcome,
    "clock": _clock,
    "log": _log,
    "note": _note,
    "staged": _staged,
}


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, Mapping) else {}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
