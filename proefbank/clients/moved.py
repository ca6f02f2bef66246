"""Runs a Python program whose time the bench moves, where libfaketime would make it hang.

    python -m proefbank.clients.moved -m uvicorn shop:app --port 8080
    python -m proefbank.clients.moved server.py

It is for `proefbank run --api-command`, which says in a file by how many seconds the program is
to run ahead, and waits until that is heeded. Other processes that the program starts stay in the
system's time, workers of a server included.
"""

from __future__ import annotations

import os
import runpy
import shutil
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from proefbank.clients.moving_python import Mover, install
from proefbank.clock import real_seconds
from proefbank.errors import BenchError

__all__ = ["MOVED", "Followed", "main"]

MOVED: Final = "proefbank.clients.moved"
"""The module that runs a Python program with movable time."""
_VARIABLE: Final = "PROEFBANK_TIME_FILE"
_POLL: Final = 0.01
_PATIENCE: Final = 3.0


class Followed:
    """A file with the seconds by which a program runs ahead that was started with `MOVED`."""

    def __init__(self) -> None:
        """Make the file, in a folder of its own that goes with this object."""
        folder = tempfile.mkdtemp(prefix="proefbank-time-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._file = Path(folder, "offset")

    def write(self, seconds: float) -> None:
        """Have the program run `seconds` ahead of the system."""
        _put(self._file, f"{seconds:.3f}")

    @staticmethod
    def nearest(seconds: float) -> float:
        """Return the offset that is written."""
        return round(seconds, 3)

    def environment(self, base: Mapping[str, str]) -> dict[str, str | None]:  # noqa: ARG002
        """Return what a program needs to find the file."""
        return {_VARIABLE: str(self._file)}

    def heeded(self) -> bool:
        """Wait until the program lives in that time; False if it does not within seconds."""
        wanted = self._file.read_text("ascii")
        deadline = real_seconds() + _PATIENCE
        while real_seconds() < deadline:
            with suppress(OSError):
                if _answer(self._file).read_text("ascii") == wanted:
                    return True
            threading.Event().wait(_POLL)
        return False


def _answer(file: Path) -> Path:
    return file.with_suffix(".heeded")


def _put(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(text, encoding="ascii")
    new.replace(file)  # never half a number


def _follow(file: Path, mover: Mover, heeded: str) -> str:
    """Move to what the file says, unless it says what was `heeded` before; return what it says."""
    said = file.read_text("ascii")
    if said != heeded:
        mover.run_ahead(float(said))
        _put(_answer(file), said)
    return said


def main(arguments: Sequence[str]) -> None:
    """Run the program that the arguments name: a script, or `-m` and a module."""
    mover = install()
    if told := os.environ.get(_VARIABLE):
        file = Path(told)
        first = _follow(file, mover, "")

        def watch() -> None:
            heeded = first
            while True:
                threading.Event().wait(_POLL)
                with suppress(OSError, ValueError):
                    heeded = _follow(file, mover, heeded)

        threading.Thread(target=watch, name="proefbank-time", daemon=True).start()
    named, *rest = [*arguments[1:], ""] if arguments[:1] == ["-m"] else [*arguments, ""]
    sys.argv = [named, *rest[:-1]]
    if arguments[:1] == ["-m"]:
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(named, run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(named).parent))
        runpy.run_path(named, run_name="__main__")


if __name__ == "__main__":
    if len(sys.argv) < 2:  # noqa: PLR2004 - the program itself
        sys.exit(f"python -m {MOVED} -m MODULE …, or a script")
    try:
        main(sys.argv[1:])
    except BenchError as error:
        sys.exit(str(error))
