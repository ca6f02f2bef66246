"""What a client does with a server certificate it should not trust, and with its own secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading
from proefbank.redaction import find_holes
from proefbank.trust import ServerTrust

from .api_request import issued_token
from .token_answer import check_controls
from .token_request import TokenRequest

__all__ = ["ClientLog", "ExpiredCertificate", "OtherHost", "UnknownAuthority"]


class Distrust(ServerTrust):
    """Base: the control is a call of the API, or a fetch of a token."""

    @classmethod
    def check_control(cls, journal: Journal, control: Call) -> None:
        """Raise `NotExercised` if ordinary calls failed."""
        check_controls(journal, "api" if control.op == "api.call" else "token")


class UnknownAuthority(Distrust):
    """The server's certificate comes from an authority the client does not know."""

    presented = "unknown-ca"


class OtherHost(Distrust):
    """The server's certificate is good, for another host name."""

    presented = "other-host"


class ExpiredCertificate(Distrust):
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
