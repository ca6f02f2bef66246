"""Runs of clients that are recorded twice: as the bench does, and with all that was in clear.

The traffic in clear is what a browser, a proxy or vcrpy would have kept; it exists in memory and in
temporary folders only.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

import yaml

from proefbank.bench import Bench
from proefbank.clients.python import PythonClient
from proefbank.clock import to_iso
from proefbank.exchange import Request, Response
from proefbank.journal import Event
from proefbank.judge import judge
from proefbank.service import Service, Settings
from proefbank.staging import rules_for, stages_of

__all__ = [
    "BAD",
    "Raw",
    "Run",
    "as_cassette",
    "as_har",
    "as_served",
    "entry",
    "opening",
    "outcomes",
    "recorded",
    "verdicts",
    "written",
    "wrong",
]

Raw = tuple[str, Request, Response]
"""Name of the staging, and what was said."""
BAD = ("failed", "warned", "not_exercised", "broken")


@dataclass
class Run:
    """A run that was judged as it went on."""

    events: list[Event] = field(default_factory=list)
    raw: list[Raw] = field(default_factory=list)

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        return verdicts(self.events)


class _Overheard(Bench):
    """A bench that also keeps the traffic as it was."""

    kept: Run

    def _exchanged(self, request: Request, response: Response) -> None:
        if self.journal is not None:
            self.kept.raw.append((self.journal.stage, request, response))
        super()._exchanged(request, response)


def opening(service: str, door: str = "adapter") -> Event:
    """Return the first event of a run."""
    return {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {"id": "x", "started": "2026-11-22T07:00:00.000+00:00", "seed": 1, "command": []},
        "subject": {"name": "x", "version": "", "language": ""},
        "assertor": {"name": "proefbank", "version": "0"},
        "scope": {"services": [service], "target": "mock", "door": door},
        "preflight": [],
        "origins": {},
        "run_selected": True,
    }


def recorded(service: Service, client: type, stages: Iterable[str]) -> Run:
    """Put a client into some situations, in the order of the catalogue, and judge each."""
    wanted = set(stages)
    bench = _Overheard(
        service, settings=Settings(), seed=1, make_client=lambda _: PythonClient(client)
    )
    bench.kept = made = Run()
    made.events.append(opening(service.name))
    try:
        for stage in stages_of(service.package):
            if stage.name in wanted:
                journal = bench.run(stage)
                found = [
                    judge(rule, journal)
                    for kind in stage.readings
                    for rule in rules_for(stage, kind)
                ]
                told = sorted(found, key=lambda verdict: verdict.requirement)
                made.events += journal
                made.events += [{"event": "verdict", **item.to_json()} for item in told]
    finally:
        bench.close()
    made.events.append({"event": "end", "interrupted": False})
    return made


def verdicts(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [dict(event) for event in events if event["event"] == "verdict"]


def outcomes(events: Iterable[Event]) -> dict[str, set[str]]:
    """Return the outcomes of each requirement, by its name without the service's."""
    found: dict[str, set[str]] = {}
    for event in verdicts(events):
        found.setdefault(event["requirement"].partition(".")[2], set()).add(event["outcome"])
    return found


def wrong(events: Iterable[Event]) -> set[str]:
    """Return the requirements that something is wrong with."""
    return {event["requirement"] for event in verdicts(events) if event["outcome"] in BAD}


# The same traffic, as other tools write it.


def entry(
    request: Request,
    response: Response,
    *,
    origin: str = "",
    packed: bool = False,
    at: float | None = None,
) -> dict[str, Any]:
    """Return one entry of an archive; `packed` has the answer's body in base64."""
    body = request.body.decode("utf-8", "replace")
    content: dict[str, Any] = {"mimeType": "application/json", "size": len(response.body)}
    if packed:
        content |= {"encoding": "base64", "text": base64.b64encode(response.body).decode()}
    else:
        content["text"] = response.body.decode("utf-8", "replace")
    instant = request.received_at if at is None else at
    return {
        "startedDateTime": to_iso(instant),
        "time": 3,
        "request": {
            "method": request.method,
            "url": (origin or request.origin) + request.target,
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": n, "value": v} for n, v in request.headers],
            "cookies": [],
            "queryString": [],
            "headersSize": -1,
            "bodySize": len(request.body),
            **({"postData": {"mimeType": "x", "text": body}} if body else {}),
        },
        "response": {
            "status": response.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "headers": [
                *({"name": n, "value": v} for n, v in response.headers),
                {"name": "Date", "value": formatdate(instant, usegmt=True)},
            ],
            "cookies": [],
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(response.body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 3, "receive": 0},
    }


def as_har(raw: Iterable[Raw], creator: str = "a proxy", **how: Any) -> dict[str, Any]:
    """Return an archive that another tool would have written, everything in clear."""
    entries = [entry(request, response, **how) for _, request, response in raw]
    return {
        "log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "entries": entries}
    }


def as_cassette(raw: Iterable[Raw]) -> dict[str, Any]:
    """Return what vcrpy would have recorded."""
    return {
        "version": 1,
        "interactions": [
            {
                "request": {
                    "method": request.method,
                    "uri": request.origin + request.target,
                    "body": request.body.decode("utf-8", "replace"),
                    "headers": {name: [value] for name, value in request.headers},
                },
                "response": {
                    "status": {"code": response.status, "message": ""},
                    "headers": {name: [value] for name, value in response.headers}
                    | {"Date": [formatdate(request.received_at, usegmt=True)]},
                    "body": {"string": response.body.decode("utf-8", "replace")},
                },
            }
            for _, request, response in raw
        ],
    }


def as_served(run: Run, service: Service, readings: Sequence[str]) -> Iterator[Event]:
    """Yield what `serve` would have recorded of a run: one staging, and nobody's orders."""
    yield opening(service.name, "wire")
    at = next((e["at"] for e in run.events if e["event"] == "staging"), 0.0)
    yield {
        "event": "staging",
        "stage": "wire",
        "service": service.name,
        "readings": list(readings),
        "at": at,
    }
    number = 0
    scenario: dict[str, Any] = {}
    for event in run.events:
        if event["event"] == "scenario":
            scenario = {**event, "stage": "wire"}
            yield scenario
        elif event["event"] == "call" and (asked := event["args"].get("scope")):  # type: ignore[attr-defined]
            yield {
                **scenario,
                "facts": {**scenario["facts"], "scope": asked},
            }  # by its own settings
        elif event["event"] == "exchange":
            number += 1
            yield {**event, "stage": "wire", "exchange": number}
    yield {"event": "staged", "stage": "wire", "state": "done", "reason": ""}
    yield {"event": "end", "interrupted": False}


def written(path: Path, told: Mapping[str, Any] | Iterable[Event]) -> Path:
    """Write an archive, a cassette (by its ending), or a record."""
    if isinstance(told, Mapping) and path.suffix in (".yaml", ".yml"):
        path.write_text(yaml.safe_dump(dict(told)), "utf-8")
    elif isinstance(told, Mapping):
        path.write_text(json.dumps(told), "utf-8")
    else:
        lines = (f"{json.dumps(event, ensure_ascii=False)}\n" for event in told)
        path.write_text("".join(lines), "utf-8")
    return path
