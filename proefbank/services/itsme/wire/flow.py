"""Whole conversations: the order of calls, patience, and the end of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading

from .requests import BackCall, Kind, requests_of

__all__ = ["Flow", "PendingIdentification", "PendingSignature", "RefusedText", "ResumedAgain"]


@dataclass(frozen=True, slots=True)
class Flow(Reading):
    """All calls of a staging to the B2B interface, and all that the application was told."""

    requests: tuple[BackCall, ...]
    calls: tuple[Call, ...]
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; none if nothing was sent."""
        requests = tuple(requests_of(journal))
        if not requests:
            return []
        return [cls(requests, tuple(journal.calls), requests[-1].number)]

    def of(self, kind: Kind) -> list[BackCall]:
        """Return the calls of one kind."""
        return [call for call in self.requests if call.kind == kind]


class Pending(Flow):
    """A flow in which a status was pending for a while, and then no more."""

    kind: ClassVar[Kind] = "identification-status"
    stimulus: ClassVar[str] = "identification-status-pending"

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` if no status request was told to wait."""
        made = list(super().read(journal))
        if not any(item.struck for item in made):
            raise NotExercised("no status was asked while it was pending")
        return made

    @property
    def struck(self) -> list[BackCall]:
        """Requests that were told to wait."""
        return [
            call for call in self.of(self.kind) if call.exchange.trail.stimulus == self.stimulus
        ]

    @property
    def told_to_wait(self) -> list[Call]:
        """Orders during which the application was told to wait, and those after."""
        first = self.struck[0].number
        return [
            call for call in self.calls if call.exchanges and call.exchanges[-1].number >= first
        ]


class PendingIdentification(Pending):
    """The identification is not finished when the person seems to be back."""


class PendingSignature(Pending):
    """The signature is not there yet when the person is back."""

    kind = "sign-status"
    stimulus = "sign-status-pending"


class ResumedAgain(Flow):
    """A flow that came to its end, and was then resumed once more."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` if the flow did not end well."""
        made = list(super().read(journal))
        if not any(call.value.get("signatures") for call in journal.calls):
            raise NotExercised("the flow did not come to its end")
        return made

    @property
    def after_the_end(self) -> list[BackCall]:
        """Calls sent after the order that brought the signatures."""
        end = next(call for call in self.calls if call.value.get("signatures"))
        last = end.exchanges[-1].number if end.exchanges else 0
        return [call for call in self.requests if call.number > last]


class RefusedText(Flow):
    """The start of a sign session was refused with an error that has no documented name."""

    stimulus: ClassVar[str] = "sign-start-error-technical-error-400"

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` if no start met the error."""
        made = list(super().read(journal))
        if not any(item.met for item in made):
            raise NotExercised("no sign session was asked for that could be refused")
        return made

    @property
    def met(self) -> list[Call]:
        """Orders during which the error came, and those after."""
        first = next(
            (
                call.number
                for call in self.requests
                if call.exchange.trail.stimulus == self.stimulus
            ),
            None,
        )
        if first is None:
            return []
        return [
            call
            for call in self.calls
            if call.op == "sign.resume"
            and (not call.exchanges or call.exchanges[-1].number >= first)
            and call.number >= _order_of(self.calls, first)
        ]


def _order_of(calls: Iterable[Call], number: int) -> int:
    """Return the number of the order during which an exchange came."""
    return next(
        (call.number for call in calls if any(item.number == number for item in call.exchanges)), 0
    )
