"""One connection, from accept to farewell, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from proefbank.clock import real_seconds
from proefbank.doors.conversation import Conversation, Front
from proefbank.doors.facts import ConnectionFact, Outcome, Presented
from proefbank.doors.faults import Ending
from proefbank.doors.tls import TlsSocket, alert_in, tls_facts
from proefbank.exchange import TlsFacts

__all__ = ["Connection"]

_LINGER_SECONDS: Final = 0.5
_LINGER_BYTES: Final = 16 * 1024 * 1024
_QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
_NO_FACTS: Final = TlsFacts()
_TLS_OR_NOTHING: Final = (b"\x16", b"")
"""How a TLS connection begins: with a handshake record (RFC 8446, 5.1), or not at all."""


class Connection:
    """The life of one accepted socket; tells its `ConnectionFact` exactly once, at the end."""

    def __init__(
        self,
        front: Front,
        sock: socket.socket,
        *,
        source: str,
        presented: Presented,
        overloaded: bool = False,
        give_back: Callable[[Presented], None] | None = None,
    ) -> None:
        """Take over an accepted socket; an `overloaded` door answers 503 and closes.

        `give_back` hears of a certificate that could not be shown, over plain HTTP.
        """
        self._front = front
        self._sock = sock
        self._source = source
        self._presented: Presented = presented
        self._overloaded = overloaded
        self._give_back = give_back
        self._at = front.carrier.clock.now()
        self._tls: TlsFacts | None = None
        self._talk: Conversation | None = None
        self._outcome: Outcome = "closed"
        self._alert: str | None = None
        self._detail = ""
        self._linger = False
        self._hung_up = False
        self._told = False
        self.ended = threading.Event()
        """Set when its socket is closed and nothing more will be told."""

    @property
    def idle(self) -> bool:
        """Whether it waits for a request, with its handshake done."""
        return self._talk is not None and self._talk.idle

    @property
    def settled(self) -> bool:
        """Whether nothing more will be told unless the client does something.

        A client turns away from a bad leaf by closing, and some do so only after the
        handshake: until it closed or made a request after all, it may do either.
        """
        if self._told:
            return True
        talk = self._talk
        return bool(talk and talk.idle and (talk.requests or self._presented in {"good", "none"}))

    def hang_up(self) -> None:
        """Take nothing more from the client: an idle connection ends, an answer is finished."""
        self._hung_up = True
        self._shut(socket.SHUT_RD)

    def abort(self) -> None:
        """End the connection whatever it is doing."""
        self._hung_up = True
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how: int) -> None:
        # Past SSLSocket.shutdown, which would pull the TLS state from under a reading thread.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._sock, how)

    def run(self) -> None:
        """Live to the end; never raises."""
        try:
            self._greet()
            self._converse()
        except TimeoutError:
            self._timed_out()
        except OSError as problem:
            self._broken_off(problem)
        except Exception as problem:  # noqa: BLE001 - a fault of ours must not go unseen
            self._front.carrier.fault(problem)
        self._tell()
        self._farewell()
        self.ended.set()

    def _greet(self) -> None:
        """Do the handshake, here and not in the accepting thread: a silent peer blocks nobody."""
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = self._front.tls
        if tls is None:
            return
        self._sock.settimeout(self._front.limits.handshake_seconds)
        if self._front.also_plain and self._sock.recv(1, socket.MSG_PEEK) not in _TLS_OR_NOTHING:
            # No handshake but a request: taken, so that it can be told what is wrong with it.
            self._front = replace(self._front, scheme="http", tls=None)
            if self._give_back is not None:
                self._give_back(self._presented)
            self._presented = "none"
            return
        wrapped = tls.wrap(self._sock, self._presented, ask_client=self._front.ask_client)
        self._sock = wrapped
        wrapped.do_handshake()
        if _QUICK_ACK is not None:
            # A client with Nagle on holds its request back until its Finished is acknowledged,
            # which the kernel would do 40 ms later.
            wrapped.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        self._tls = tls_facts(wrapped)

    def _converse(self) -> None:
        talk = Conversation(self._front, self._sock, source=self._source, tls=self._tls)
        self._talk = talk
        if self._overloaded:
            self._outcome = "rejected"
            talk.turn_away()
        else:
            talk.hold()
        # The client ended it in good order: after a bad leaf and without a word, that says no.
        if not talk.heard and not self._hung_up and self._presented not in {"good", "none"}:
            self._outcome = "refused"

    def _timed_out(self) -> None:
        if self._talk is None:
            self._detail = "the handshake was not finished in time"
            self._outcome = "silent"
        elif not self._talk.heard:
            self._detail = "no request came in time"
            self._outcome = "silent"

    def _broken_off(self, problem: OSError) -> None:
        """Tell a client that turned away from us from one that we turned away."""
        self._alert = alert_in(problem)
        if self._hung_up or (self._talk is not None and self._talk.heard):
            return
        self._detail = getattr(problem, "reason", None) or type(problem).__name__
        ended = isinstance(
            problem, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError
        ) or not isinstance(problem, ssl.SSLError)
        if self._alert is not None:
            self._outcome = "refused"
        elif not ended:
            self._outcome, self._linger = "rejected", True
        elif self._talk is not None:
            self._outcome = "closed" if self._presented in {"good", "none"} else "refused"
        elif isinstance(self._sock, TlsSocket) and self._sock.greeted:
            self._outcome = "refused"

    def _tell(self) -> None:
        """Tell the connection's fact."""
        talk, facts = self._talk, self._tls or _NO_FACTS
        requests = talk.requests if talk else 0
        name = self._sock.requested_name if isinstance(self._sock, TlsSocket) else None
        fact = ConnectionFact(
            listener=self._front.listener,
            tls_version=facts.version,
            cipher=facts.cipher,
            server_name=name,
            presented=self._presented,
            outcome="established" if requests else self._outcome,
            alert=self._alert,
            at=self._at,
            source=self._source,
            peer_sha256=facts.peer_sha256,
            requests=requests,
            detail=self._detail or (talk.detail if talk else ""),
        )
        try:
            self._front.on_connection(fact)
        except Exception as problem:  # noqa: BLE001 - the door must live on
            self._front.carrier.fault(problem)
        self._told = True

    def _farewell(self) -> None:
        """Close; politely, unless the wire plan said otherwise."""
        sock, talk = self._sock, self._talk
        with contextlib.suppress(OSError, ValueError):
            if talk is None or talk.ending is not Ending.ABRUPT:
                if talk is not None and isinstance(sock, TlsSocket):
                    sock.settimeout(0)
                    with contextlib.suppress(OSError):
                        sock.unwrap()
                socket.socket.shutdown(sock, socket.SHUT_WR)
                if self._linger or (talk is not None and talk.linger):
                    _read_to_the_end(sock)
        sock.close()


def _read_to_the_end(sock: socket.socket) -> None:
    """Throw away what still comes, below TLS, until the client closes or patience ends.

    Closing with unread bytes would reset the connection, and the client might never see
    the answer that was sent to it.
    """
    deadline, scratch, room = real_seconds() + _LINGER_SECONDS, bytearray(65_536), _LINGER_BYTES
    while room > 0 and (remaining := deadline - real_seconds()) > 0:
        sock.settimeout(remaining)
        count = socket.socket.recv_into(sock, scratch)
        if not count:
            return
        room -= count
