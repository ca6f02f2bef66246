"""What the benchmarks need of the machine: cores, child processes, and what they used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

__all__ = ["HERE", "SERVER_CORE", "Worker", "cpu_seconds", "pinned", "spread", "today", "words"]

HERE = Path(__file__).resolve().parent
SERVER_CORE = 0


def spread() -> tuple[int, int] | None:
    """Return the cores for server and load generator; None where cores cannot be chosen."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else None


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Let processes started inside live on that core only (as far as cores can be chosen)."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def words() -> str:
    """Describe the machine in a line, without its name."""
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} cores, {sys.platform}, Python {python}"


def today() -> str:
    """Return the date in UTC."""
    return datetime.now(UTC).date().isoformat()


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time that a process has used; None where `/proc` cannot say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Worker:
    """A Python script of this folder in a process of its own, asked and answering in JSON lines.

    It ends when its standard input does, so none outlives the benchmark.
    """

    def __init__(self, script: str, arguments: Sequence[str] = (), *, core: int | None) -> None:
        """Start it on `core`; its first line says that it is ready, and whatever else it has to."""
        paths = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        with pinned(core):
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / script), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        self.script = script
        self.pid = self._process.pid
        self.told = self._read()

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to one question."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(question)}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            message = f"{self.script} ended with {self._process.wait()}; its words are above"
            raise RuntimeError(message)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
