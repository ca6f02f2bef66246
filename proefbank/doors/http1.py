"""Reading HTTP/1.1 requests off a socket within limits, and writing the head of an answer."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from http import HTTPStatus

import h11

from proefbank.clock import real_seconds
from proefbank.doors.facts import Limits
from proefbank.exchange import Headers, Response

__all__ = ["Arrival", "Http1", "TooLarge"]

_CHUNK = 64 * 1024
_REASONS = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Arrival:
    """The head of a request as it came, and its whole body."""

    method: str
    target: str
    headers: Headers
    body: bytes


class TooLarge(Exception):  # noqa: N818 - a state of affairs, answered with 413
    """The body is over the limit; `arrival` holds the head, without the body."""

    def __init__(self, arrival: Arrival) -> None:
        """Keep the head for the record."""
        super().__init__(arrival.target)
        self.arrival = arrival


class Http1:
    """The reading and writing of one connection.

    `receive` raises `TimeoutError` when a limit passes and `h11.RemoteProtocolError` when
    what came is not HTTP; `waiting` is true between requests, `heard` once a byte came.
    """

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        """Speak over a connected socket whose handshake is done."""
        self._sock = sock
        self._limits = limits
        self._wire = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.header_bytes)
        self._deadline: float | None = None
        self.waiting = True
        self.heard = False
        sock.settimeout(limits.idle_seconds)

    @property
    def can_answer(self) -> bool:
        """Whether an answer can still be sent on this connection."""
        return self._wire.our_state in (h11.IDLE, h11.SEND_RESPONSE)

    def receive(self) -> Arrival | None:
        """Return the next complete request, or None when the client has gone."""
        head = self._event()
        if not isinstance(head, h11.Request):
            return None
        self.waiting = False
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in head.headers.raw_items()
        )
        method, target = head.method.decode("latin-1"), head.target.decode("latin-1")
        declared = next(
            (int(value) for name, value in head.headers if name == b"content-length"), 0
        )
        room = self._limits.body_bytes
        parts: list[bytes] = []
        while True:
            if declared > room:
                raise TooLarge(Arrival(method, target, headers, b""))
            event = self._event()
            if not isinstance(event, h11.Data):
                break
            parts.append(bytes(event.data))
            room -= len(event.data)
            declared = max(0, declared - len(event.data))
            if room < 0:
                raise TooLarge(Arrival(method, target, headers, b""))
        if self._deadline is not None:
            self._deadline = None
            self._sock.settimeout(self._limits.idle_seconds)
        return Arrival(method, target, headers, b"".join(parts))

    def head(self, response: Response, *, close: bool) -> bytes:
        """Return the answer's status line and headers.

        Raises ValueError or `h11.LocalProtocolError` for what cannot travel (a line feed in a
        header); the connection can then still carry another answer.
        """
        fields = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
        ]
        if close and not any(name.lower() == b"connection" for name, _ in fields):
            fields.append((b"Connection", b"close"))
        reason = _REASONS.get(response.status, b"")
        event = h11.Response(status_code=response.status, headers=fields, reason=reason)
        return self._wire.send(event) or b""

    def sent(self, body: bytes) -> bool:
        """Note that an answer went out in full; return whether another request may come."""
        if body:
            self._wire.send(h11.Data(data=body))
        self._wire.send(h11.EndOfMessage())
        if self._wire.our_state is not h11.DONE or self._wire.their_state is not h11.DONE:
            return False
        self._wire.start_next_cycle()
        self.waiting = not self._wire.trailing_data[0]
        return True

    def drain(self) -> None:
        """Read the rest of a body and throw it away, within the limits."""
        room = self._limits.drain_bytes
        self._deadline = real_seconds() + self._limits.drain_seconds
        while room > 0:
            event = self._event()
            if not isinstance(event, h11.Data):
                return
            room -= len(event.data)

    def _event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        """Return the next event; the first bytes of a message start its deadline."""
        wire = self._wire
        while True:
            event = wire.next_event()
            if event is not h11.NEED_DATA:
                return event
            if wire.they_are_waiting_for_100_continue and self.can_answer:
                proceed = h11.InformationalResponse(status_code=100, headers=[])
                self._sock.sendall(wire.send(proceed) or b"")
            if not self.waiting:
                self._arm()
            data = self._sock.recv(_CHUNK)
            self.heard = self.heard or bool(data)
            self.waiting = self.waiting and not data
            wire.receive_data(data)

    def _arm(self) -> None:
        """Let the next read end when the message's time is up."""
        if self._deadline is None:
            self._deadline = real_seconds() + self._limits.message_seconds
        remaining = self._deadline - real_seconds()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)
