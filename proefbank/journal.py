"""The append-only record of one staging, and the typed views that readings take from it.

A journal is a list of JSON-able events, redacted as they are written: the same events that
`events.ndjson` holds. A cassette is a journal saved, so whatever reads a journal cannot tell
a live conversation from a recorded one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from proefbank.exchange import Request, Response, TlsFacts, Trail, Violation, WirePlan
from proefbank.redaction import Redactor

__all__ = ["Call", "Event", "Exchange", "Journal", "read_lines", "split_stages"]

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
        """Which conversation the exchange belongs to: `token`, `api`, `elsewhere`, …"""
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


class Journal:
    """Events of one staging, in order. Thread-safe; nothing is ever changed or removed."""

    def __init__(
        self, stage: str, redactor: Redactor | None = None, events: Iterable[Event] = ()
    ) -> None:
        """Open an empty journal for `stage`, or one that holds recorded `events`."""
        self.stage = stage
        self.redactor = redactor or Redactor()
        self._lock = threading.RLock()
        self._events: list[Event] = list(events)
        self._counts = {"exchange": 0, "call": 0}
        self._viewed: tuple[int, list[object]] = (-1, [])

    def __iter__(self) -> Iterator[Event]:
        """Iterate over a snapshot of the events."""
        with self._lock:
            return iter(list(self._events))

    def __len__(self) -> int:
        """Count the events."""
        return len(self._events)

    def write(self, event: str, **members: object) -> None:
        """Append one event; every text in it is redacted first."""
        with self._lock:
            clean = self.redactor.tree(members)
            assert isinstance(clean, dict)  # noqa: S101 - tree keeps the shape of a mapping
            self._events.append({"event": event, "stage": self.stage, **clean})

    def exchange(self, request: Request, response: Response) -> int:
        """Append one exchange; return its number. Learns the secrets of its trail first."""
        with self._lock:
            for secret in response.trail.secrets:
                self.redactor.learn(secret)
            self._counts["exchange"] += 1
            number = self._counts["exchange"]
            self._events.append(
                {
                    "event": "exchange",
                    "stage": self.stage,
                    "exchange": number,
                    "request": self._request(request),
                    "response": self._response(response),
                    "trail": {
                        "conversation": response.trail.conversation,
                        "violations": [asdict(item) for item in response.trail.violations],
                        "facts": self.redactor.tree(dict(response.trail.facts)),
                        "stimulus": response.trail.stimulus,
                    },
                }
            )
            return number

    def call(self, op: str, args: Mapping[str, object], note: str = "") -> int:
        """Append an order to the client; return its number."""
        with self._lock:
            self._counts["call"] += 1
            self.write("call", call=self._counts["call"], op=op, args=dict(args), note=note)
            return self._counts["call"]

    def _request(self, request: Request) -> dict[str, object]:
        return {
            "method": request.method,
            "target": self.redactor.target(request.target),
            "headers": self.redactor.headers(request.headers),
            "body": self.redactor.body(request.body, request.header("content-type") or ""),
            "scheme": request.scheme,
            "host": request.host,
            "port": request.port,
            "source": request.source,
            "listener": request.listener,
            "tls": asdict(request.tls) if request.tls else None,
            "at": round(request.received_at, 3),
        }

    def _response(self, response: Response) -> dict[str, object]:
        wire = asdict(response.wire) if not response.wire.plain else None
        return {
            "status": response.status,
            "headers": self.redactor.headers(response.headers),
            "body": self.redactor.body(response.body, response.header("content-type") or ""),
            "wire": wire,
        }

    # What readings ask for.

    @property
    def header(self) -> Mapping[str, object]:
        """What the staging is: its story, its readings, the instant it began."""
        return next((e for e in self if e["event"] == "staging"), {})

    @property
    def ended(self) -> Mapping[str, object]:
        """How the staging ended: `state` and `reason`; empty if it never did."""
        return next((e for e in self if e["event"] == "staged"), {})

    def of(self, event: str) -> list[Event]:
        """Return the events of one kind, in order."""
        return [item for item in self if item["event"] == event]

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange, in order of arrival."""
        return [item for item in self._views() if isinstance(item, Exchange)]

    @property
    def calls(self) -> list[Call]:
        """Every call with its outcome and the exchanges between the two."""
        views, found = self._views(), []
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

    def _views(self) -> list[object]:
        """Exchanges and orders in their scenario, outcomes as they are; made once per length."""
        with self._lock:
            if self._viewed[0] != len(self._events):
                self._viewed = (len(self._events), _with_scenarios(self._events))
            return self._viewed[1]


@dataclass(frozen=True, slots=True)
class _Order:
    event: Event
    scenario: Mapping[str, object]


def _with_scenarios(events: Iterable[Event]) -> list[object]:
    scenario: Mapping[str, object] = {}
    views: list[object] = []
    for event in events:
        match event["event"]:
            case "scenario":
                facts = event.get("facts")
                scenario = facts if isinstance(facts, dict) else {}
            case "exchange":
                views.append(_exchange(event, scenario))
            case "call":
                views.append(_Order(event, scenario))
            case "outcome":
                views.append(event)
    return views


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


def _exchange(event: Event, scenario: Mapping[str, object]) -> Exchange:
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
                facts=trail["facts"],
                stimulus=trail["stimulus"],
            ),
        ),
        utf8=request["body"]["utf8"],
        body_bytes=request["body"]["bytes"],
        scenario=scenario,
    )


def read_lines(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events of an `events.ndjson`; a torn last line is left out."""
    for line in lines:
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            yield event


def split_stages(events: Iterable[Event]) -> dict[str, Journal]:
    """Return one journal for each staging in a record, in order of appearance."""
    stages: dict[str, list[Event]] = {}
    for event in events:
        if stage := event.get("stage"):
            stages.setdefault(str(stage), []).append(event)
    return {stage: Journal(stage, events=found) for stage, found in stages.items()}
