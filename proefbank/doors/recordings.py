"""Reads recordings: our own records, HTTP archives, and the cassettes of VCR and its kin.

A record of ours comes back as its events. Everything else comes back as requests and responses
with their secrets still in them: they exist in memory only, until a redactor has written them
into a journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proefbank.bodies import whole
from proefbank.doors.heard import Gathered, Heard, Progress, Wanted
from proefbank.errors import BadInvocation
from proefbank.exchange import Request
from proefbank.journal import Event, split_stages

__all__ = ["Recording", "read_recording"]

_LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read whole; archives of others are not."""
_SNIFFED = 4096
_HINT = (
    "give an events.ndjson or traffic.har of a run, a HAR archive of another tool, "
    "or a cassette of vcrpy"
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that can be judged; either `events` or `heard` has something in it."""

    path: Path
    kind: str
    """`record` and `archive` are ours (archive: our HAR); `har` and `cassette` are not."""
    sha256: str
    events: tuple[Event, ...] = ()
    heard: tuple[Heard, ...] = ()
    left_out: int = 0
    """Requests that nobody wanted, and that were not kept."""
    notes: tuple[str, ...] = ()
    """What was amiss with the file."""
    cut_short: bool = False
    sanitised: bool = False
    """Whether the tool that wrote it leaves credentials out."""


def read_recording(
    path: Path, wanted: Wanted | None = None, progress: Progress | None = None
) -> Recording:
    """Read a recording of any kind; a folder stands for the `events.ndjson` in it.

    Of others' traffic only what is `wanted` is kept; without that, all of it. Raises
    `BadInvocation` for a file that is missing, empty, too large or of no kind we know.
    """
    if path.is_dir():
        path /= "events.ndjson"
    try:
        with path.open("rb") as raw:
            begin = raw.read(_SNIFFED)
        if not begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return _of_text(path, "", wanted or _all)
        from proefbank.doors.har_stream import gather, kind_of  # noqa: PLC0415 - JSON in pieces

        kind, creator = kind_of(path)
        if kind != "har":
            return _of_text(path, kind, wanted or _all)
        found = gather(path, wanted or _all, creator, progress)
        with path.open("rb") as raw:
            digest = hashlib.file_digest(raw, "sha256").hexdigest()
    except FileNotFoundError as problem:
        raise BadInvocation("there is no such file", where=str(path), hint=_HINT) from problem
    except OSError as problem:
        told = problem.strerror or str(problem)
        raise BadInvocation(f"cannot be read: {told}", where=str(path), hint=_HINT) from problem
    return _gathered(path, "har", digest, found)


def _all(request: Request) -> bool:  # noqa: ARG001 - whatever it is
    return True


def _gathered(path: Path, kind: str, digest: str, found: Gathered) -> Recording:
    return Recording(
        path,
        kind,
        digest,
        heard=tuple(found.heard),
        left_out=found.left_out,
        notes=found.notes,
        cut_short=bool(found.cut_short),
        sanitised=found.sanitised,
    )


def _of_text(path: Path, kind: str, wanted: Wanted) -> Recording:
    """Read what is no other's archive, whole."""
    if path.stat().st_size > _LARGEST:
        raise BadInvocation("the file is too large to be judged", where=str(path), hint=_HINT)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadInvocation("this is no text in UTF-8", where=str(path), hint=_HINT) from problem
    if not text.strip():
        raise BadInvocation("the recording is empty", where=str(path), hint=_HINT)
    digest = hashlib.sha256(raw).hexdigest()
    if kind == "cassette" or not text.lstrip().startswith("{"):
        from proefbank.doors.cassette_reader import gather_cassette  # noqa: PLC0415 - YAML

        return _gathered(path, "cassette", digest, gather_cassette(path, text, wanted))
    if kind == "ours":
        from proefbank.doors.har_reader import events_in_archive  # noqa: PLC0415

        if events := tuple(events_in_archive(path, _whole_json(path, text)["log"])):
            return Recording(path, "archive", digest, events=_sound(path, events))
        from proefbank.doors.har_stream import gather  # noqa: PLC0415 - mixed with others' entries

        return _gathered(path, "har", digest, gather(path, wanted))
    events = tuple(whole(_events(path, text)))
    torn = not any(event["event"] == "end" for event in events)
    return Recording(path, "record", digest, events=_sound(path, events), cut_short=torn)


def _whole_json(path: Path, text: str) -> Mapping[str, Any]:
    try:
        loaded: Mapping[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadInvocation(
            f"this archive of ours is damaged ({problem})",
            where=str(path),
            hint="judge the events.ndjson beside it, or the file that the run left",
        ) from problem
    return loaded


def _events(path: Path, text: str) -> Iterator[Event]:
    """Yield the events; a torn last line is left out, a damaged one before it is refused."""
    lines = text.splitlines() if "\r" in text else text.split("\n")
    last = max(number for number, line in enumerate(lines) if line.strip())
    for number, line in enumerate(lines[: last + 1]):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            event = None
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            yield event
        elif number < last or number == 0:
            raise BadInvocation(
                "this is no event of a record, nor a HAR archive, nor a cassette",
                where=f"{path}, line {number + 1}",
                hint=_HINT,
            )


def _sound(path: Path, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return events whose exchanges and calls can be read; a gap would be taken for a fault."""
    for stage, journal in split_stages(events).items():
        try:
            _ = (
                journal.exchanges,
                journal.calls,
                [float(str(e["now"])) for e in journal.of("clock")],
            )
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as problem:
            raise BadInvocation(
                f"the record of {stage} cannot be read ({type(problem).__name__}: {problem})",
                where=str(path),
                hint="the file was changed or damaged; judge the one that the run left",
            ) from problem
    return events
