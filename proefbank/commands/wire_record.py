"""The record of a served session, written line by line, so that nothing is lost when it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proefbank import __version__
from proefbank.clock import Clock, real_seconds, to_iso
from proefbank.errors import BadInvocation
from proefbank.journal import Event
from proefbank.requirement import REQUIREMENT_SET
from proefbank.service import Service

__all__ = ["WireRecord", "run_folder"]


def run_folder(reports: Path, name: str | None, about: str, *, command: str = "serve") -> Path:
    """Make the folder for a session's record; BadInvocation if it cannot be made.

    Without a `name` it is called after date, time and what it is about (a service, say), and
    never one that exists.
    """
    when = datetime.fromtimestamp(Clock().now(), UTC).strftime("%Y-%m-%d-%H%M%S")
    stem = name or f"{when}-wire-{about}"
    folder, count = reports / stem, 2
    while name is None and folder.exists():
        folder, count = reports / f"{stem}-{count}", count + 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadInvocation(
            f"no record can be written to {folder}: {problem.strerror or problem}",
            where="--reports",
            hint="name a folder that can be written, "
            f"e.g. proefbank {command} --reports /tmp/reports",
        ) from problem
    return folder


class WireRecord:
    """An `events.ndjson` that grows; each line is on its way to the disk before an answer is."""

    def __init__(
        self,
        folder: Path,
        *services: Service,
        seed: int | None,
        command: Sequence[str],
        origins: Mapping[str, str],
        target: str = "mock",
    ) -> None:
        """Begin the record; raises BadInvocation if the file cannot be written."""
        self.path = folder / "events.ndjson"
        self._clock = Clock()
        self._began = real_seconds()
        self._lock = threading.Lock()
        try:
            self._file = self.path.open("w", encoding="utf-8", errors="backslashreplace")
        except OSError as problem:
            raise BadInvocation(str(problem), where="--reports") from problem
        opening = {
            "event": "run",
            "schema": "proefbank/events/1",
            "run": {
                "id": folder.name,
                "started": to_iso(self._clock.now()),
                "seed": seed,
                "command": list(command),
            },
            "subject": {"name": "client on the wire", "version": "", "language": ""},
            "assertor": {"name": "proefbank", "version": __version__},
            "scope": {
                "services": [service.name for service in services],
                "target": target,
                "door": "wire",
                "requirement_set": REQUIREMENT_SET,
                "capabilities": [name for service in services for name in service.capabilities],
            },
            "preflight": [],
            "origins": dict(origins),
            "run_selected": False,
        }
        self.write(opening)

    def write(self, event: Event | dict[str, Any]) -> None:
        """Append one line; nothing once the record has ended."""
        line = json.dumps(event, ensure_ascii=False)
        with self._lock:
            if not self._file.closed:
                self._file.write(f"{line}\n")
                self._file.flush()

    def end(self, *, interrupted: bool) -> None:
        """Write the last line and close the file."""
        ended = {
            "event": "end",
            "finished": to_iso(self._clock.now()),
            "duration_s": round(real_seconds() - self._began, 3),
            "interrupted": interrupted,
        }
        self.write(ended)
        with self._lock:
            self._file.close()
