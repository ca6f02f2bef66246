"""An API that a command starts, and whose time is moved if its runtime lets that be done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from proefbank.clients.api_check import Configuration
from proefbank.clients.api_process import ApiProcess, argv_of
from proefbank.clients.log import Log
from proefbank.clients.moved import MOVED, Followed
from proefbank.clients.moving import FOR_CLASSES, MoveClock, Way, how_to_move
from proefbank.clients.moving_library import TimeOffset, sweep_shared_memory
from proefbank.clients.moving_runtimes import moved_processes, processes_of
from proefbank.clock import Clock
from proefbank.errors import NotObservable

__all__ = ["CommandHost"]


class CommandHost:
    """Starts an API by a command: as it is, under libfaketime, or by `MOVED`."""

    def __init__(
        self,
        command: str,
        url: str,
        *,
        choice: MoveClock = "auto",
        folder: Path | None = None,
        time_zone: str = "",
    ) -> None:
        """Take the command, the URL, and where it is started, here if that is not told.

        It lives in `time_zone`, or in that of the machine.

        Raises `BadInvocation` for a command that cannot be read.
        """
        self.name, self.log, self._folder = f"API at {url}", Log(), folder
        self._argv = argv_of(command)
        self._zone = {"TZ": time_zone} if time_zone else {}
        parts = urlsplit(url)
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self.way: Way = how_to_move(command, choice=choice)
        self._offset: TimeOffset | Followed | None = None
        if self.way.library is not None:
            self._offset = TimeOffset(self.way.library)
        elif MOVED in self._argv and choice != "never":
            self._offset = Followed()
        self._process: ApiProcess | None = None
        self._started_at = 0.0
        self._follows = self._offset is not None

    @property
    def moves(self) -> bool:
        """Whether its time can be moved, as far as is known."""
        return self._follows

    @property
    def why(self) -> str:
        """Why it does, or does not, and what would help."""
        if self._offset is not None and not self._follows:
            return "what the command started takes no heed of it"
        if self.way.helps == FOR_CLASSES:
            return f"{self.way.why}; start it by python -m {MOVED} instead"
        return str(self.way)

    def start(self, told: Configuration, scenario: Mapping[str, object], now: float | None) -> None:  # noqa: ARG002
        """Start it at `now`; None is the system's time. Raises `NotAssessed`."""
        variables: dict[str, str | None] = {
            **self._zone,
            **told.environment,
            "PORT": str(self._port),
        }
        if self._offset is not None:
            self._started_at = 0.0 if now is None else self._offset.nearest(now - Clock().now())
            self._offset.write(self._started_at)
            variables |= self._offset.environment(os.environ)
        self._process = ApiProcess(
            self._argv,
            log=self.log,
            ca_file=Path(told.ca_file),
            variables=variables,
            folder=self._folder,
        )

    def move(self, now: float) -> None:
        """Move the time of the one that runs; `NotObservable` if that cannot be."""
        if self._offset is None or self._process is None:
            raise NotObservable(self.why)
        seconds = self._offset.nearest(now - Clock().now())
        if seconds < self._started_at:
            raise NotObservable("a process cannot live in a time before its start")
        self._offset.write(seconds)
        if isinstance(self._offset, Followed):
            self._follows = self._offset.heeded()
        else:
            self._follows = bool(moved_processes(self._process.pid, self._offset.library))
        if not self._follows:
            raise NotObservable(self.why)

    @property
    def ended(self) -> str:
        """How the one that was started ended; empty while it runs."""
        return self._process.ended if self._process else "was not started"

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is None:
            return
        started = processes_of(self._process.pid) if self._offset else []
        self._process.stop()
        for pid in started:
            sweep_shared_memory(pid)
        self._process = None
