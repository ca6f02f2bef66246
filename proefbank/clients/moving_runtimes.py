"""Which programs follow libfaketime, told from a name, a file, or a process that runs."""

from __future__ import annotations

import mmap
import os
import re
import shlex
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Final, Literal

__all__ = ["Runtime", "main_program", "moved_processes", "processes_of", "runtime_of"]

Runtime = Literal["movable", "python", "go", "unknown"]
"""`movable`: seen to follow libfaketime without harm, both clocks."""

_MOVABLE: Final = re.compile(r"(node|nodejs|java|php|ruby|perl)[\d.]*")
_PYTHON: Final = re.compile(r"(python|pypy)[\d.]*t?(-.*)?")
_GO_MARK: Final = b"\xff Go buildinf:"
_OPTIONS_WITH_VALUE: Final = ("-u", "-C", "-S", "--unset", "--chdir", "--split-string")


def main_program(argv: Sequence[str]) -> str:
    """Return the program that a command starts; `env` and the variables it sets are passed over."""
    rest = list(argv)
    while rest and PurePath(rest[0]).name == "env":
        rest = rest[1:]
        while rest and (rest[0].startswith("-") or "=" in rest[0]):
            rest = rest[2:] if rest[0] in _OPTIONS_WITH_VALUE else rest[1:]
    return rest[0] if rest else ""


def runtime_of(program: str, *, path: str | None = None) -> Runtime:
    """Tell what `program` is, looking at its file (found on `path`) where the name does not say.

    A script counts as what its first line names. What a shell script starts is not known.
    """
    found = shutil.which(program, path=path)
    if found is None:
        return _by_name(PurePath(program).name)
    if (known := _by_name(PurePath(program).name)) != "unknown":
        return known
    file = Path(found).resolve()
    if (known := _by_name(file.name)) != "unknown":
        return known
    return _by_content(file, path)


def _by_name(name: str) -> Runtime:
    if _MOVABLE.fullmatch(name):
        return "movable"
    return "python" if _PYTHON.fullmatch(name) else "unknown"


def _by_content(file: Path, path: str | None) -> Runtime:
    with suppress(OSError, ValueError), file.open("rb") as stream:
        start = stream.read(2)
        if start == b"#!":
            line = stream.readline(512).decode("utf-8", "replace")
            named = main_program(shlex.split(line))
            return runtime_of(named, path=path) if PurePath(named).name != file.name else "unknown"
        if start == b"\x7fE":
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as image:
                return "go" if image.find(_GO_MARK) >= 0 else "unknown"
    return "unknown"


def processes_of(session: int) -> list[int]:
    """Return the ids of the processes of a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(folder.name)) == session:
                found.append(int(folder.name))
    return found


def moved_processes(session: int, library: Path) -> list[str]:
    """Return the programs of a session that run with the library loaded and take heed of it.

    Go programs do not, even where they load it, and a shell only waits for others.
    """
    moved = []
    for pid in processes_of(session):
        with suppress(OSError):
            program = Path(f"/proc/{pid}/exe").readlink()
            loaded = library.name in Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
            shell = program.name in ("sh", "bash", "dash", "busybox", "zsh")
            if loaded and not shell and runtime_of(str(program)) != "go":
                moved.append(program.name)
    return moved
