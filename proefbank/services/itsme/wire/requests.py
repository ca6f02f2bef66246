"""Every call to the B2B interface, in order, with what the application knew when it made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit
from weakref import WeakKeyDictionary

from proefbank.journal import Call, Exchange, Journal

from .members import Members, Missing, at, parse

__all__ = ["BackCall", "Kind", "Known", "parameters", "requests_of"]

Kind = Literal[
    "identification",
    "identification-status",
    "sign-start",
    "sign-status",
    "configuration",
    "unknown",
]

PREFIX = "/qes-partners/1.0.0"
_PATHS: Mapping[str, Kind] = {
    "/user_identification": "identification",
    "/user_identification/status": "identification-status",
    "/sign_document": "sign-start",
}
_OK = 200
_READ: WeakKeyDictionary[Journal, tuple[int, list[BackCall]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Known:
    """What itsme had told the application so far in a scenario, oldest first."""

    identifications: tuple[str, ...] = ()
    """Ids of identification sessions."""
    identification_urls: tuple[str, ...] = ()
    user_codes: tuple[str, ...] = ()
    """Holes of the user codes that came with certificates."""
    sessions: tuple[str, ...] = ()
    """Ids of sign sessions."""
    signing_urls: tuple[str, ...] = ()

    def and_from(self, kind: Kind, exchange: Exchange) -> Known:
        """Return what is known after the answer of this exchange too."""
        if exchange.response.status != _OK:
            return self
        answer = parse(exchange.response.body.decode("utf-8", "replace"))
        ids, urls = self.identifications, self.identification_urls
        codes, sessions, signing = self.user_codes, self.sessions, self.signing_urls
        if kind == "identification":
            id_ = at(answer, "asyncRespID")
            id_ = at(answer, "asyncRespId") if id_ is Missing else id_  # as the swagger spells it
            ids, urls = _more(ids, id_), _more(urls, at(answer, "identificationUrl"))
        elif kind == "identification-status":
            codes = _more(codes, at(answer, "userCode"))
        elif kind == "sign-start":
            sessions = _more(sessions, at(answer, "respID"))
            signing = _more(signing, at(answer, "optOutp", "itsme", "signingUrl"))
        return Known(ids, urls, codes, sessions, signing)


def _more(before: tuple[str, ...], value: object) -> tuple[str, ...]:
    return (*before, value) if isinstance(value, str) else before


@dataclass(frozen=True, slots=True)
class BackCall:
    """One call to the B2B interface."""

    number: int
    """The exchange."""
    scenario: Mapping[str, object]
    turn: int
    """Counts the scenarios of the staging from 1."""
    kind: Kind
    """What it is for, by path, and for sign_document by what it says."""
    method: str
    path: str
    """Below the version, e.g. `/sign_document`."""
    under_base: bool
    """Whether it went to the base URL that the application was told."""
    media_type: str
    text: str
    body: object
    """What the body says, as `Members` if it is an object; `Missing` if it is no JSON."""
    known: Known
    """What itsme had told before."""
    exchange: Exchange
    order: Call | None
    """What the application had been told to do when it sent this."""
    wishes: Mapping[str, object]
    """Arguments of the sign.start that opened the session of that order."""

    @property
    def said(self) -> Members | None:
        """The members of a JSON object that was posted; None for any other request."""
        return self.body if isinstance(self.body, Members) and self.method == "POST" else None

    @property
    def at(self) -> float:
        """The provider's clock at arrival."""
        return self.exchange.request.received_at

    @property
    def certificate(self) -> str | None:
        """Hex SHA-256 of the client certificate that came with it."""
        tls = self.exchange.request.tls
        return tls.peer_sha256 if tls else None


def requests_of(journal: Journal) -> list[BackCall]:
    """Return every call to the B2B interface, oldest first; read once for all readings."""
    length, found = _READ.get(journal, (-1, []))
    if length != len(journal):
        length, found = len(journal), _requests(journal)
        _READ[journal] = length, found
    return list(found)


def _requests(journal: Journal) -> list[BackCall]:
    calls = journal.calls
    orders = {item.number: call for call in calls for item in call.exchanges}
    wishes = {
        str(call.value.get("session")): call.args for call in calls if call.op == "sign.start"
    }
    found: list[BackCall] = []
    known, turn = Known(), 0
    told: dict[object, Known] = {}
    scenario: Mapping[str, object] | None = None
    for exchange in journal.exchanges:
        if exchange.request.listener != "main" or exchange.conversation in ("control", "front"):
            continue
        if exchange.scenario is not scenario:
            told[_whose(scenario)] = known
            scenario, turn = exchange.scenario, turn + 1
            # Nobody who ordered nothing began anew: partners come and go on as they were.
            known = Known() if calls else told.get(_whose(scenario), Known())
        order = orders.get(exchange.number)
        made = _call(exchange, known, turn, order, _wishes(order, wishes))
        found.append(made)
        known = known.and_from(made.kind, exchange)
    return found


def _whose(scenario: Mapping[str, object] | None) -> object:
    """Return who the application was in a scenario, or else where it called."""
    facts = scenario or {}
    return next((facts[name] for name in ("partner", "base_url") if name in facts), None)


def _wishes(
    order: Call | None, by_session: Mapping[str, Mapping[str, object]]
) -> Mapping[str, object]:
    if order is None:
        return {}
    session = str(order.args.get("session"))
    return order.args if order.op == "sign.start" else by_session.get(session, {})


def _call(
    exchange: Exchange,
    known: Known,
    turn: int,
    order: Call | None,
    wishes: Mapping[str, object],
) -> BackCall:
    request = exchange.request
    base = str(exchange.scenario.get("base_url", ""))
    root = urlsplit(base).path.rstrip("/") + PREFIX
    under = request.path.startswith(root)
    path = request.path[len(root) :] if under else request.path.rpartition(PREFIX)[2]
    body = parse(exchange.text) if request.body else Missing
    return BackCall(
        number=exchange.number,
        scenario=exchange.scenario,
        turn=turn,
        kind=_kind(path, body, known),
        method=request.method,
        path=path,
        under_base=under,
        media_type=request.header("content-type") or "",
        text=exchange.text,
        body=body,
        known=known,
        exchange=exchange,
        order=order,
        wishes=wishes,
    )


def _kind(path: str, body: object, known: Known) -> Kind:
    if "well-known" in path:
        return "configuration"
    kind = _PATHS.get(path, "unknown")
    return "sign-status" if kind == "sign-start" and _asks(body, known) else kind


def _asks(body: object, known: Known) -> bool:
    """Whether a sign_document is about a session that there is, rather than for a new one.

    The document says that the id decides; what else is there decides where the id is wrong.
    """
    if not isinstance(body, Members):
        return False
    if at(body, "asyncRespID") in known.sessions:
        return True
    itsme = at(body, "optInp", "itsme")
    starting = isinstance(at(body, "inDocs"), Members) or any(
        at(part, name) is not Missing
        for part in (itsme, at(body, "optInp"), body)
        for name in ("signer", "description", "redirectUrl")
    )
    return not starting


def parameters(url: str) -> list[tuple[str, str]]:
    """Return the query parameters of a URL, in order."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)
