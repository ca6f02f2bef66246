"""A small trial: whether a runtime on this machine sees its time jump, wall and monotonic."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from proefbank.clients.moving_library import TimeOffset, sweep_shared_memory

__all__ = ["LEAP", "PROBED", "Jump", "probe"]

LEAP: Final = 90_000.0
"""Seconds of the jump: 25 hours, past every daily cache."""

_NEAR: Final = 5.0

_JAVA: Final = """
class Probe {
    public static void main(String[] none) throws java.io.IOException {
        var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
        while (lines.readLine() != null)
            System.out.println(System.currentTimeMillis() / 1e3 + " " + System.nanoTime() / 1e9);
    }
}
"""

PROBED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "node": (
            "-e",
            "require('readline').createInterface({input: process.stdin}).on('line', () =>"
            " console.log(Date.now() / 1e3, performance.now() / 1e3))",
        ),
        "java": ("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "Probe.java"),
        "php": (
            "-r",
            'while (fgets(STDIN) !== false) { printf("%.3F %.3F\\n", microtime(true),'
            " hrtime(true) / 1e9); }",
        ),
        "ruby": (
            "-e",
            "$stdout.sync = true; while gets; puts format('%.3f %.3f', Time.now.to_f,"
            " Process.clock_gettime(Process::CLOCK_MONOTONIC)); end",
        ),
        "perl": (
            "-e",
            "use Time::HiRes qw(time clock_gettime CLOCK_MONOTONIC); $| = 1; while (<STDIN>)"
            ' { printf "%.3f %.3f\\n", time, clock_gettime(CLOCK_MONOTONIC) }',
        ),
    }
)
"""The runtimes that can be tried, each with a program that prints both clocks for every line."""


@dataclass(frozen=True, slots=True)
class Jump:
    """By how many seconds the clocks of a running process moved when told to move by `LEAP`."""

    wall: float
    monotonic: float

    @property
    def both(self) -> bool:
        """Whether both clocks followed."""
        return all(abs(seen - LEAP) < _NEAR for seen in (self.wall, self.monotonic))


def probe(runtime: str, library: Path, *, timeout: float = 20.0) -> Jump | None:
    """Start `runtime`, one of `PROBED`, under `library`, move it and return what it saw.

    None if it could not be tried: not there, hanging for `timeout` seconds, or (for Java) without
    a compiler.
    """
    offset = TimeOffset(library)
    changed = {**os.environ, **offset.environment(os.environ)}
    environment = {name: value for name, value in changed.items() if value is not None}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Probe.java").write_text(_JAVA, encoding="ascii")
        try:
            process = subprocess.Popen(  # noqa: S603 - one of our own programs
                [runtime, *PROBED[runtime]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=folder,
            )
        except OSError:
            return None
        alarm = threading.Timer(timeout, process.kill)
        alarm.start()
        try:
            return _jump(process, offset)
        except (OSError, ValueError):
            return None
        finally:
            process.communicate()
            alarm.cancel()
            sweep_shared_memory(process.pid)


def _jump(process: subprocess.Popen[bytes], offset: TimeOffset) -> Jump:
    """Read both clocks before and after. Raises `OSError` or `ValueError` if that cannot be."""
    if process.stdin is None or process.stdout is None:
        raise OSError
    readings = []
    for seconds in (0.0, LEAP):
        offset.write(seconds)
        process.stdin.write(b"\n")
        process.stdin.flush()
        wall, monotonic = process.stdout.readline().split()
        readings.append((float(wall), float(monotonic)))
    before, after = readings
    return Jump(after[0] - before[0], after[1] - before[1])
