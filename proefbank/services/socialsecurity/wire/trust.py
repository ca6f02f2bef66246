"""What a client does with a server certificate it should not trust, and with its own secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading
from proefbank.redaction import find_holes

from .api_request import issued_token
from .token_answer import check_controls
from .token_request import TokenRequest

__all__ = ["ClientLog", "ExpiredCertificate", "OtherHost", "ServerTrust", "UnknownAuthority"]


@dataclass(frozen=True, slots=True)
class ServerTrust(Reading):
    """One or more handshakes in which the server showed a certificate it should not have."""

    presented: ClassVar[str] = ""

    connections: int
    """Connections to which the bad certificate was shown."""
    requests: int
    """HTTP requests that came over them all the same."""
    plain: int
    """Requests that came without TLS, and so met no certificate."""
    calls: tuple[Call, ...]
    """What the client was told to do meanwhile, and what it said."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` without a handshake or a good control."""
        control = next((call for call in journal.calls if call.note == "control"), None)
        if control is None:
            raise NotExercised("the client was not seen to work while all was well")
        check_controls(journal, "api" if control.op == "api.call" else "token")
        shown = [item for item in journal.of("connection") if item["presented"] == cls.presented]
        probes = tuple(call for call in journal.calls if call.note == "probe")
        met = [item for call in probes for item in call.exchanges]
        sent = [item for item in met if item.request.scheme != "http"]
        if not shown and not met:
            raise NotExercised("the client never connected to the server with the bad certificate")
        return [
            cls(
                connections=len(shown),
                requests=len(sent),
                plain=len(met) - len(sent),
                calls=probes,
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
    had: frozenset[str]
    """What there was to print: `assertion`, `token`."""
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
        tokens = [item for item in exchanges if item.conversation == "token"]
        had = {"token"} if any(issued_token(item) for item in tokens) else set()
        if any(TokenRequest.of(item).one("client_assertion") for item in tokens):
            had.add("assertion")
        return [cls(tuple(leaked), frozenset(had), exchanges[-1].number)]
