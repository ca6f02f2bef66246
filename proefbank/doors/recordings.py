"""Reads recordings: our own records, HAR archives, and the cassettes of vcrpy.

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
from proefbank.doors.heard import Heard
from proefbank.errors import BadInvocation
from proefbank.journal import Event, split_stages

__all__ = ["Recording", "read_recording"]

_LARGEST = 256 * 1024 * 1024
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


def read_recording(path: Path) -> Recording:
    """Read a recording of any kind; a folder stands for the `events.ndjson` in it.

    Raises `BadInvocation` for a file that is missing, empty, too large or of no kind we know.
    """
    if path.is_dir():
        path /= "events.ndjson"
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInvocation("the file is too large to be judged", where=str(path), hint=_HINT)
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError as problem:
        raise BadInvocation("there is no such file", where=str(path), hint=_HINT) from problem
    except OSError as problem:
        told = problem.strerror or str(problem)
        raise BadInvocation(f"cannot be read: {told}", where=str(path), hint=_HINT) from problem
    except UnicodeDecodeError as problem:
        raise BadInvocation("this is no text in UTF-8", where=str(path), hint=_HINT) from problem
    if not text.strip():
        raise BadInvocation("the recording is empty", where=str(path), hint=_HINT)
    return _recording(path, text, hashlib.sha256(raw).hexdigest())


def _recording(path: Path, text: str, digest: str) -> Recording:
    if not text.lstrip().startswith("{"):
        from proefbank.doors.cassette_reader import heard_in_cassette  # noqa: PLC0415 - YAML

        return Recording(path, "cassette", digest, heard=tuple(heard_in_cassette(path, text)))
    told = _whole_json(text)
    if told is not None and isinstance(told.get("log"), dict):
        from proefbank.doors.har_reader import events_in_archive, heard_in_har  # noqa: PLC0415

        if events := tuple(events_in_archive(path, told["log"])):
            return Recording(path, "archive", digest, events=_sound(path, events))
        return Recording(path, "har", digest, heard=tuple(heard_in_har(path, told["log"])))
    if told is not None and "interactions" in told:  # vcrpy's other serializer
        from proefbank.doors.cassette_reader import heard_in_cassette  # noqa: PLC0415

        return Recording(path, "cassette", digest, heard=tuple(heard_in_cassette(path, text)))
    return Recording(path, "record", digest, events=_sound(path, tuple(whole(_events(path, text)))))


def _whole_json(text: str) -> Mapping[str, Any] | None:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) and "event" not in loaded else None


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
