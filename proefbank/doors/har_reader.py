"""HTTP Archive 1.2: what browsers and proxies save, and our own `traffic.har`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from proefbank.bodies import SAME_AS, whole
from proefbank.doors.heard import Heard
from proefbank.errors import BadInvocation
from proefbank.exchange import Headers, Request, Response
from proefbank.journal import Event

__all__ = ["events_in_archive", "heard_in_har"]

OURS = "_proefbank"
_PORTS = {"https": 443, "http": 80}


def heard_in_har(path: Path, log: Mapping[str, Any]) -> Iterator[Heard]:
    """Yield every request and response of an archive, in order of time.

    Raises `BadInvocation` if there is none, or one that cannot be read.
    """
    entries = _entries(path, log)
    if not entries:
        raise BadInvocation("the archive holds no requests", where=str(path))
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            found.append(_heard(entry))
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise BadInvocation(
                f"entry {number} cannot be read ({type(problem).__name__}: {problem})",
                where=str(path),
            ) from problem
    yield from sorted(found, key=lambda item: item.request.received_at)


def events_in_archive(path: Path, log: Mapping[str, Any]) -> Iterator[Event]:
    """Yield stagings and exchanges of an archive that we wrote; nothing for another's.

    Raises `BadInvocation` for an archive of ours that was changed by hand.
    """
    entries = _entries(path, log)
    if not entries or not all(isinstance(entry.get(OURS), dict) for entry in entries):
        return
    yield from whole(_ours(path, log, entries))


def _ours(
    path: Path, log: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]
) -> Iterator[Event]:
    pages = {page["id"]: page for page in log.get("pages", []) if isinstance(page, dict)}
    seen: set[str] = set()
    scenario: object = None
    for number, entry in enumerate(entries, start=1):
        try:
            stage = str(entry[OURS]["stage"])
            if stage not in seen:
                seen.add(stage)
                yield _staging(stage, pages.get(stage, {}), entry[OURS]["at"])
                scenario = None
            if scenario not in (None, entry[OURS].get("scenario")):
                yield {"event": "scenario", "stage": stage, "facts": {}}
            scenario = entry[OURS].get("scenario")
            yield _exchange(entry, entry[OURS])
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise BadInvocation(
                f"entry {number} cannot be read ({type(problem).__name__}: {problem})",
                where=str(path),
                hint="the file was changed; judge the one that the run left",
            ) from problem


def _entries(path: Path, log: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    entries = log.get("entries")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInvocation("`log.entries` is no list of entries", where=str(path))
    return entries


def _heard(entry: Mapping[str, Any]) -> Heard:
    request, response = entry["request"], entry["response"]
    sent, answered = _post_data(request.get("postData") or {}), response.get("content") or {}
    return Heard(
        Request.to(
            str(request["url"]).partition("#")[0],
            method=str(request["method"]),
            headers=_headers(request.get("headers")),
            body=sent.encode("utf-8", "replace"),
            received_at=_instant(str(entry["startedDateTime"])),
        ),
        Response(int(response["status"]), _headers(response.get("headers")), _content(answered)),
        only_text=not sent.isascii(),
    )


def _post_data(data: Mapping[str, Any]) -> str:
    if text := data.get("text"):
        return str(text)
    pairs = [(str(item["name"]), str(item.get("value", ""))) for item in data.get("params") or []]
    return urlencode(pairs)


def _content(content: Mapping[str, Any]) -> bytes:
    text = str(content.get("text") or "")
    if content.get("encoding") != "base64":
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text, validate=False)
    except binascii.Error:
        return b""


def _headers(raw: object) -> Headers:
    if not isinstance(raw, list):
        return ()
    pairs = ((str(item["name"]), str(item.get("value", ""))) for item in raw)
    return tuple((name, value) for name, value in pairs if not name.startswith(":"))  # HTTP/2


def _instant(text: str) -> float:
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def _staging(stage: str, page: Mapping[str, Any], at: float) -> Event:
    title = str(page.get("title") or stage)
    return {"event": "staging", "stage": stage, "story": title, "at": at}


def _exchange(entry: Mapping[str, Any], ours: Mapping[str, Any]) -> Event:
    request, response = entry["request"], entry["response"]
    parts = urlsplit(request["url"])
    target = str(request["url"]).removeprefix(f"{parts.scheme}://{parts.netloc}")
    return {
        "event": "exchange",
        "stage": ours["stage"],
        "exchange": ours["exchange"],
        "request": {
            "method": request["method"],
            "target": target,
            "headers": [[item["name"], item["value"]] for item in request["headers"]],
            "body": _body(request.get("postData") or {}, request["bodySize"], utf8=ours["utf8"]),
            "scheme": parts.scheme,
            "host": parts.hostname or "",
            "port": parts.port or _PORTS.get(parts.scheme, 0),
            "source": ours["source"],
            "listener": ours["listener"],
            "tls": ours["tls"],
            "at": ours["at"],
        },
        "response": {
            "status": response["status"],
            "headers": [[item["name"], item["value"]] for item in response["headers"]],
            "body": _body(response["content"], response["bodySize"], utf8=True),
            "wire": ours["wire"],
        },
        "trail": ours["trail"],
    }


def _body(content: Mapping[str, Any], size: object, *, utf8: object) -> dict[str, Any]:
    first = content.get(f"{OURS}_same_as")
    text = {"text": content.get("text", "")} if first is None else {SAME_AS: first}
    return {**text, "bytes": size, "utf8": utf8}
