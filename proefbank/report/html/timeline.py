"""What happened in a staging, line by line and without clock times, so that runs compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from proefbank.journal import Event, Journal
from proefbank.report.har import reason_phrase
from proefbank.report.html.holes import Piece, pieces, shorten
from proefbank.report.text import outcome_words

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


def timeline(journal: Journal, evidence: Collection[int] = (), most: int = 60) -> list[Moment]:
    """Return what happened in order; of a long staging only the lines around the evidence."""
    moments: list[Moment] = []
    for event in journal:
        tell = _TELLERS.get(str(event["event"]))
        if tell is None:
            continue
        who, text = tell(event)
        proof = event["event"] == "exchange" and event["exchange"] in evidence
        place = len(moments) + 1
        moments.append(Moment(who, shorten(pieces(text), _LONGEST), place, proof))
    return moments if len(moments) <= most else _shortened(moments, most)


def _shortened(moments: Sequence[Moment], most: int) -> list[Moment]:
    wanted = set(range(most // 2)) | set(range(len(moments) - _AROUND, len(moments)))
    for place, moment in enumerate(moments):
        if moment.evidence and len(wanted) < most:
            wanted |= set(range(max(0, place - _AROUND), min(len(moments), place + _AROUND)))
    shown: list[Moment] = []
    last = -1
    for place in sorted(wanted):
        if place > last + 1:
            shown.append(Moment("gap", (Piece(f"… {place - last - 1} lines left out"),)))
        shown.append(moments[place])
        last = place
    return shown


def _stimulus(event: Event) -> tuple[str, str]:
    times, params = event.get("times"), event.get("params")
    count = f", {times} times" if isinstance(times, int) and times > 1 else ""
    told = f" {_json(params)}" if params else ""
    return "bench", f"the provider was told to do “{event.get('name')}”{count}{told}"


def _call(event: Event) -> tuple[str, str]:
    note = f" ({event['note']})" if event.get("note") else ""
    order = f"{event.get('op')} {_json(event.get('args') or {})}"
    return "bench", f"call {event.get('call')}{note}: the client was told to {order}"


def _shown(event: Event) -> tuple[str, str]:
    named = ("recipe", "key", "realm", "state")
    told = ", ".join(f"{name} {event[name]}" for name in named if event.get(name))
    return "bench", f"call {event.get('call')} shows a token: {told}"


def _exchange(event: Event) -> tuple[str, str]:
    request, response, trail = (_part(event, name) for name in ("request", "response", "trail"))
    status = response.get("status", "")
    phrase = reason_phrase(status) if isinstance(status, int) else ""
    wire = _part(response, "wire")
    answer = "connection reset" if wire.get("reset") else f"{status} {phrase}".strip()
    shaped = f", shaped by “{trail['stimulus']}”" if trail.get("stimulus") else ""
    path, mark, query = str(request.get("target", "")).partition("?")
    asked = f"{request.get('method')} {path}{mark}{unquote_plus(query)}"
    return "wire", f"exchange {event['exchange']}: {asked} → {answer}{shaped}"


def _visit(event: Event) -> tuple[str, str]:
    person, act = event.get("person") or "somebody", event.get("act")
    where = event.get("returned_to")
    came = f"came back to {where}" if where else f"did not come back: {event.get('why')}"
    return "bench", f"a browser went to {event.get('url')} ({person}, {act}) and {came}"


def _arranged(event: Event) -> tuple[str, str]:
    return "bench", str(event.get("text"))


def _connection(event: Event) -> tuple[str, str]:
    skipped = ("event", "stage")
    told = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in event.items()
        if name not in (*skipped, "at") and value not in (None, "")
    )
    return "wire", f"connection: {told}"


def _outcome(event: Event) -> tuple[str, str]:
    words = [outcome_words(str(event.get("outcome") or "no answer"))]
    words += [str(event[name]) for name in ("class", "detail") if event.get(name)]
    return "client", f"call {event.get('call')}: the client said {': '.join(words)}"


def _clock(event: Event) -> tuple[str, str]:
    by, who = event.get("by"), event.get("who")
    whose = f" ({who})" if who else ""
    if isinstance(by, int | float):
        return "clock", f"the clock moved by {by:+g} s{whose}"
    return "clock", f"the clock was set to {event.get('now')}{whose}"


def _log(event: Event) -> tuple[str, str]:
    return "client", f"{event.get('stream') or 'log'}: {event.get('text')}"


def _note(event: Event) -> tuple[str, str]:
    return "bench", f"note: {event.get('text')}"


def _staged(event: Event) -> tuple[str, str]:
    reason = f": {event['reason']}" if event.get("reason") else ""
    return "bench", f"the staging ended, {outcome_words(str(event.get('state')))}{reason}"


def _artefact(event: Event) -> tuple[str, str]:
    return "bench", f"the {event['kind']} was read: {_json(event['facts'])}"


_TELLERS: Mapping[str, Callable[[Event], tuple[str, str]]] = {
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
