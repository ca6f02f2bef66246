"""`traffic.har`: the exchanges of a run as HTTP Archive 1.2, one page for each staging.

Holes stay where secrets were. Header fields keep their order, their case and their duplicates.
`_proefbank` holds what HAR has no place for, so that the file can be judged again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus

from proefbank.bodies import SAME_AS, once
from proefbank.clock import to_iso
from proefbank.exchange import header_value
from proefbank.journal import Event

__all__ = ["har", "reason_phrase"]

_PORTS = {"https": 443, "http": 80}


def reason_phrase(status: int) -> str:
    """Return the registered phrase of a status code; empty if it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def har(events: Iterable[Event], assertor: Mapping[str, Any]) -> dict[str, Any]:
    """Return the archive of every exchange in a record, in the order of arrival.

    Durations are 0: the record holds instants of arrival only, and those may be on a clock
    that a staging moved.
    """
    record = list(once(events))
    stagings = {str(e["stage"]): e for e in record if e["event"] == "staging"}
    exchanges = [event for event in record if event["event"] == "exchange"]
    first: dict[str, Event] = {}
    for event in exchanges:
        first.setdefault(str(event["stage"]), event)
    stages = list(dict.fromkeys([*stagings, *first]))
    places = _scenarios(record)
    return {
        "log": {
            "version": "1.2",
            "creator": {
                "name": str(assertor.get("name") or "proefbank"),
                "version": str(assertor.get("version") or "0"),
            },
            "pages": [_page(name, stagings.get(name, {}), first.get(name)) for name in stages],
            "entries": [
                _entry(event, place) for event, place in zip(exchanges, places, strict=True)
            ],
        }
    }


def _scenarios(record: Sequence[Event]) -> list[int | None]:
    """Return for each exchange how often its client had been started anew within the staging.

    Nobody starts a client that nobody drives: None where no order was given.
    """
    driven = {event["stage"] for event in record if event["event"] == "call"}
    counts: Counter[object] = Counter()
    found: list[int | None] = []
    for event in record:
        if event["event"] == "scenario":
            counts[event["stage"]] += 1
        elif event["event"] == "exchange":
            stage = event["stage"]
            found.append(counts[stage] if stage in driven else None)
    return found


def _page(stage: str, staging: Event, exchange: Event | None) -> dict[str, Any]:
    at = staging.get("at")
    if not isinstance(at, int | float):
        at = _part(exchange or {}, "request").get("at", 0.0)
    return {
        "startedDateTime": to_iso(float(at)),
        "id": stage,
        "title": str(staging.get("story") or stage),
        "pageTimings": {},
    }


def _entry(event: Event, scenario: int | None) -> dict[str, Any]:
    request, response = _part(event, "request"), _part(event, "response")
    return {
        "pageref": str(event["stage"]),
        "startedDateTime": to_iso(float(request["at"])),
        "time": 0,
        "request": _request(request),
        "response": _response(response),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_proefbank": {
            "stage": event["stage"],
            "exchange": event["exchange"],
            **({} if scenario is None else {"scenario": scenario}),
            "at": request["at"],
            "source": request["source"],
            "listener": request["listener"],
            "tls": request["tls"],
            "utf8": request["body"]["utf8"],
            "wire": response["wire"],
            "trail": event["trail"],
        },
    }


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    port = "" if _PORTS.get(request["scheme"]) == request["port"] else f":{request['port']}"
    headers, body = request["headers"], request["body"]
    made: dict[str, Any] = {
        "method": request["method"],
        "url": f"{request['scheme']}://{request['host']}{port}{request['target']}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(headers),
        "queryString": _pairs(request["target"].partition("?")[2]),
        "headersSize": -1,
        "bodySize": body["bytes"],
    }
    if body["bytes"]:
        made["postData"] = {"mimeType": _field(headers, "content-type")} | _text(body)
    return made


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    headers, body = response["headers"], response["body"]
    return {
        "status": response["status"],
        "statusText": reason_phrase(response["status"]),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(headers),
        "content": {
            "size": body["bytes"],
            "mimeType": _field(headers, "content-type") or "x-unknown",
            **_text(body),
        },
        "redirectURL": _field(headers, "location"),
        "headersSize": -1,
        "bodySize": body["bytes"],
    }


def _text(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of a body, or where it stands; the format has no place for that."""
    first = body.get(SAME_AS)
    if first is None:
        return {"text": body["text"]}
    return {"comment": f"the same text as in {first}", "_proefbank_same_as": first}


def _headers(headers: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _field(headers: Sequence[Sequence[str]], name: str) -> str:
    return header_value(tuple((key, value) for key, value in headers), name) or ""


def _pairs(query: str) -> list[dict[str, str]]:
    split = (pair.partition("=") for pair in query.split("&") if pair)
    return [{"name": unquote_plus(name), "value": unquote_plus(value)} for name, _, value in split]


def _part(event: Event, name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, Mapping) else {}
