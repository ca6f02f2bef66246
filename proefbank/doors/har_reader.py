"""Our own `traffic.har`, read back into the events it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from proefbank.bodies import SAME_AS, whole
from proefbank.errors import BadInvocation
from proefbank.journal import Event

__all__ = ["events_in_archive"]

OURS = "_proefbank"
_PORTS = {"https": 443, "http": 80}


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
