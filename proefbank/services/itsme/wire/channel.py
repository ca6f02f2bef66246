"""How calls reach the B2B interface: scheme, certificate, address, path, and what sent them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .requests import BackCall, Kind, requests_of

__all__ = [
    "BackEndCall",
    "ConfigurationRead",
    "FlowCall",
    "OtherAccountCall",
    "OtherBaseCall",
    "Sent",
]


@dataclass(frozen=True, slots=True)
class Sent(Reading):
    """One call to the B2B interface, of the kinds that the reading is about."""

    kinds: ClassVar[frozenset[Kind]] = frozenset()

    call: BackCall
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every call of these kinds."""
        return [cls(call, call.number) for call in requests_of(journal) if call.kind in cls.kinds]

    @property
    def scenario(self) -> Mapping[str, object]:
        """What the application had been told, and the bench's own facts."""
        return self.call.scenario


FLOW: frozenset[Kind] = frozenset(
    {"identification", "identification-status", "sign-start", "sign-status"}
)


class FlowCall(Sent):
    """One call of a flow."""

    kinds = FLOW


class BackEndCall(Sent):
    """Any call to the B2B interface, those to paths that it does not have included."""

    kinds = frozenset({*FLOW, "configuration", "unknown"})


class ConfigurationRead(Sent):
    """All that has to do with reading the configuration; one reading, with no call if none was."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every read of the configuration; raises `NotExercised` when nothing was sent."""
        calls = requests_of(journal)
        if not calls:
            raise NotExercised("nothing was sent to the B2B interface")
        reads = [call for call in calls if call.kind == "configuration"]
        return [cls(call, call.number) for call in reads or calls[:1]]

    @property
    def was_read(self) -> bool:
        """Whether the configuration was asked for at all."""
        return self.call.kind == "configuration"


class _Later(Sent):
    """A call made after the application was moved to another scenario."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the calls of the last scenario, if there was one before that went well."""
        calls = requests_of(journal)
        scenarios = len(journal.of("scenario"))
        last = max((call.turn for call in calls), default=0)
        if scenarios < 2 or last < scenarios:  # noqa: PLR2004
            raise NotExercised("no call came before and after the application was told to move")
        return [cls(call, call.number) for call in calls if call.turn == last]


class OtherBaseCall(_Later):
    """A call made after the application was told another base URL."""


class OtherAccountCall(_Later):
    """A call made after the application was told to act for another partner."""
