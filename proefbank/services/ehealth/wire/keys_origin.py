"""Whose keys they are, from which address they come, and over what connection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from proefbank.errors import NotObservable
from proefbank.journal import Exchange, Journal
from proefbank.judge import NotExercised, Reading

from .conversation import Conversation, EachScenario
from .showings import Verification, check_controls, fetches_of, verifications_of

__all__ = [
    "DistrustedServer",
    "ExpiredCertificate",
    "KeySetAddress",
    "OtherDiscovery",
    "OtherHost",
    "RedirectedSet",
    "TwoIssuers",
    "UnknownAuthority",
]


class TwoIssuers(Conversation):
    """Tokens of two realms that are both trusted, signed by each other's keys."""


class KeySetAddress(Conversation):
    """Fetches of a key set whose published address has a query."""


class RedirectedSet(EachScenario):
    """A key set that is said to be elsewhere, and a token of the key that waits there."""

    @property
    def redirected(self) -> bool:
        """Whether a fetch was answered so."""
        return any(item.stimulus == "jwks-redirect-elsewhere" for item in self.fetches)


@dataclass(frozen=True)
class OtherDiscovery(EachScenario):
    """A discovery document that names another issuer, and a token that names that one too."""

    discovered: bool = False
    """Whether the document was read."""
    control: Verification | None = None
    """The same kind of token while the document was right."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading for each false document."""
        readings = list(super().read(journal))
        before = {item.recipe: item for made in readings[:1] for item in made.noted("before")}
        starts = [place for place, event in enumerate(journal) if event["event"] == "scenario"]
        ends = [*starts[1:], len(journal)]
        events = list(journal)
        return [
            replace(
                made,
                discovered=any(_is_discovery(item) for item in events[start:end]),
                control=before.get(made.probes[0].recipe),
            )
            for made, start, end in zip(readings, starts, ends, strict=False)
            if made.probes
        ]


@dataclass(frozen=True, slots=True)
class DistrustedServer(Reading):
    """A consumer without keys, and a server whose certificate it should not trust."""

    presented: ClassVar[str] = ""

    requests: tuple[Exchange, ...]
    """HTTP requests that came over such a connection."""
    shown: tuple[Verification, ...]
    had_keys: bool
    """Whether it had fetched keys while the certificate was good."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading.

        Raises `NotExercised` without a control, `NotObservable` if no connection was made.
        """
        shown = verifications_of(journal)
        check_controls(shown)
        probes = tuple(item for item in shown if item.note == "probe")
        if not probes:
            raise NotExercised("no token was shown while the certificate was bad")
        met = [item for probe in probes for item in probe.exchanges]
        sent = tuple(item for item in met if item.request.scheme == "https")
        tried = any(item["presented"] == cls.presented for item in journal.of("connection"))
        if not tried and not met:
            raise NotObservable(
                "the consumer had its keys and made no connection; one that fetches when the "
                "first token comes, or whose clock can be moved, would show it"
            )
        last, first = probes[-1].scenario, probes[0].start
        earlier = [item for item in fetches_of(journal) if item.scenario == last]
        had_keys = any(item.delivered and item.number <= first for item in earlier)
        return [cls(sent, probes, had_keys, sent[0].number if sent else None)]


class UnknownAuthority(DistrustedServer):
    """The certificate comes from an authority outside the trust store."""

    presented = "unknown-ca"


class OtherHost(DistrustedServer):
    """The certificate is for another host name."""

    presented = "other-host"


class ExpiredCertificate(DistrustedServer):
    """The certificate has expired."""

    presented = "expired"


def _is_discovery(event: object) -> bool:
    trail = event.get("trail") if isinstance(event, dict) else None
    return isinstance(trail, dict) and trail.get("conversation") == "discovery"
