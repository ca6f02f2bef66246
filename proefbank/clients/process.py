"""A client behind an adapter that is a process of its own, in any language."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from proefbank.clients.conversation import LineClient
from proefbank.clients.environment import client_environment
from proefbank.clients.launch import why_not_started
from proefbank.clients.lines import Line, LineEngine
from proefbank.clients.log import Log
from proefbank.clients.wire import split_lines
from proefbank.clock import real_seconds
from proefbank.command_words import command_said
from proefbank.errors import BadInvocation, NotAssessed

__all__ = ["ProcessClient"]

_HELLO = '{"seq": 1, "cmd": "hello", "protocols": [1]}'
_DRAIN_SECONDS = 0.25
_TERM_SECONDS = 0.5


class ProcessClient(LineClient):
    """A client under test that is started by a command; see `ClientUnderTest`.

    The command is started without a shell, in a session of its own: when it goes, all that it
    started goes with it.
    """

    def __init__(
        self,
        command: str,
        *,
        env_overrides: Mapping[str, str | None] | None = None,
        ca_file: Path | str | None = None,
        hello_timeout: float = 15.0,
        setup_timeout: float = 30.0,
        bye_timeout: float = 5.0,
        folder: Path | None = None,
    ) -> None:
        """Take `command` as a shell would split it; times are seconds of real time.

        It is started in `folder`, or in the current directory.

        `env_overrides` have the last word in the environment, None removes a variable. Raises
        `BadInvocation` for a command that cannot be split.
        """
        super().__init__(hello_timeout=hello_timeout, setup_timeout=setup_timeout)
        self._command, self._bye_timeout = command, bye_timeout
        self._overrides, self._folder = dict(env_overrides or {}), folder
        self._ca_file = Path(ca_file) if ca_file is not None else None
        try:
            self._argv = shlex.split(command)
        except ValueError as error:
            raise BadInvocation(
                f"the command cannot be read: {str(error).lower()} in {command}",
                where=self.where,
                hint='Put it in quotes as a whole, e.g. --client-command "node adapter.js"',
            ) from None
        if not self._argv:
            raise BadInvocation(
                "the command is empty",
                where=self.where,
                hint='Name the adapter, e.g. --client-command "node adapter.js"',
            )

    def open(self) -> _ProcessLink:
        """Start the command. Raises `NotAssessed` if it cannot be started."""
        environment = client_environment(
            os.environ, ca_file=self._ca_file, overrides=self._overrides
        )
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=environment,
                cwd=self._folder,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            message, hint = why_not_started(self._argv, error, environment.get("PATH", ""))
            raise NotAssessed(message, where=self.where, hint=hint) from None
        return _ProcessLink(process, self._log, self._numbers, self._bye_timeout)

    def hint(self) -> str:
        """Return a line that shows by hand what the adapter says to hello."""
        return (
            f"See what it answers: echo '{_HELLO}' | {command_said(self._command)}\n"
            "  It must print one line of JSON with the same seq, and flush it at once."
        )


class _ProcessLink:
    """One running process: its lines, its end, and the end of all that it started."""

    def __init__(
        self, process: subprocess.Popen[bytes], log: Log, numbers: Iterator[int], bye: float
    ) -> None:
        self._process, self._log, self._bye = process, log, bye
        self.pid = process.pid
        stdin, stdout, stderr = _pipes(process)
        self.engine = LineEngine(
            write=lambda data: _write(stdin, data),
            close_input=stdin.close,
            log=log,
            numbers=numbers,
        )
        self._exited = threading.Event()
        self._force = weakref.finalize(self.engine, _kill, process)
        self._readers = [_thread(self._read_answers, stdout), _thread(self._read_errors, stderr)]
        _thread(self._watch)

    def ending(self) -> str:
        """Say how the process ended, waiting a moment for its last words."""
        if not self._exited.wait(_TERM_SECONDS):
            return "closed its standard output"
        for reader in self._readers:
            reader.join(_DRAIN_SECONDS)
        code = self._process.returncode
        if code >= 0:
            return f"ended with exit code {code}"
        with suppress(ValueError):
            return f"was ended by signal {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"

    def close(self, *, politely: bool = True) -> None:
        """Say bye and close its input; what still runs after that time is ended by force."""
        if politely and not self.engine.ended:
            until = real_seconds() + self._bye
            self.engine.ask([Line("bye", {}, self._bye)], last=True)
            if not self._exited.wait(max(0.0, until - real_seconds())):
                self._log.add("bench", f"the adapter still ran {self._bye:g} s after bye")
                _signal(self._process, "SIGTERM")
                self._exited.wait(_TERM_SECONDS)
            elif self._process.returncode:
                self._log.add("bench", f"after bye the adapter {self.ending()}")
        self._force()
        self._exited.wait(_TERM_SECONDS)
        self.engine.end()
        for reader in self._readers:
            reader.join(_DRAIN_SECONDS)

    def _read_answers(self, stdout: IO[bytes]) -> None:
        with stdout:
            for text, surplus in split_lines(stdout.read):
                self.engine.hear(text, surplus)
        self.engine.end()

    def _read_errors(self, stderr: IO[bytes]) -> None:
        with stderr:
            for text, _ in split_lines(stderr.read):
                self._log.add("stderr", text)

    def _watch(self) -> None:
        """Notice the end of the process also when a child of it keeps the streams open."""
        self._process.wait()
        self._exited.set()
        self._force()
        self._readers[0].join(_DRAIN_SECONDS)
        self.engine.end()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise RuntimeError("started without pipes")
    return process.stdin, process.stdout, process.stderr


def _thread(target: Callable[..., object], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, name="adapter", daemon=True)
    thread.start()
    return thread


def _write(stream: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def _signal(process: subprocess.Popen[bytes], name: str) -> None:
    """Send a signal to the process and to all that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.Signals[name])


def _kill(process: subprocess.Popen[bytes]) -> None:
    _signal(process, "SIGKILL")
