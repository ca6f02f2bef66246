"""What an application does with a server certificate that it should not trust."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading

__all__ = ["ExpiredCertificate", "OtherHost", "ServerTrust", "UnknownAuthority"]


@dataclass(frozen=True, slots=True)
class ServerTrust(Reading):
    """One or more handshakes in which the server showed a certificate it should not have."""

    presented: ClassVar[str] = ""

    requests: int
    """HTTP requests that came over them all the same."""
    plain: int
    """Requests that came without TLS, and so met no certificate."""
    calls: tuple[Call, ...]
    """What the application was told to do meanwhile, and what it said."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` without a handshake or a good control."""
        control = next((call for call in journal.calls if call.note == "control"), None)
        if control is None or control.outcome != "accepted" or not control.exchanges:
            raise NotExercised("the application was not seen to work while all was well")
        shown = [item for item in journal.of("connection") if item["presented"] == cls.presented]
        probes = tuple(call for call in journal.calls if call.note == "probe")
        met = [item for call in probes for item in call.exchanges]
        sent = [item for item in met if item.request.scheme != "http"]
        if not shown and not met:
            raise NotExercised("no connection was made to the server with the bad certificate")
        return [
            cls(
                requests=len(sent),
                plain=len(met) - len(sent),
                calls=probes,
                exchange=sent[0].number if sent else None,
            )
        ]


class UnknownAuthority(ServerTrust):
    """The server's certificate comes from an authority the application does not know."""

    presented = "unknown-ca"


class OtherHost(ServerTrust):
    """The server's certificate is good, for another host name."""

    presented = "other-host"


class ExpiredCertificate(ServerTrust):
    """The server's certificate has expired."""

    presented = "expired"
