"""Runs that a command is pointed at: their folder, their report, their events."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation

__all__ = ["events_in", "folder_of", "report_in", "run_named"]


def folder_of(run: str | None, reports: Path, *, where: str = "RUN") -> Path:
    """Return the folder of a run: a path, a name below `reports`, or without one the newest.

    Raises `BadInvocation` naming `where` if there is none.
    """
    if run is not None:
        for folder in (Path(run), reports / run):
            if folder.name in ("report.json", "events.ndjson") and folder.is_file():
                return folder.parent
            if (folder / "report.json").is_file() or (folder / "events.ndjson").is_file():
                return folder
        raise BadInvocation(f"there is no run {run}", where=where, hint=_others(run, reports))
    found = _found(reports)
    if not found:
        raise BadInvocation(
            f"there is no run in {reports}", where=where, hint="first: proefbank run"
        )
    return found[-1].parent


def _found(reports: Path) -> list[Path]:
    """Return the reports there are, the newest last."""
    return sorted(reports.glob("*/report.json"), key=lambda path: path.stat().st_mtime)


def _others(run: str, reports: Path) -> str:
    """Return which run could have been meant: the one with the nearest name, or the newest."""
    told = f"name a folder below {reports}, or one that holds a report.json"
    names = [path.parent.name for path in _found(reports)]
    if near := get_close_matches(run, names, n=1):
        return f"{told}; did you mean {near[0]}?"
    return f"{told}; the newest is {names[-1]}" if names else told


def run_named(run: Path, reports: str = "reports") -> Path:
    """Return the folder of a run that has to be named; any folder there is, complete or not."""
    return run if run.is_dir() else folder_of(str(run), Path(reports))


def report_in(folder: Path) -> dict[str, Any]:
    """Return the report of a run; raises `BadInvocation` if it is none."""
    from proefbank.report.validation import validate  # noqa: PLC0415 - after --help

    path = folder / "report.json"
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise BadInvocation(
            f"this is no report of a run ({type(problem).__name__})", where=str(path)
        ) from problem
    faults = validate(loaded)
    if faults:
        raise BadInvocation(f"this is no report of a run: {faults[0]}", where=str(path))
    report: dict[str, Any] = loaded
    return report


def events_in(folder: Path) -> list[dict[str, Any]]:
    """Return the events of a run; none if there is no record."""
    from proefbank.journal import read_lines  # noqa: PLC0415 - after --help

    path = folder / "events.ndjson"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as lines:
        return [dict(event) for event in read_lines(lines)]
