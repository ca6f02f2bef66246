"""The append-only record of one staging.

A journal is a list of JSON-able events, redacted as they are written: the same events that
`events.ndjson` holds. A cassette is a journal saved, so whatever reads a journal cannot tell
a live conversation from a recorded one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache

from proefbank.bodies import whole
from proefbank.exchange import Request, Response, TlsFacts
from proefbank.redaction import Redactor
from proefbank.views import Call, Event, Exchange, calls_among, views_of

__all__ = ["Call", "Event", "Exchange", "Journal", "read_lines", "split_stages"]


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
                        "violations": [
                            self.redactor.tree(asdict(item)) for item in response.trail.violations
                        ],
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
            "tls": dict(_members(request.tls)) if request.tls else None,
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
        return calls_among(self._views())

    def _views(self) -> list[object]:
        """The views of all events so far; made once per length."""
        with self._lock:
            if self._viewed[0] != len(self._events):
                self._viewed = (len(self._events), views_of(self._events))
            return self._viewed[1]


@lru_cache(256)  # one connection carries many requests
def _members(tls: TlsFacts) -> Mapping[str, object]:
    return asdict(tls)


def read_lines(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events of an `events.ndjson`; a torn last line is left out."""
    return whole(_events_in(lines))


def _events_in(lines: Iterable[str]) -> Iterator[Event]:
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
