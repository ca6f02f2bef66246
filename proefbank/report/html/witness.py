"""The two witnesses of a finding: what the wire showed, and what the client said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from proefbank.exchange import header_value
from proefbank.journal import Call, Event, Exchange, Journal
from proefbank.report.har import reason_phrase
from proefbank.report.html.holes import Piece, Token, pieces, pretty_json, shorten, token
from proefbank.report.text import plural

__all__ = ["LONGEST_BODY", "Field", "Message", "Statement", "WireView", "statements", "wire_view"]

LONGEST_BODY = 3_000
"""Characters of a body or a value that are shown; the record has the rest."""
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Field:
    """One form field, decoded."""

    name: str
    value: tuple[Piece, ...]
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response, ready to be shown."""

    start: str
    """Request line, or status line."""
    headers: tuple[tuple[str, tuple[Piece, ...]], ...]
    fields: tuple[Field, ...]
    """The body as form fields; empty if it is no form."""
    body: tuple[Piece, ...]
    size: str
    """Remark on a body that is absent, cut or not UTF-8."""


@dataclass(frozen=True, slots=True)
class WireView:
    """One exchange as the provider saw it."""

    number: int
    origin: str
    request: Message
    query: tuple[Field, ...]
    tls: str
    response: Message
    travel: str
    """How the answer travelled, if not plainly."""
    stimulus: str
    notes: tuple[tuple[str, str], ...]
    """The provider's own findings: code and sentence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One call, and what the client says came of it."""

    number: int
    op: str
    note: str
    args: tuple[Piece, ...]
    outcome: str
    reject_class: str
    detail: tuple[Piece, ...]
    value: tuple[Piece, ...]
    saw: tuple[int, ...]
    """Numbers of the exchanges between the order and the answer."""


def wire_view(event: Event) -> WireView:
    """Return an exchange event laid out for people."""
    exchange = Journal(str(event["stage"]), events=[event]).exchanges[0]
    request, response = exchange.request, exchange.response
    at = request.received_at
    form = (request.header("content-type") or "").lower().startswith(_FORM)
    seen = Message(
        start=f"{request.method} {request.path} HTTP/1.1",
        headers=tuple((name, pieces(value)) for name, value in request.headers),
        fields=_fields(exchange.text, at) if form else (),
        body=() if form else _body(exchange.text),
        size=_size(event, "request"),
    )
    text = response.body.decode("utf-8", "replace")
    answer_form = (header_value(response.headers, "content-type") or "").lower().startswith(_FORM)
    answer = Message(
        start=f"HTTP/1.1 {response.status} {reason_phrase(response.status)}".rstrip(),
        headers=tuple((name, pieces(value)) for name, value in response.headers),
        fields=_fields(text, at) if answer_form else (),
        body=() if answer_form else _body(text),
        size=_size(event, "response"),
    )
    return WireView(
        number=exchange.number,
        origin=request.origin,
        request=seen,
        query=_fields(request.query, at) if request.query else (),
        tls=_tls(exchange),
        response=answer,
        travel=_travel(exchange),
        stimulus=exchange.trail.stimulus or "",
        notes=tuple((item.code, item.detail) for item in exchange.trail.violations),
    )


def statements(journal: Journal, exchanges: Sequence[int]) -> list[Statement]:
    """Return the calls that `exchanges` belong to; every call if none of them does."""
    calls = journal.calls
    wanted = set(exchanges)
    mine = [call for call in calls if wanted & {item.number for item in call.exchanges}]
    return [_statement(call) for call in (mine or calls)]


def _statement(call: Call) -> Statement:
    return Statement(
        number=call.number,
        op=call.op,
        note=call.note,
        args=_data(call.args),
        outcome=call.outcome or "no answer",
        reject_class=call.reject_class,
        detail=shorten(pieces(call.detail), LONGEST_BODY),
        value=_data(call.value),
        saw=tuple(item.number for item in call.exchanges),
    )


def _data(value: Mapping[str, Any]) -> tuple[Piece, ...]:
    if not value:
        return ()
    return _body(json.dumps(value, ensure_ascii=False, default=str))


def _fields(text: str, at: float) -> tuple[Field, ...]:
    if not text:
        return ()
    made = []
    for pair in text.split("&"):
        name, _, raw = pair.partition("=")
        value = unquote_plus(raw)
        made.append(
            Field(unquote_plus(name), shorten(pieces(value), LONGEST_BODY), token(value, at))
        )
    return tuple(made)


def _body(text: str) -> tuple[Piece, ...]:
    return shorten(pieces(pretty_json(text)), LONGEST_BODY)


def _size(event: Event, side: str) -> str:
    message: Any = event[side]
    body = message["body"]
    if not body["bytes"] and not body["text"]:
        return "no body"
    return plural(body["bytes"], "byte") + (
        "" if body["utf8"] else ", not valid UTF-8 (read as Latin-1)"
    )


def _tls(exchange: Exchange) -> str:
    facts = exchange.request.tls
    if facts is None:
        return ""
    shown = [facts.version or "TLS", facts.cipher or ""]
    if facts.server_name:
        shown.append(f"server name {facts.server_name}")
    shown.append(
        f"client certificate {facts.peer_sha256[:16]}…"
        if facts.peer_sha256
        else "no client certificate"
    )
    return ", ".join(filter(None, shown))


def _travel(exchange: Exchange) -> str:
    plan, says = exchange.response.wire, []
    if plan.delay:
        says.append(f"after a wait of {plan.delay:g} s")
    if plan.dribble:
        says.append(f"one byte every {plan.dribble:g} s")
    if plan.cut_after is not None:
        says.append(f"cut off after {plural(plan.cut_after, 'byte')} of the body")
    if plan.reset:
        says.append("the connection was reset and no answer was sent")
    if plan.close:
        says.append("the connection was closed after it")
    return "; ".join(says)
