"""Folders that runs write their records to: what they are called, and whether they can be had."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from proefbank.errors import BadInvocation
from proefbank.report.manifest import refuse_signed

__all__ = ["check_run_name", "dated", "free_folder", "make_folder", "slug"]


def dated(at: float, name: str) -> str:
    """Return the name of a run that begins at epoch seconds `at`: `2026-11-22-070000-client`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d-%H%M%S}-{name}"


def slug(text: str, otherwise: str, *, longest: int = 40) -> str:
    """Return `text` as part of the name of a folder; `otherwise` if nothing of it can be."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].strip("-") or otherwise


def check_run_name(name: str, *, command: str = "run") -> None:
    """Raise `BadInvocation` for a name that `--run` cannot give; `command` is for the hint."""
    if Path(name).name != name or name in ("", ".."):
        raise BadInvocation(
            f"{name!r} is not the name of a folder",
            where="--run",
            hint=f"a plain name: proefbank {command} --reports reports --run nightly",
        )


def free_folder(base: Path, name: str, *, fixed: bool) -> Path:
    """Return where a run of this name goes: below `base`, and nowhere where something is.

    A `fixed` name, which somebody chose, may be that of an older run. Raises `BadInvocation` for
    the folder of a run that is signed.
    """
    folder, count = base / name, 2
    while folder.exists() and not fixed:
        folder, count = base / f"{name}-{count}", count + 1
    refuse_signed(folder, "--run")
    return folder


def make_folder(folder: Path, *, command: str = "run") -> Path:
    """Make the folder of a run, if need be, and return it.

    Raises `BadInvocation` if it cannot be made or written to; `command` is for the hint.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        why = "" if os.access(folder, os.W_OK) else "it is not writable"
    except OSError as problem:
        why = problem.strerror or str(problem)
    if why:
        raise BadInvocation(
            f"no run can be written to {folder.parent}: {why}",
            where="--reports",
            hint="name a folder that can be written, "
            f"e.g. proefbank {command} --reports /tmp/reports",
        )
    return folder
