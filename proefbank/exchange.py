"""What was said on the wire: immutable requests, responses and connection facts.

Every door makes these values and every provider answers with them, so that a conversation
looks the same whether it went over a socket, an in-process mount or came from a recording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlsplit

__all__ = [
    "Headers",
    "Provider",
    "Request",
    "Response",
    "Secret",
    "TlsFacts",
    "Trail",
    "Violation",
    "WirePlan",
    "header_value",
]


Headers = tuple[tuple[str, str], ...]
"""Header fields in wire order with the case they were sent in; values decoded as latin-1."""

NOTHING: Mapping[str, object] = MappingProxyType({})


def header_value(headers: Headers, name: str) -> str | None:
    """Return the first value of the header called `name` (case ignored), or None."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What the handshake showed: protocol version, cipher, SNI and the peer's certificate."""

    version: str | None = None
    cipher: str | None = None
    server_name: str | None = None
    peer_sha256: str | None = None
    """Hex SHA-256 of the client certificate's DER, or None when none was shown."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it arrived."""

    method: str
    target: str
    """Raw path and query, exactly as on the request line."""
    headers: Headers = ()
    body: bytes = b""
    scheme: str = "https"
    host: str = "127.0.0.1"
    port: int = 443
    source: str = "127.0.0.1"
    """Address the connection came from."""
    listener: str = "main"
    """Name of the listener (origin) that took it: `main`, or e.g. `elsewhere`."""
    tls: TlsFacts | None = None
    """None when the door cannot see a handshake (an in-process mount)."""
    received_at: float = 0.0
    """The bench's clock at arrival, in epoch seconds."""

    @property
    def path(self) -> str:
        """The raw path, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query without its question mark; empty if there is none."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Return the first value of the header called `name`, or None."""
        return header_value(self.headers, name)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Return every value of the header called `name`, in wire order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    @property
    def origin(self) -> str:
        """Scheme, host and port as a client would write them."""
        default = {"https": 443, "http": 80}.get(self.scheme)
        port = "" if self.port == default else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @classmethod
    def to(
        cls,
        url: str,
        *,
        method: str = "GET",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        received_at: float = 0.0,
    ) -> Request:
        """Build a request to an absolute URL, for in-process use and tests."""
        parts = urlsplit(url)
        target = parts.path or "/"
        if parts.query:
            target = f"{target}?{parts.query}"
        return cls(
            method=method,
            target=target,
            headers=tuple(headers),
            body=body,
            scheme=parts.scheme or "https",
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (80 if parts.scheme == "http" else 443),
            received_at=received_at,
        )


@dataclass(frozen=True, slots=True)
class WirePlan:
    """What an HTTP value cannot say about how a response travels.

    Doors that carry real sockets obey it; in-process doors translate it or say they cannot.
    """

    delay: float = 0.0
    """Seconds of real time to wait before the first byte."""
    dribble: float = 0.0
    """Seconds between single bytes of the body; 0 sends it at once."""
    cut_after: int | None = None
    """Close the connection after this many body bytes, the promised length unchanged."""
    reset: bool = False
    """Send a TCP reset instead of any answer."""
    close: bool = False
    """Close the connection after the answer."""

    @property
    def plain(self) -> bool:
        """Whether the response travels as any ordinary response would."""
        return self == WirePlan()


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing a provider found against a request."""

    code: str
    """Stable slug, e.g. `aud-not-token-url`."""
    detail: str
    """A sentence for people; never holds a secret."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must never be written down, and what kind of thing it is."""

    kind: str
    """`token`, `assertion`, `private-key`, `client-secret`, …"""
    value: str


@dataclass(frozen=True, slots=True)
class Trail:
    """What a provider checked and found while it answered: its testimony, not a verdict."""

    conversation: str = "other"
    """Which conversation the request belongs to, e.g. `token`, `api`, `control`, `other`."""
    violations: tuple[Violation, ...] = ()
    """Everything found against the request, not only what the answer told the client."""
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)
    """JSON-able facts that a reading may use (e.g. `{"signature": "registered"}`)."""
    stimulus: str | None = None
    """Name of the stimulus that shaped this answer, if one did."""
    secrets: tuple[Secret, ...] = ()
    """Values the redactor must learn; never written."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, how it travels, and the trail that the door writes down."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    wire: WirePlan = WirePlan()
    trail: Trail = Trail()

    def header(self, name: str) -> str | None:
        """Return the first value of the header called `name`, or None."""
        return header_value(self.headers, name)


class Provider(Protocol):
    """Computes answers; never opens a socket, records nothing, judges nothing."""

    def handle(self, request: Request) -> Response:
        """Answer one request. Thread-safe; takes the time from `request.received_at`."""
        ...

    def reset(self) -> None:
        """Forget every token, `jti`, armed stimulus and counter; keep keys and accounts."""
        ...
