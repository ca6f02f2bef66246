"""A client whose adapter connects to the bench, so that it can run under a debugger."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from proefbank.clients.conversation import LineClient
from proefbank.clients.lines import Line, LineEngine
from proefbank.clients.log import Log
from proefbank.clients.wire import split_lines
from proefbank.errors import BadInvocation, NotAssessed

__all__ = ["AttachedClient"]


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class AttachedClient(LineClient):
    """A client under test whose adapter connects to a loopback port; see `ClientUnderTest`.

    The same lines follow as with a process. An adapter whose connection ends may connect again,
    once for each scenario.
    """

    where = "--attach"
    restarts = False

    def __init__(
        self,
        *,
        port: int = 0,
        announce: Callable[[str], object] = _print,
        connect_timeout: float = 600.0,
        hello_timeout: float = 60.0,
        setup_timeout: float = 60.0,
        bye_timeout: float = 5.0,
    ) -> None:
        """Listen on `port` of the loopback interface; 0 is any free one.

        `announce` is given the line for the person who starts the adapter. Times are seconds of
        real time. Raises `BadInvocation` when the port is taken.
        """
        super().__init__(hello_timeout=hello_timeout, setup_timeout=setup_timeout)
        self._announce, self._connect_timeout = announce, connect_timeout
        self._bye_timeout = bye_timeout
        try:
            self._listener = socket.create_server(("127.0.0.1", port), backlog=1)
        except OSError as error:
            raise BadInvocation(
                f"port {port} of 127.0.0.1 cannot be had: {error.strerror}",
                where=self.where,
                hint="Leave the port out, and a free one is taken and printed",
            ) from None
        self.port: int = self._listener.getsockname()[1]

    def open(self) -> _SocketLink:
        """Announce the port and wait for the adapter. Raises `NotAssessed` if none comes."""
        self._announce(f"Waiting for the adapter to connect to 127.0.0.1:{self.port}")
        self._listener.settimeout(self._connect_timeout)
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            slow = isinstance(error, TimeoutError)
            why = f"within {self._connect_timeout:g} s" if slow else f"({error})"
            raise NotAssessed(
                f"no adapter connected to 127.0.0.1:{self.port} {why}",
                where=self.where,
                hint="Start the adapter so that it connects there and answers lines over it",
            ) from None
        connection.settimeout(None)
        return _SocketLink(connection, self._log, self._numbers, self._bye_timeout)

    def hint(self) -> str:
        """Return what a debugged adapter has to do."""
        return (
            "Once connected it reads lines from that socket and answers on it, as it would on\n"
            "  its standard input and output; a breakpoint in hello uses up its time."
        )

    def bye(self) -> None:
        """Let the adapter go and stop listening; more than once does no harm."""
        super().bye()
        self._listener.close()


class _SocketLink:
    """One connection that an adapter made."""

    def __init__(
        self, connection: socket.socket, log: Log, numbers: Iterator[int], bye: float
    ) -> None:
        self._connection, self._bye = connection, bye
        self.engine = LineEngine(
            write=connection.sendall,
            close_input=lambda: connection.shutdown(socket.SHUT_WR),
            log=log,
            numbers=numbers,
            stream="socket",
        )
        self._reader = threading.Thread(target=self._read, name="adapter", daemon=True)
        self._reader.start()

    def ending(self) -> str:
        """Say how the connection ended."""
        return "closed its connection"

    def close(self, *, politely: bool = True) -> None:
        """Say bye, give it its time, and close the connection."""
        if politely and not self.engine.ended:
            self.engine.ask([Line("bye", {}, self._bye)], last=True)
        self.engine.end()
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._reader.join(1.0)
        self._connection.close()

    def _read(self) -> None:
        with suppress(OSError):
            for text, surplus in split_lines(self._connection.recv):
                self.engine.hear(text, surplus)
        self.engine.end()
