"""libfaketime: where it is, how a process is started under it, and how its time then moves.

The library reads an offset in seconds from a file, so that a running process can be moved. The
variant for threads is preferred: with the other one, a JVM whose threads read the time at once
gets instants now and then that are neither here nor there.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import Final

__all__ = [
    "INSTALL_LIBFAKETIME",
    "LIBRARY_VARIABLE",
    "TimeOffset",
    "find_libfaketime",
    "sweep_shared_memory",
]

INSTALL_LIBFAKETIME: Final = "apt-get install faketime"
"""The command that brings it on Debian and its like; other systems say libfaketime."""
LIBRARY_VARIABLE: Final = "PROEFBANK_LIBFAKETIME"
"""The environment variable that names the library's file where it would not be found."""

_NAMES: Final = ("libfaketimeMT.so.1", "libfaketime.so.1")
_FOLDERS: Final = (
    "/usr/lib/*/faketime",  # Debian, Ubuntu
    "/usr/lib64/faketime",  # Fedora, openSUSE
    "/usr/lib/faketime",  # Arch
    "/usr/lib",  # Alpine
    "/usr/local/lib/faketime",  # built from source
    "/usr/local/lib/*/faketime",
)
_SNAP: Final = 0.05


def find_libfaketime(environment: Mapping[str, str] | None = None) -> Path | None:
    """Return the library's file, or None where there is none (or where it cannot be preloaded)."""
    if sys.platform != "linux":
        return None
    told = (os.environ if environment is None else environment).get(LIBRARY_VARIABLE)
    if told:
        return Path(told).absolute() if Path(told).is_file() else None
    folders = list(_FOLDERS)
    if program := shutil.which("faketime"):  # installed elsewhere, it lies beside its program
        folders.append(str(Path(program).resolve().parents[1] / "lib" / "faketime"))
    for folder in folders:
        for name in _NAMES:
            if found := sorted(glob(f"{folder}/{name}")):  # noqa: PTH207 - a whole path is a pattern
                return Path(found[0])
    return None


class TimeOffset:
    """A file with the seconds by which the processes started under it run ahead."""

    def __init__(self, library: Path) -> None:
        """Make the file, in a folder of its own that goes with this object."""
        self.library, self.seconds = library, 0.0
        folder = tempfile.mkdtemp(prefix="proefbank-time-")
        Path(folder).chmod(0o755)  # servers have children of another user
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._file = Path(folder, "offset")
        self.write(0.0)

    def write(self, seconds: float) -> None:
        """Have every process run `seconds` ahead of the system, from its next reading on."""
        self.seconds = self.nearest(seconds)
        whole = self.seconds.is_integer()
        new = self._file.with_suffix(".new")
        new.write_text(f"{self.seconds:+.{0 if whole else 3}f}\n", encoding="ascii")
        new.replace(self._file)  # never half a number

    @staticmethod
    def nearest(seconds: float) -> float:
        """Return the offset that is written: milliseconds, and nearly whole seconds made whole.

        The library reads a fraction by the locale of the process: where that has a decimal comma,
        what follows the point is lost.
        """
        whole = float(round(seconds))
        return whole if abs(seconds - whole) < _SNAP else round(seconds, 3)

    def environment(self, base: Mapping[str, str]) -> dict[str, str | None]:
        """Return what differs from `base` for a process whose both clocks are to follow the file.

        Whatever else is preloaded stays; None stands for a variable that must not be there.
        """
        others = [name for name in base if "FAKETIME" in name or name == "DONT_FAKE_MONOTONIC"]
        others_preloaded = base.get("LD_PRELOAD")
        return {
            **dict.fromkeys(name for name in others if name != LIBRARY_VARIABLE),
            "LD_PRELOAD": ":".join(filter(None, (str(self.library), others_preloaded))),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",  # or ten seconds pass until a jump is seen
            "FAKETIME_DONT_RESET": "1",
            "FAKETIME_DISABLE_SHM": "1",  # known from 0.9.11
            "NO_FAKE_STAT": "1",  # or each jump would touch every file
        }


def sweep_shared_memory(pid: int) -> None:
    """Remove what 0.9.10 leaves behind of a process that was killed."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        with suppress(OSError):
            Path("/dev/shm", name).unlink()  # noqa: S108 - it is there and nowhere else
