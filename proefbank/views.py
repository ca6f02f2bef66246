"""Typed views of a journal's events: exchanges, and calls with what came of them.

Events are JSON, live or from a file; everything downstream sees only these values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proefbank.exchange import Request, Response, TlsFacts, Trail, Violation, WirePlan
from proefbank.untold import Untold

__all__ = ["Call", "Event", "Exchange", "calls_among", "views_of"]

Event = Mapping[str, object]
"""One JSON-able line of the record; `event` names its kind, `stage` its staging."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as the journal holds them: secrets are holes."""

    number: int
    """Counts from 1 within the staging."""
    request: Request
    response: Response
    utf8: bool
    """Whether the request's body was valid UTF-8 as it arrived."""
    body_bytes: int
    """Size of the request's body as it arrived."""
    scenario: Mapping[str, object]
    """What the client had been told when it came: endpoints, client id, account, scope."""

    @property
    def trail(self) -> Trail:
        """What the provider testified while it answered."""
        return self.response.trail

    @property
    def conversation(self) -> str:
        """Which conversation the exchange belongs to: `token`, `api`, `elsewhere` and others."""
        return self.response.trail.conversation

    @property
    def facts(self) -> Mapping[str, object]:
        """The provider's facts about the request."""
        return self.response.trail.facts

    @property
    def text(self) -> str:
        """The request's body as redacted text."""
        return self.request.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Call:
    """What the client was told to do, and what it says came of it: the other witness."""

    number: int
    op: str
    args: Mapping[str, object]
    outcome: str
    """`accepted`, `rejected`, `unsupported`, `crashed`; empty when no answer was written."""
    reject_class: str
    detail: str
    value: Mapping[str, object]
    exchanges: tuple[Exchange, ...]
    """What was on the wire between the order and the answer."""
    scenario: Mapping[str, object]
    note: str = ""
    """What the staging calls this call, e.g. `control` or `probe`."""


def calls_among(views: Sequence[object]) -> list[Call]:
    """Return every call with its outcome and the exchanges between the two."""
    found = []
    for start, event in enumerate(views):
        if not isinstance(event, _Order):
            continue
        between: list[Exchange] = []
        outcome: Mapping[str, object] = {}
        for later in views[start + 1 :]:
            if isinstance(later, Exchange):
                between.append(later)
            elif isinstance(later, dict) and later.get("call") == event.event["call"]:
                outcome = later
                break
        found.append(_call(event, outcome, between))
    return found


@dataclass(frozen=True, slots=True)
class _Order:
    event: Event
    scenario: Mapping[str, object]


def views_of(events: Iterable[Event]) -> list[object]:
    """Return exchanges and orders in their scenario, outcomes as they are."""
    scenario: Mapping[str, object] = {}
    untold: Mapping[str, object] = {}
    views: list[object] = []
    for event in events:
        match event["event"]:
            case "scenario":
                reasons = event.get("untold")
                untold = reasons if isinstance(reasons, dict) else {}
                scenario = _facts(event.get("facts"), untold.get("scenario"))
            case "exchange":
                views.append(_exchange(event, scenario, untold.get("testimony")))
            case "call":
                views.append(_Order(event, scenario))
            case "outcome":
                views.append(event)
    return views


def _facts(told: object, untold: object) -> Mapping[str, object]:
    facts = told if isinstance(told, dict) else {}
    return Untold(facts, untold) if isinstance(untold, str) else facts


def _call(order: _Order, outcome: Mapping[str, object], between: Sequence[Exchange]) -> Call:
    event = order.event
    args, value = event.get("args"), outcome.get("value")
    return Call(
        number=int(str(event["call"])),
        op=str(event["op"]),
        args=args if isinstance(args, dict) else {},
        outcome=str(outcome.get("outcome", "")),
        reject_class=str(outcome.get("class") or ""),
        detail=str(outcome.get("detail") or ""),
        value=value if isinstance(value, dict) else {},
        exchanges=tuple(between),
        scenario=order.scenario,
        note=str(event.get("note") or ""),
    )


def _exchange(event: Event, scenario: Mapping[str, object], untold: object) -> Exchange:
    request, response, trail = event["request"], event["response"], event["trail"]
    assert isinstance(request, dict)  # noqa: S101 - the schema of the record says so
    assert isinstance(response, dict)  # noqa: S101
    assert isinstance(trail, dict)  # noqa: S101
    return Exchange(
        number=int(str(event["exchange"])),
        request=Request(
            method=request["method"],
            target=request["target"],
            headers=tuple((name, value) for name, value in request["headers"]),
            body=request["body"]["text"].encode("utf-8", "replace"),
            scheme=request["scheme"],
            host=request["host"],
            port=request["port"],
            source=request["source"],
            listener=request["listener"],
            tls=TlsFacts(**request["tls"]) if request["tls"] else None,
            received_at=request["at"],
        ),
        response=Response(
            status=response["status"],
            headers=tuple((name, value) for name, value in response["headers"]),
            body=response["body"]["text"].encode("utf-8", "replace"),
            wire=WirePlan(**response["wire"]) if response["wire"] else WirePlan(),
            trail=Trail(
                conversation=trail["conversation"],
                violations=tuple(Violation(**item) for item in trail["violations"]),
                facts=_facts(trail["facts"], untold),
                stimulus=trail["stimulus"],
            ),
        ),
        utf8=request["body"]["utf8"],
        body_bytes=request["body"]["bytes"],
        scenario=scenario,
    )
