"""Clients in a process of their own whose time the bench moves from outside."""

from __future__ import annotations

import os
import shlex
import sys
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from proefbank.clients.adapter import Hello, Operation, Outcome
from proefbank.clients.lines import Line
from proefbank.clients.moving_library import TimeOffset, sweep_shared_memory
from proefbank.clients.moving_runtimes import moved_processes
from proefbank.clients.process import ProcessClient, _ProcessLink
from proefbank.clock import Clock
from proefbank.errors import NotObservable

__all__ = ["RUNNER", "MovedProcessClient", "RunnerClient"]

RUNNER: Final = "proefbank.clients.runner"
"""The module that serves a Python class with movable time."""


class RunnerClient(ProcessClient):
    """A client under test that is a Python class in a child process, whose time can be moved."""

    where = "--client"

    def __init__(self, target: str, **options: Any) -> None:
        """Take `MODULE:CLASS` and the options of `ProcessClient`."""
        super().__init__(shlex.join([sys.executable, "-m", RUNNER, target]), **options)


class MovedProcessClient(ProcessClient):
    """A client under test started under libfaketime; see `ClientUnderTest`.

    Its hello says that the clock is settable, unless the library turns out not to be loaded where
    it counts. An adapter that moves its own time keeps doing so, and libfaketime stands by.
    """

    def __init__(
        self,
        command: str,
        *,
        library: Path,
        env_overrides: Mapping[str, str | None] | None = None,
        **options: Any,
    ) -> None:
        """Take a command and options as `ProcessClient` does, and the file of libfaketime."""
        self._offset = TimeOffset(library)
        overrides = {**self._offset.environment(os.environ), **(env_overrides or {})}
        super().__init__(command, env_overrides=overrides, **options)
        self._follows: bool | None = None
        """Whether libfaketime moves it; None until it was started."""
        self._called = False
        """Whether an operation was asked in this scenario."""
        self._due = False
        """Whether a new process is to be started, once it is known in what time."""
        self._started_at = 0.0
        """The offset when the process was started."""
        self._pids: list[int] = []
        weakref.finalize(self, _sweep, self._pids)

    def open(self) -> _ProcessLink:
        """Start the command. Raises `NotAssessed` if it cannot be started."""
        self._started_at = self._offset.seconds
        link = super().open()
        self._pids.append(link.pid)
        return link

    def hello(self) -> Hello:
        """Start the client if need be and return who it is. Raises `NotAssessed`."""
        hello = super().hello()
        if self._follows is None:
            self._follows = bool(moved_processes(self._pids[-1], self._offset.library))
            if not self._follows and hello.clock != "settable":
                self._log.add("bench", f"its time cannot be moved: {_LEFT_OUT}")
        return replace(hello, clock="settable") if self._follows else hello

    def scenario(self, members: Mapping[str, object]) -> Outcome | None:
        """Have it forget everything and use `members`, in system time; None or crashed.

        A process that was moved makes room for a new one: when its monotonic clock goes back,
        timers that were set meanwhile never fire, and Node may end itself. The new one is started
        with the first `clock` or call, whose outcome then tells if it crashed.
        """
        self._called, self._due = False, bool(self._offset.seconds)
        if not self._due:
            return super().scenario(members)
        self._drop()
        self._offset.write(0.0)
        self._setup = [Line("scenario", dict(members), self._setup_timeout)]
        self._spare, self._barred = 1, None
        return None

    def calls(self, operations: Sequence[Operation], timeout: float) -> list[Outcome]:
        """Have it do several, as many in flight as it allows; outcomes in the order asked."""
        if self._due:
            self._start_in(0.0)
        self._called = True
        return super().calls(operations, timeout)

    def clock(self, now: float) -> Outcome | None:
        """Move its time to `now`, epoch seconds; None is fine, else crashed.

        Raises `NotObservable` if libfaketime is not loaded, or if a process at work would have to
        go back to before it was started.
        """
        hello = super().hello()
        if hello.clock == "settable" or self.hello().clock != "settable":
            return super().clock(now)
        if self._barred is None:
            seconds = self._offset.nearest(now - Clock().now())
            if self._due or (seconds < self._offset.seconds and not self._called):
                self._start_in(seconds)
            elif seconds < self._started_at:
                raise NotObservable(
                    "a process cannot live in a time before its start; a clock that goes back"
                    " before the first call would show it, or an adapter that answers clock"
                )
            else:
                self._offset.write(seconds)
        return self._barred

    def _start_in(self, seconds: float) -> None:
        """Have a new process begin the scenario in another time; the old one did nothing in it."""
        self._due = False
        self._drop()
        self._offset.write(seconds)
        self._barred = self._start_again() or self._prepare(self._setup)

    def _drop(self) -> None:
        super()._drop()
        _sweep(self._pids)


def _sweep(pids: list[int]) -> None:
    while pids:
        sweep_shared_memory(pids.pop())


_LEFT_OUT: Final = "what the command started did not load libfaketime, or takes no heed of it"
