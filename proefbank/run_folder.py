"""The folder that a run writes its record to."""

from __future__ import annotations

import os
from pathlib import Path

from proefbank.errors import BadInvocation
from proefbank.report.manifest import refuse_signed

__all__ = ["make_run_folder"]


def make_run_folder(base: Path, run_id: str, *, fixed: bool) -> Path:
    """Make the folder of a run in `base` and return it; `fixed` takes one that is there.

    Raises `BadInvocation` for one that cannot be made or written to.
    """
    folder = base / run_id
    if not fixed:
        count = 2
        while folder.exists():
            folder = base / f"{run_id}-{count}"
            count += 1
    refuse_signed(folder, "--run")
    try:
        (folder / ".parts").mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError as problem:
        raise _not_writable(base, problem.strerror or str(problem)) from problem
    if not writable:
        raise _not_writable(base, "it is not writable")
    for old in (folder / ".parts").glob("*"):
        old.unlink()
    return folder


def _not_writable(folder: Path, why: str) -> BadInvocation:
    return BadInvocation(
        f"no run can be written to {folder}: {why}",
        where="--reports",
        hint="name a folder that can be written, e.g. proefbank run --reports /tmp/reports",
    )
