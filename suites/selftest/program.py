"""The program as its users start it: in a process of its own, in this one, or staying up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proefbank.cli import main
from proefbank.clock import real_seconds

__all__ = ["CODE", "SECONDS", "Done", "Proefbank", "Staying", "here", "proefbank", "stay", "wait"]

CODE = "from proefbank.cli import main; main()"
SECONDS = 60.0
"""Of real time, after which what starts, ends or answers at once is taken for stuck."""
_LONGEST = 300.0
"""The same, for a whole command."""
Done = subprocess.CompletedProcess[str]
Proefbank = Callable[..., Done]


def proefbank(folder: Path, *words: object, **env: str) -> Done:
    """Run a command in a process of its own, in `folder`, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-c", CODE, *map(str, words)],
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_LONGEST,
        check=False,
    )


def here(
    folder: Path, monkeypatch: pytest.MonkeyPatch, said: pytest.CaptureFixture[str]
) -> Proefbank:
    """Return what runs a command in this process, in `folder`: for what stages little or nothing.

    `said` is capsys, or capfd for what other libraries print.
    """

    def start(*words: str) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["proefbank", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        told = said.readouterr()
        assert isinstance(ended.value.code, int | None)
        return Done(sys.argv, ended.value.code or 0, told.out, told.err)

    return start


@dataclass
class Staying:
    """A command that stays up: its process, and what its ready file tells."""

    process: subprocess.Popen[str]
    told: dict[str, Any]

    def stop(self, *, by: signal.Signals = signal.SIGINT) -> str:
        """End it in good order, if it has not ended, and return all that it printed."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        return self.process.communicate(timeout=SECONDS)[0]


def stay(folder: Path, *words: str, **env: str) -> Staying:
    """Start a command that stays up, in `folder`, and wait until it is ready."""
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *words, "--ready-file", str(ready)],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    wait(process, ready.exists)
    return Staying(process, json.loads(ready.read_text("utf-8")))


def wait(process: subprocess.Popen[str], done: Callable[[], bool]) -> None:
    """Wait until something is so; the test fails if the process ends before, or takes too long."""
    deadline = real_seconds() + SECONDS
    while not done():
        if process.poll() is not None or real_seconds() > deadline:
            process.kill()
            pytest.fail(f"it did not start: {process.communicate()[0]}")
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
