"""The requests and answers that go over one connection once it stands."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import h11

from proefbank.doors.carrier import Carrier, refusal, wire_headers
from proefbank.doors.facts import ConnectionFact, Limits
from proefbank.doors.faults import Ending, transmit
from proefbank.doors.http1 import Arrival, Http1, TooLarge
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Request, Response, TlsFacts, WirePlan

__all__ = ["Conversation", "Front"]

_BODILESS = frozenset({204, 304})
_PLAIN = WirePlan()


@dataclass(frozen=True, slots=True)
class Front:
    """What all connections of one listener share."""

    carrier: Carrier
    on_connection: Callable[[ConnectionFact], None]
    limits: Limits
    scheme: str
    host: str
    port: int
    listener: str
    tls: ServerTls | None
    ask_client: bool
    also_plain: bool
    stopping: threading.Event


class Conversation:
    """Serves one connection until either side has had enough."""

    def __init__(
        self, front: Front, sock: socket.socket, *, source: str, tls: TlsFacts | None
    ) -> None:
        """Speak over a connected socket whose handshake is done."""
        self._front = front
        self._sock = sock
        self._source = source
        self._tls = tls
        self._http = Http1(sock, front.limits)
        self.requests = 0
        self.ending = Ending.POLITE
        self.linger = False
        """Whether the client may still be sending, so that closing at once could cost it
        the answer."""
        self.detail = ""

    @property
    def idle(self) -> bool:
        """Whether it waits for a request."""
        return self._http.waiting

    @property
    def heard(self) -> bool:
        """Whether the client ever sent a byte."""
        return self._http.heard

    def hold(self) -> None:
        """Answer requests; raises OSError (a timeout among them) when the connection breaks."""
        while True:
            try:
                arrival = self._http.receive()
            except TooLarge as excess:
                self._turn_down_body(excess.arrival)
                return
            except h11.RemoteProtocolError as problem:
                hint = problem.error_status_hint
                self._give_up(431 if hint == 431 else 400, str(problem))  # noqa: PLR2004
                return
            except TimeoutError:
                if self._http.waiting:
                    raise
                self._give_up(408, "the request did not come in time")
                return
            if arrival is None:
                return
            self.requests += 1
            request = self._request(arrival)
            if not self._send(request, self._front.carrier.answer(request)):
                return

    def turn_away(self) -> None:
        """Answer 503 to whatever comes, without the provider."""
        with contextlib.suppress(TooLarge, h11.RemoteProtocolError):
            self._http.receive()
        self._give_up(503, "too many connections")

    def _request(self, arrival: Arrival) -> Request:
        front = self._front
        return Request(
            method=arrival.method,
            target=arrival.target,
            headers=arrival.headers,
            body=arrival.body,
            scheme=front.scheme,
            host=front.host,
            port=front.port,
            source=self._source,
            listener=front.listener,
            tls=self._tls,
            received_at=front.carrier.clock.now(),
        )

    def _send(self, request: Request, response: Response) -> bool:
        """Write the exchange down, then send the answer; return whether to go on."""
        carrier, plan = self._front.carrier, response.wire
        try:
            response, head = self._head(request.method, response)
        except (ValueError, h11.LocalProtocolError) as problem:
            response, head = self._head(request.method, carrier.fault(problem))
            plan = _PLAIN
        carrier.record(request, response)
        bare = request.method == "HEAD" or response.status in _BODILESS
        body = b"" if bare else response.body
        ending = transmit(self._sock, head, body, plan, self._front.stopping)
        if ending is Ending.ABRUPT:
            self.ending = ending
            return False
        return self._http.sent(body) and ending is Ending.KEEP

    def _head(self, method: str, response: Response) -> tuple[Response, bytes]:
        now = self._front.carrier.clock.now()
        response = replace(response, headers=wire_headers(method, response, now))
        return response, self._http.head(response, close=response.wire.close)

    def _turn_down_body(self, arrival: Arrival) -> None:
        """Answer 413, write it down without the body, and let the client finish."""
        self.requests += 1
        limit = self._front.limits.body_bytes
        response = refusal(413, "body-too-large", f"a body may have {limit} bytes here")
        response = replace(response, wire=WirePlan(close=True))
        self.linger = True
        self._send(self._request(arrival), response)
        with contextlib.suppress(h11.RemoteProtocolError, TimeoutError):
            self._http.drain()

    def _give_up(self, status: int, why: str) -> None:
        """Answer what cannot be read as a request; there is no exchange to write down."""
        self.detail, self.linger = why, True
        if not self._http.can_answer:
            return
        response = replace(refusal(status, "unreadable-request", why), wire=WirePlan(close=True))
        response, head = self._head("GET", response)
        self._sock.sendall(head + response.body)
