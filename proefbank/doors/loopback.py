"""The loopback door: real HTTPS on a real socket, with faults that only a socket can show."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, Literal, Self

from proefbank.clock import Clock, real_seconds
from proefbank.doors.carrier import Carrier, OnExchange, OnFault
from proefbank.doors.connection import Connection
from proefbank.doors.conversation import Front
from proefbank.doors.facts import ConnectionFact, Limits, Presented
from proefbank.doors.listening import listen, refuse_public_host
from proefbank.doors.tls import ServerTls
from proefbank.errors import NotObservable
from proefbank.exchange import Provider

__all__ = ["LoopbackDoor"]

_GRACE_SECONDS: Final = 0.03
_POLL_SECONDS: Final = 0.001
_OVERFLOW: Final = 16
"""Connections over the limit that are still answered (with 503); more are just closed."""


class LoopbackDoor:
    """Listens, gives every connection a thread of its own, and records what is said.

    `on_exchange` is called before the last byte of an answer leaves, so who has the answer
    can rely on the record; `on_connection` once for each connection, when it has ended.
    """

    def __init__(  # noqa: PLR0913 - all by name, and a door has this many sides
        self,
        provider: Provider,
        *,
        clock: Clock,
        on_exchange: OnExchange,
        on_connection: Callable[[ConnectionFact], None],
        on_fault: OnFault | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        ports: Iterable[int] | None = None,
        scheme: Literal["https", "http"] = "https",
        listener: str = "main",
        server_tls: ServerTls | None = None,
        request_client_certificate: bool = False,
        also_plain: bool = False,
        limits: Limits | None = None,
        allow_public: bool = False,
    ) -> None:
        """Prepare; nothing listens before `start`.

        `port` is a demand, `ports` are wishes tried in order. `https` needs a `server_tls`;
        with `also_plain` it takes plain HTTP on the same port too, which a request then tells.
        Raises BadInvocation for a host that others could reach, unless `allow_public`.
        """
        if not allow_public:
            refuse_public_host(host)
        if scheme == "https" and server_tls is None:
            message = "https needs a server_tls"
            raise ValueError(message)
        self._carrier = Carrier(provider, clock=clock, on_exchange=on_exchange, on_fault=on_fault)
        self._on_connection = on_connection
        self._tls = server_tls if scheme == "https" else None
        self._ask_client = request_client_certificate
        self._also_plain = also_plain
        self._limits = limits or Limits()
        self._wanted_port, self._ports = port, tuple(ports or ())
        self.scheme, self.host, self.port, self.listener = scheme, host, port, listener
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._connections: set[Connection] = set()
        self._planned: deque[Presented] = deque()
        self._thread: threading.Thread | None = None
        self._waker: socket.socket | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port, e.g. `https://127.0.0.1:44885`; the port once started."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def start(self) -> Self:
        """Listen, unless it does; raises BadInvocation when port or address cannot be had."""
        if self._thread is not None:
            return self
        if self._tls is not None:
            self._tls.context("good", ask_client=self._ask_client)
        sockets, self.port = listen(self.host, port=self._wanted_port, ports=self._ports)
        self._stopping.clear()
        front = Front(
            carrier=self._carrier,
            on_connection=self._on_connection,
            limits=self._limits,
            scheme=self.scheme,
            host=self.host,
            port=self.port,
            listener=self.listener,
            tls=self._tls,
            ask_client=self._ask_client,
            also_plain=self._also_plain,
            stopping=self._stopping,
        )
        self._waker, wakened = socket.socketpair()
        self._thread = threading.Thread(
            target=self._accept,
            args=(front, sockets, wakened),
            name=f"proefbank-{self.listener}",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and end every connection; answers under way get a moment to finish."""
        thread, waker = self._thread, self._waker
        if thread is None or waker is None:
            return
        self._thread = self._waker = None
        self._stopping.set()
        waker.close()
        thread.join()
        if not self._end(self._living(), within=_GRACE_SECONDS):
            for connection in self._living():
                connection.abort()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def present(self, kind: Presented, connections: int = 1) -> None:
        """Give the next `connections` accepted connections this certificate.

        A client that holds a kept-alive connection makes none: see `drop_idle`. Raises
        NotObservable on a plain HTTP door.
        """
        if self._tls is None:
            raise NotObservable("plain HTTP shows no certificate; an https listener would")
        if kind not in ServerTls.kinds:
            message = f"{kind!r} is none of {', '.join(ServerTls.kinds)}"
            raise ValueError(message)
        self._tls.context(kind, ask_client=self._ask_client)
        with self._lock:
            self._planned.extend([kind] * connections)

    @property
    def planned(self) -> tuple[Presented, ...]:
        """Certificates that wait for a connection to be shown to."""
        with self._lock:
            return tuple(self._planned)

    def present_good(self) -> int:
        """Forget what `present` planned and has not been used; return how many that were."""
        with self._lock:
            unused = len(self._planned)
            self._planned.clear()
        return unused

    def drop_idle(self, *, within: float = 1.0) -> bool:
        """Close idle connections, so that a next request makes a new one; True when done."""
        return self._end([c for c in self._living() if c.idle], within=within)

    def settle(self, *, within: float = 1.0) -> bool:
        """Wait until every connection is idle or has been told; True unless time ran out.

        After it, what a client did before is in the record, a refused handshake too.
        """
        deadline = real_seconds() + within
        while not all(connection.settled for connection in self._living()):
            if real_seconds() > deadline:
                return False
            self._stopping.wait(_POLL_SECONDS)
        return True

    def _living(self) -> list[Connection]:
        with self._lock:
            return [c for c in self._connections if not c.ended.is_set()]

    @staticmethod
    def _end(connections: list[Connection], *, within: float) -> bool:
        """Hang up and wait; hang up again on one that was just then changing its socket."""
        deadline = real_seconds() + within
        for connection in connections:
            connection.hang_up()
        while connections and real_seconds() < deadline:
            if connections[-1].ended.wait(_POLL_SECONDS):
                connections.pop()
            else:
                connections[-1].hang_up()
        return not connections

    def _accept(self, front: Front, sockets: list[socket.socket], wakened: socket.socket) -> None:
        """Accept until woken up; runs in the door's own thread."""
        with contextlib.ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            for sock in (*sockets, wakened):
                stack.enter_context(sock)
                selector.register(sock, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for key, _ in selector.select():
                    if isinstance(key.fileobj, socket.socket) and key.fileobj is not wakened:
                        with contextlib.suppress(OSError):
                            self._take(front, *key.fileobj.accept())

    def _take(self, front: Front, sock: socket.socket, address: tuple[str, int]) -> None:
        with self._lock:
            excess = len(self._connections) - front.limits.connections
            if excess >= _OVERFLOW:
                sock.close()
                return
            presented: Presented = "none" if front.tls is None else "good"
            if self._planned:
                presented = self._planned.popleft()
            connection = Connection(
                front,
                sock,
                source=address[0],
                presented=presented,
                overloaded=excess >= 0,
                give_back=self._take_back,
            )
            self._connections.add(connection)
        threading.Thread(
            target=self._live, args=(connection,), name=f"proefbank-{front.port}", daemon=True
        ).start()

    def _take_back(self, presented: Presented) -> None:
        """Keep a bad certificate for the next connection: the one it was for shows none."""
        if presented not in {"good", "none"}:
            with self._lock:
                self._planned.appendleft(presented)

    def _live(self, connection: Connection) -> None:
        connection.run()
        with self._lock:
            self._connections.discard(connection)
