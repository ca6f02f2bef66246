"""HTTP archives as a stream: entry after entry, however large the file is.

A proxy that ran for a day leaves gigabytes. Only one entry is in memory at a time, and of the
file nothing else stays than what somebody wants to keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proefbank.doors.har_entries import heard_in_entry, was_sent
from proefbank.doors.heard import Gathered, Progress, Wanted, in_order
from proefbank.doors.json_stream import Damaged, JsonStream
from proefbank.errors import BadInvocation

__all__ = ["Kind", "gather", "kind_of"]

Kind = str
"""What a JSON file is: `har`, `ours` (an archive that we wrote), `cassette`, or empty."""

_STEP = 10_000
_SANITISING = ("WebInspector",)
"""Creators whose archives may have been cleared of credentials: Chrome does so unless asked."""


def kind_of(path: Path) -> tuple[Kind, str]:
    """Return what the JSON object in a file is, and who made it if that is an archive.

    Raises `BadInvocation` for an archive without a list of entries.
    """
    with path.open("rb") as raw:
        stream = JsonStream(raw)
        try:
            for name in stream.members():
                if name in ("event", "interactions", "http_interactions"):
                    return ("" if name == "event" else "cassette"), ""
                if name == "log":
                    return _kind_of_log(path, stream)
        except Damaged:
            return "", ""
    return "", ""


def _kind_of_log(path: Path, stream: JsonStream) -> tuple[Kind, str]:
    creator = ""
    try:
        for name in stream.members() if stream.peek() == "{" else ():
            if name == "creator":
                creator = _name_of(stream.value())
            elif name == "entries" and stream.peek() == "[":
                first = next(stream.items(), None)
                ours = isinstance(first, dict) and isinstance(first.get("_proefbank"), dict)
                return ("ours" if ours else "har"), creator
    except Damaged:
        return "har", creator  # whoever reads it tells
    raise BadInvocation("`log.entries` is no list of entries", where=str(path))


def _name_of(creator: object) -> str:
    return str(creator.get("name", "")) if isinstance(creator, dict) else ""


def gather(
    path: Path, wanted: Wanted, creator: str = "", progress: Progress | None = None
) -> Gathered:
    """Read an archive and keep what is wanted, in order of time.

    One that breaks off is read as far as it goes. Raises `BadInvocation` if it holds no requests,
    or none that can be read.
    """
    found = Gathered(wanted)
    credentials = False
    for number, entry in enumerate(_entries(path, found, progress), start=1):
        found.entries = number
        try:
            heard = heard_in_entry(entry)
            if heard is not None and not was_sent(entry, creator):
                found.unsent += 1
                continue
            found.take(heard)
        except ValueError as problem:
            found.complain(f"entry {number} ({problem})")
        finally:
            credentials = credentials or _has_credentials(entry)
    if not found.entries:
        told = found.cut_short or "the archive holds no requests"
        raise BadInvocation(told.rstrip("."), where=str(path))
    if found.faulty == found.entries:
        raise BadInvocation(
            f"no entry can be read; {found.unreadable[0]}",
            where=str(path),
            hint="export the archive again, with content",
        )
    found.sanitised = not credentials and creator in _SANITISING
    found.heard = in_order(found.heard)
    found.settle()
    return found


def _entries(path: Path, found: Gathered, progress: Progress | None) -> Iterator[Any]:
    size = max(1, path.stat().st_size)
    read = 0
    with path.open("rb") as raw:
        stream = JsonStream(raw)
        try:
            for read, entry in enumerate(_items(stream), start=1):
                yield entry
                if progress is not None and read % _STEP == 0:
                    progress(read, stream.done / size)
        except Damaged as problem:
            found.cut_short = (
                f"The archive was cut short or damaged after entry {read} ({problem}); what came "
                "before was judged."
            )


def _items(stream: JsonStream) -> Iterator[Any]:
    """Yield the entries, and read on to the end, so that what breaks off there is seen."""
    for name in stream.members():
        if name == "log":
            for inner in stream.members():
                if inner == "entries":
                    yield from stream.items()


def _has_credentials(entry: Any) -> bool:
    """Whether an entry shows credentials or cookies, which sanitised archives never do."""
    for part in ("request", "response"):
        side = entry.get(part) if isinstance(entry, dict) else None
        headers = side.get("headers") if isinstance(side, dict) else None
        for item in headers if isinstance(headers, list) else ():
            name = item.get("name") if isinstance(item, dict) else None
            if str(name).lower() in ("authorization", "cookie", "set-cookie"):
                return True
    return False
