"""An API in this process: a WSGI application that is made anew for each scenario."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Mapping
from socketserver import ThreadingMixIn
from typing import Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from proefbank.clients.api_check import Configuration
from proefbank.clients.api_started import StartedApi
from proefbank.clients.log import Log

__all__ = ["Application", "LocalHost", "local_api"]


class Application(Protocol):
    """What is served."""

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Hear which issuer to trust."""
        ...

    def clock(self, now: float) -> None:
        """Live at `now` from here on."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer a request."""
        ...


class _Server(ThreadingMixIn, WSGIServer):
    log: _Errors
    daemon_threads = True
    request_queue_size = 128


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def get_stderr(self) -> Any:
        """Let what the application says go to the log."""
        return self.server.log  # type: ignore[attr-defined]

    def address_string(self) -> str:
        """Look no name up."""
        return str(self.client_address[0])


class _Errors(io.TextIOBase):
    def __init__(self, log: Log) -> None:
        self._log = log

    def write(self, text: str) -> int:
        self._log.add("stderr", text.rstrip("\n"))
        return len(text)


class LocalHost:
    """Serves what `make` returns, which follows the time that it is told."""

    moves = True
    why = "it is told the time"

    def __init__(self, make: Callable[[], Application], port: int) -> None:
        """Serve at this port, once started."""
        self.name, self.log = getattr(make, "name", "API in this process"), Log()
        self._make, self._port = make, port
        self._server: WSGIServer | None = None
        self._application: Application | None = None

    def start(self, told: Configuration, scenario: Mapping[str, object], now: float | None) -> None:  # noqa: ARG002
        """Make one and serve it."""
        self._application = self._make()
        self._application.scenario(scenario)
        if now is not None:
            self._application.clock(now)
        server = make_server("127.0.0.1", self._port, self._application, _Server, _Handler)
        server.log = _Errors(self.log)
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def move(self, now: float) -> None:
        """Tell it the time."""
        if self._application is not None:
            self._application.clock(now)

    @property
    def ended(self) -> str:
        """It ends only when it is told to."""
        return "" if self._server else "was not started"

    def stop(self) -> None:
        """Close the server."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._application is not None:
            self._application.close()
            self._application = None


def local_api(make: Callable[[], Application]) -> StartedApi:
    """Return the client under test that is this API, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return StartedApi(f"http://127.0.0.1:{port}/protected", LocalHost(make, port))
