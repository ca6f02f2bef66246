"""The record of a served session, written line by line, so that nothing is lost when it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from proefbank import __version__
from proefbank.clock import Clock, real_seconds, to_iso
from proefbank.command_words import words_said
from proefbank.errors import BadInvocation
from proefbank.journal import Event
from proefbank.requirement import REQUIREMENT_SET
from proefbank.run_folder import check_run_name, dated, free_folder, make_folder
from proefbank.service import Service

__all__ = ["WireRecord", "run_folder"]


def run_folder(reports: Path, name: str | None, about: str, *, command: str = "serve") -> Path:
    """Make the folder for a session's record; BadInvocation if it cannot be made.

    Without a `name` it is called after date, time and what it is about (a service, say), and
    never one that exists.
    """
    if name is not None:
        check_run_name(name, command=command)
    stem = name or dated(Clock().now(), f"wire-{about}")
    return make_folder(free_folder(reports, stem, fixed=name is not None), command=command)


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
                "command": words_said(command),
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
