"""What the processes of a run put by for its record: journals, who was judged, what went wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from proefbank.errors import BenchError
from proefbank.journal import Journal, read_lines

__all__ = ["Parts"]

_FATAL = "fatal.json"


class Parts:
    """A folder beside the record to be, to which every worker writes."""

    def __init__(self, folder: Path) -> None:
        """Put by in a folder of `folder`, made when it is needed."""
        self.folder = folder / ".parts"

    def __bool__(self) -> bool:
        """Whether anything was put by."""
        return any(self.folder.glob("*"))

    def _save(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Beside its place and then there: another process never reads half of it.
        passing = self.folder / f".{name}.{os.getpid()}"
        passing.write_text(text, encoding="utf-8")
        passing.replace(self.folder / name)

    def save_journal(self, stage: str, journal: Journal) -> None:
        """Put by what was staged."""
        lines = "".join(f"{json.dumps(event, ensure_ascii=False)}\n" for event in journal)
        self._save(f"{stage}.ndjson", lines)

    def save_about(self, service: str, about: Mapping[str, Any]) -> None:
        """Put by what a client said of itself to the bench of a service."""
        self._save(f"about-{service}.json", json.dumps(about))

    def save_look(self, service: str, rows: Sequence[Mapping[str, str]]) -> None:
        """Put by what preflight looked at for a service."""
        self._save(f"look-{service}.json", json.dumps(list(rows)))

    def looks(self) -> dict[str, list[dict[str, str]]]:
        """Return what preflight looked at, by service."""
        return {
            path.stem.removeprefix("look-"): json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self.folder.glob("look-*.json"))
        }

    def save_fatal(self, error: BenchError) -> None:
        """Put by what ended the run."""
        apart = "\n" if "\n" in error.message else " \N{EM DASH} "
        told = {
            "message": f"{error.message}{apart}{error.hint}" if error.hint else error.message,
            "where": error.where or "the bench",
            "exit_code": error.exit_code,
        }
        self._save(_FATAL, json.dumps(told))

    def abouts(self) -> dict[str, Any]:
        """Return what clients said of themselves, by service."""
        return {
            path.stem.removeprefix("about-"): json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self.folder.glob("about-*.json"))
        }

    def about(self) -> dict[str, Any]:
        """Return what they said together; empty if nobody said anything.

        One client says the same to every service; the reference clients are several.
        """
        told = list(self.abouts().values())
        if not told:
            return {}
        subjects = [item["subject"] for item in told]
        claimed = dict.fromkeys(name for item in told for name in item["capabilities"])
        together = {key: _shared(key, subjects) for key in subjects[0]}
        together["name"] = ", ".join(dict.fromkeys(str(item["name"]) for item in subjects))
        return {**told[0], "subject": together, "capabilities": list(claimed)}

    def fatal(self) -> dict[str, Any] | None:
        """Return what ended the run: `message`, `where`, `exit_code`; None if nothing did."""
        path = self.folder / _FATAL
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def events(
        self, stages: Sequence[str], verdicts: Iterable[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Return the events of each stage with its verdicts behind them, in this order."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for verdict in verdicts:
            found.setdefault(verdict["stage"], []).append(verdict)
        events: list[dict[str, Any]] = []
        for stage in stages:
            part = self.folder / f"{stage}.ndjson"
            if part.exists():
                with part.open(encoding="utf-8") as lines:
                    events += [dict(event) for event in read_lines(lines)]
            events += [
                {"event": "verdict", **verdict}
                for verdict in sorted(found.get(stage, []), key=lambda item: item["requirement"])
            ]
        return events

    def clear(self) -> None:
        """Leave nothing behind."""
        for part in sorted(self.folder.glob("*")):
            part.unlink()
        if self.folder.exists():
            self.folder.rmdir()


def _shared(key: str, subjects: Sequence[Mapping[str, Any]]) -> Any:
    """Return a member that all subjects have; empty where they differ in it."""
    value = subjects[0][key]
    return value if all(item.get(key) == value for item in subjects) else ""
