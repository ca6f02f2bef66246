"""What a door knows of one connection, and how much it puts up with from a client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ConnectionFact", "Limits", "Outcome", "Presented"]

Presented = Literal["good", "unknown-ca", "other-host", "expired", "none"]
"""Which server certificate a connection got; `none` over plain HTTP."""

Outcome = Literal["established", "refused", "rejected", "silent", "closed"]
"""How a connection went.

* `established`: at least one request came over it;
* `refused`: the client broke off because of us: an alert, an end during the handshake, or a
  close without a word after a certificate that it should not have trusted;
* `rejected`: we broke off, e.g. over a client certificate that does not verify;
* `silent`: the client connected and let a time limit pass;
* `closed`: it ended before any request, for no reason that we can see.
"""


@dataclass(frozen=True, slots=True)
class ConnectionFact:
    """One connection, told when it has ended."""

    listener: str
    tls_version: str | None
    """E.g. `TLSv1.3`; None without a finished handshake, like the cipher."""
    cipher: str | None
    server_name: str | None
    """The SNI that the client sent; clients send none for an IP address."""
    presented: Presented
    outcome: Outcome
    alert: str | None
    """The TLS alert that the client sent, as RFC 8446 section 6 names it: `unknown_ca`, …"""
    at: float
    """The bench's clock when the connection was accepted, in epoch seconds."""
    source: str
    """Address the connection came from."""
    peer_sha256: str | None
    """Hex SHA-256 of the client certificate's DER; None when none was shown."""
    requests: int
    """Complete requests that came over it."""
    detail: str = ""
    """What broke the connection off, in a few words; for people."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of a door, in sizes of bytes and real seconds."""

    connections: int = 128
    header_bytes: int = 64 * 1024
    """Request line and headers together."""
    body_bytes: int = 1024 * 1024
    drain_bytes: int = 16 * 1024 * 1024
    """How much of a body that is too large is read and thrown away, so that a client which
    sends it all before it listens still sees the answer."""
    drain_seconds: float = 2.0
    handshake_seconds: float = 5.0
    message_seconds: float = 10.0
    """From the first byte of a request to its last header, and again to the end of its body."""
    idle_seconds: float = 30.0
