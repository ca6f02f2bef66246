"""Why a command could not be started, in words, and what to try instead."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["why_not_started"]

_EXAMPLE = '--client-command "node adapter.js"'
_INTERPRETERS = {
    ".js": "node",
    ".mjs": "node",
    ".rb": "ruby",
    ".php": "php",
    ".pl": "perl",
    ".sh": "sh",
    ".jar": "java -jar",
}


def why_not_started(argv: Sequence[str], error: Exception, path: str) -> tuple[str, str]:
    """Return a message and a hint for the `error` that starting `argv` gave.

    `path` is the PATH that was searched.
    """
    program = argv[0]
    file = Path(program)
    if isinstance(error, FileNotFoundError):
        if os.sep in program and file.exists():
            return (
                f"{program} cannot be started: the interpreter in its first line is not here",
                f'Name the interpreter yourself, e.g. --client-command "{_with(argv, file)}"',
            )
        if os.sep not in program and "=" in program:
            return (
                f"there is no command {program}; the command is started without a shell",
                f'Set variables with env: --client-command "env {" ".join(argv)}"',
            )
        return f"there is no command {program}", _not_found(argv, path)
    if isinstance(error, PermissionError):
        if file.is_dir():
            return f"{program} is a folder, not a command", f"Name the adapter in it: {_EXAMPLE}"
        return (
            f"{program} may not be executed",
            f'chmod +x {program}, or --client-command "{_with(argv, file)}"',
        )
    return (
        f"{program} cannot be started: {error}",
        f'Name its interpreter, e.g. --client-command "{_with(argv, file)}"',
    )


def _not_found(argv: Sequence[str], path: str) -> str:
    program = argv[0]
    here = Path(program)
    if os.sep not in program and here.is_file():
        return (
            "There is a file of that name in this directory:"
            f' --client-command "{_with(argv, here)}"'
        )
    if os.sep in program:
        names = [str(item) for item in _entries(here.parent)]
        looked = f"in {here.parent.absolute()}"
    else:
        names = [item.name for folder in path.split(os.pathsep) for item in _entries(Path(folder))]
        looked = "on PATH"
    near = difflib.get_close_matches(program, sorted(set(names)), n=3)
    if near:
        return f"Looked {looked}; near to it: {', '.join(near)}"
    return f"Looked {looked}; check the spelling or give the whole path, e.g. {_EXAMPLE}"


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _with(argv: Sequence[str], file: Path) -> str:
    """Return the command with the usual interpreter of the file in front."""
    python = shutil.which("python3") or sys.executable
    start = {**_INTERPRETERS, ".py": Path(python).name}.get(file.suffix, "")
    name = str(file) if start or os.sep in str(file) else f".{os.sep}{file}"
    return " ".join(part for part in (start, name, *argv[1:]) if part)
