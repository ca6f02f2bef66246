"""The process of an API that the bench starts itself, and the end of all that it started."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from proefbank.clients.environment import client_environment
from proefbank.clients.launch import why_not_started
from proefbank.clients.log import Log
from proefbank.clients.wire import split_lines
from proefbank.errors import BadInvocation, NotAssessed

__all__ = ["ApiProcess", "argv_of"]

_TERM_SECONDS: Final = 3.0
_DRAIN_SECONDS: Final = 0.25


def argv_of(command: str) -> list[str]:
    """Split a command as a shell would; raises `BadInvocation` where that cannot be done."""
    try:
        argv = shlex.split(command)
    except ValueError as problem:
        message = f"the command cannot be read: {str(problem).lower()} in {command}"
    else:
        if argv:
            return argv
        message = "the command is empty"
    raise BadInvocation(
        message,
        where="--api-command",
        hint='Put it in quotes as a whole, e.g. --api-command "node server.js"',
    )


class ApiProcess:
    """A command in a session of its own; what it prints goes to a log."""

    def __init__(
        self,
        argv: list[str],
        *,
        log: Log,
        ca_file: Path,
        variables: Mapping[str, str | None],
        folder: Path | None = None,
    ) -> None:
        """Start it without a shell, in `folder` or else here. Raises `NotAssessed`."""
        environment = client_environment(os.environ, ca_file=ca_file, overrides=variables)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )
        except (OSError, ValueError) as problem:
            message, hint = why_not_started(argv, problem, environment.get("PATH", ""))
            hint = hint.replace("--client-command", "--api-command")
            raise NotAssessed(message, where="--api-command", hint=hint) from None
        self.pid = self._process.pid
        self._log = log
        self._end = weakref.finalize(self, _send, self._process, "SIGKILL")
        streams = (("stdout", self._process.stdout), ("stderr", self._process.stderr))
        self._readers = [_reading(log, name, stream) for name, stream in streams if stream]

    @property
    def ended(self) -> str:
        """How it ended; empty while it runs."""
        code = self._process.poll()
        if code is None:
            return ""
        return f"ended with exit code {code}" if code >= 0 else f"was ended by signal {-code}"

    def stop(self) -> None:
        """Ask it to end, and end by force what still runs of it."""
        if not self.ended:
            _send(self._process, "SIGTERM")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TERM_SECONDS)
        self._end()
        self._process.wait()
        for reader in self._readers:
            reader.join(_DRAIN_SECONDS)


def _reading(log: Log, name: str, stream: IO[bytes]) -> threading.Thread:
    def read() -> None:
        with stream:
            for text, _ in split_lines(lambda size: os.read(stream.fileno(), size)):
                log.add(name, text)

    thread = threading.Thread(target=read, name="api", daemon=True)
    thread.start()
    return thread


def _send(process: subprocess.Popen[bytes], name: str) -> None:
    """Send a signal to the process and to all that it started."""
    if sys.platform == "win32":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.Signals[name])
