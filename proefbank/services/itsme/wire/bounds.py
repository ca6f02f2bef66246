"""Callers who ask for more than itsme takes: too long, too many, or in characters it has not.

An application may bring what it was given within the limits, or refuse it before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Call, Journal
from proefbank.judge import NotExercised, Reading

from .identification import IdentificationRequest
from .sign_start import SignStart

__all__ = [
    "Bounded",
    "LongDescription",
    "LongRole",
    "OddLanguage",
    "PolicyOfTheDay",
    "SeventyDocuments",
    "TooManyDocuments",
    "TypographicDescription",
    "TypographicRole",
]


@dataclass(frozen=True, slots=True)
class Bounded(Reading):
    """One order at the edge of what itsme takes, and all that came of it."""

    calls: tuple[Call, ...]
    """What the application was told for this order, in order; the first is sign.start."""
    identifications: tuple[IdentificationRequest, ...]
    starts: tuple[SignStart, ...]
    """Requests that opened a sign session for it."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the reading of the probe.

        Raises `NotExercised` when an ordinary order was not accepted before, or when this one
        was neither refused nor came to what is judged.
        """
        for call in journal.calls:
            if call.note == "control" and call.outcome != "accepted":
                raise NotExercised(
                    "the application did not manage an ordinary order: "
                    f"{call.op} was {call.outcome} ({call.reject_class or call.detail})"
                )
        calls = tuple(call for call in journal.calls if call.note == "probe")
        sent = {item.number for call in calls for item in call.exchanges}
        made = cls(
            calls=calls,
            identifications=tuple(
                item for item in IdentificationRequest.read(journal) if item.exchange in sent
            ),
            starts=tuple(item for item in SignStart.read(journal) if item.exchange in sent),
            exchange=max(sent, default=None),
        )
        if not calls or not (made.judged or made.refusal):
            raise NotExercised("the order was accepted, and nothing came of it on the wire")
        return [made]

    @property
    def judged(self) -> bool:
        """Whether what is judged came on the wire."""
        return bool(self.starts)

    @property
    def refusal(self) -> Call | None:
        """The call that was not accepted."""
        return next((call for call in self.calls if call.outcome != "accepted"), None)


class LongDescription(Bounded):
    """The caller gives a description of 300 characters."""


class LongRole(Bounded):
    """The caller gives a signer role of 60 characters."""


class TypographicDescription(Bounded):
    """The caller gives a description with characters that ISO 8859-15 does not have."""


class TypographicRole(Bounded):
    """The caller gives a role with characters that ISO 8859-1 or ISO 8859-15 does not have."""


class TooManyDocuments(Bounded):
    """The caller has seventy-one documents signed."""


class SeventyDocuments(Bounded):
    """The caller has seventy documents signed."""


class PolicyOfTheDay(Bounded):
    """The caller asks for a policy that only the live configuration lists."""


class OddLanguage(Bounded):
    """The caller asks for a language that itsme does not speak."""

    @property
    def judged(self) -> bool:
        """Whether an identification was asked for."""
        return bool(self.identifications)
