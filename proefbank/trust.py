"""What a client does with a server certificate that it should not trust.

A service names its readings of it in its own `wire`: one for each `presented`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Call, Journal
from proefbank.judge import DoesNotApply, NotExercised, Reading
from proefbank.verdict import Finding

__all__ = ["ServerTrust", "broke_off"]


@dataclass(frozen=True, slots=True)
class ServerTrust(Reading):
    """One or more handshakes in which the server showed a certificate it should not have.

    Its staging notes one call as `control`, made while all was well, and others as `probe`.
    """

    presented: ClassVar[str] = ""
    """Which certificate: `unknown-ca`, `other-host` or `expired`."""

    requests: int
    """HTTP requests that came over such connections all the same."""
    plain: int
    """Requests that came without TLS, and so met no certificate."""
    calls: tuple[Call, ...]
    """What the client was told to do meanwhile, and what it said."""
    exchange: int | None

    @classmethod
    def check_control(cls, journal: Journal, control: Call) -> None:  # noqa: ARG003 - for those below
        """Raise `NotExercised` if the control does not show that the client works."""
        if control.outcome != "accepted" or not control.exchanges:
            raise NotExercised("the client was not seen to work while all was well")

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` without a handshake or a good control."""
        control = next((call for call in journal.calls if call.note == "control"), None)
        if control is None:
            raise NotExercised("the client was not seen to work while all was well")
        cls.check_control(journal, control)
        shown = [item for item in journal.of("connection") if item["presented"] == cls.presented]
        probes = tuple(call for call in journal.calls if call.note == "probe")
        met = [item for call in probes for item in call.exchanges]
        sent = [item for item in met if item.request.scheme != "http"]
        if not shown and not met:
            raise NotExercised("the client never connected to the server with the bad certificate")
        return [
            cls(
                requests=len(sent),
                plain=len(met) - len(sent),
                calls=probes,
                exchange=sent[0].number if sent else None,
            )
        ]


def broke_off(trust: ServerTrust, fault: str) -> Finding | None:
    """Find a client that did not break off because of what is at `fault` with the certificate."""
    if trust.plain and not trust.requests:
        raise DoesNotApply("the client speaks without TLS, which is a requirement of its own")
    if trust.requests:
        return Finding(
            "TLS handshake",
            expected=f"the client breaks off: {fault}",
            actual="the client sent its request all the same",
            hint="leave certificate checks on; trust the CA file of the environment instead",
        )
    if any(call.outcome == "accepted" for call in trust.calls):
        return Finding(
            "outcome of the call",
            expected="rejected, transport",
            actual="accepted, though no request was answered",
        )
    if any(call.reject_class == "unclassified" for call in trust.calls):
        return Finding(
            "outcome of the call", expected="rejected, transport", actual="unclassified", soft=True
        )
    return None
