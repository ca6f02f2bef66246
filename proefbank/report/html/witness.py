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
from proefbank.report.words import ENGLISH, Words

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


def wire_view(event: Event, words: Words = ENGLISH) -> WireView:
    """Return an exchange event laid out for people."""
    exchange = Journal(str(event["stage"]), events=[event]).exchanges[0]
    request, response = exchange.request, exchange.response
    at = request.received_at
    form = (request.header("content-type") or "").lower().startswith(_FORM)
    seen = Message(
        start=f"{request.method} {request.path} HTTP/1.1",
        headers=tuple((name, pieces(value, words)) for name, value in request.headers),
        fields=_fields(exchange.text, at, words) if form else (),
        body=() if form else _body(exchange.text, words),
        size=_size(event, "request", words),
    )
    text = response.body.decode("utf-8", "replace")
    answer_form = (header_value(response.headers, "content-type") or "").lower().startswith(_FORM)
    answer = Message(
        start=f"HTTP/1.1 {response.status} {reason_phrase(response.status)}".rstrip(),
        headers=tuple((name, pieces(value, words)) for name, value in response.headers),
        fields=_fields(text, at, words) if answer_form else (),
        body=() if answer_form else _body(text, words),
        size=_size(event, "response", words),
    )
    return WireView(
        number=exchange.number,
        origin=request.origin,
        request=seen,
        query=_fields(request.query, at, words) if request.query else (),
        tls=_tls(exchange, words),
        response=answer,
        travel=_travel(exchange, words),
        stimulus=exchange.trail.stimulus or "",
        notes=tuple((item.code, item.detail) for item in exchange.trail.violations),
    )


def statements(
    journal: Journal, exchanges: Sequence[int], words: Words = ENGLISH
) -> list[Statement]:
    """Return the calls that `exchanges` belong to; every call if none of them does."""
    calls = journal.calls
    wanted = set(exchanges)
    mine = [call for call in calls if wanted & {item.number for item in call.exchanges}]
    return [_statement(call, words) for call in (mine or calls)]


def _statement(call: Call, words: Words) -> Statement:
    return Statement(
        number=call.number,
        op=call.op,
        note=call.note,
        args=_data(call.args, words),
        outcome=call.outcome or "no_answer",
        reject_class=call.reject_class,
        detail=shorten(pieces(call.detail, words), LONGEST_BODY),
        value=_data(call.value, words),
        saw=tuple(item.number for item in call.exchanges),
    )


def _data(value: Mapping[str, Any], words: Words) -> tuple[Piece, ...]:
    if not value:
        return ()
    return _body(json.dumps(value, ensure_ascii=False, default=str), words)


def _fields(text: str, at: float, words: Words) -> tuple[Field, ...]:
    if not text:
        return ()
    made = []
    for pair in text.split("&"):
        name, _, raw = pair.partition("=")
        value = unquote_plus(raw)
        made.append(
            Field(
                unquote_plus(name),
                shorten(pieces(value, words), LONGEST_BODY),
                token(value, at, words),
            )
        )
    return tuple(made)


def _body(text: str, words: Words) -> tuple[Piece, ...]:
    return shorten(pieces(pretty_json(text), words), LONGEST_BODY)


def _size(event: Event, side: str, words: Words) -> str:
    message: Any = event[side]
    body = message["body"]
    if not body["bytes"] and not body["text"]:
        return words("wire.no_body")
    size = words.many("count.bytes", body["bytes"])
    return size if body["utf8"] else size + words("wire.latin")


def _tls(exchange: Exchange, words: Words) -> str:
    facts = exchange.request.tls
    if facts is None:
        return ""
    shown = [facts.version or "TLS", facts.cipher or ""]
    if facts.server_name:
        shown.append(words("wire.server_name", name=facts.server_name))
    shown.append(
        words("wire.certificate", digest=facts.peer_sha256[:16])
        if facts.peer_sha256
        else words("wire.no_certificate")
    )
    return ", ".join(filter(None, shown))


def _travel(exchange: Exchange, words: Words) -> str:
    plan, says = exchange.response.wire, []
    if plan.delay:
        says.append(words("wire.waited", n=plan.delay))
    if plan.dribble:
        says.append(words("wire.dribbled", n=plan.dribble))
    if plan.cut_after is not None:
        says.append(words.many("wire.cut_off", plan.cut_after))
    if plan.reset:
        says.append(words("wire.reset"))
    if plan.close:
        says.append(words("wire.closed"))
    return words("page.next").join(says)
