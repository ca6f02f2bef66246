"""What a client does with a server certificate it should not trust, and with its own secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading
from proefbank.redaction import find_holes

__all__ = ["ClientLog", "ExpiredCertificate", "OtherHost", "ServerTrust", "UnknownAuthority"]


@dataclass(frozen=True, slots=True)
class ServerTrust(Reading):
    """One or more handshakes in which the server showed a certificate it should not have."""

    presented: ClassVar[str] = ""

    connections: int
    """Connections to which the bad certificate was shown."""
    requests: int
    """HTTP requests that came over them all the same."""
    call: Call | None
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` if no handshake came or the control failed."""
        control = next((call for call in journal.calls if call.note == "control"), None)
        if control is None or control.outcome != "accepted" or not control.exchanges:
            raise NotExercised("the client did not get a token from the same server before")
        shown = [item for item in journal.of("connection") if item["presented"] == cls.presented]
        probe = next((call for call in journal.calls if call.note == "probe"), None)
        sent = list(probe.exchanges) if probe else []
        if not shown and not sent:
            raise NotExercised("the client never connected to the server with the bad certificate")
        return [
            cls(
                connections=len(shown),
                requests=len(sent),
                call=probe,
                exchange=sent[0].number if sent else None,
            )
        ]


class UnknownAuthority(ServerTrust):
    """The server's certificate comes from an authority the client does not know."""

    presented = "unknown-ca"


class OtherHost(ServerTrust):
    """The server's certificate is good, for another host name."""

    presented = "other-host"


class ExpiredCertificate(ServerTrust):
    """The server's certificate has expired."""

    presented = "expired"


@dataclass(frozen=True, slots=True)
class ClientLog(Reading):
    """What the client printed while it worked. Secrets in it became holes."""

    leaked: tuple[tuple[str, str], ...]
    """Stream and kind of each secret that was printed."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the log of a staging in which a conversation took place."""
        exchanges = journal.exchanges
        if not exchanges:
            raise NotExercised("no conversation took place, so there was nothing to leak")
        leaked = [
            (str(line["stream"]), kind)
            for line in journal.of("log")
            for kind in find_holes(str(line["text"]))
            if kind != "cookie"
        ]
        return [cls(leaked=tuple(leaked), exchange=exchanges[-1].number)]
