"""Several people at once, each with a session of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .journeys import Journey, journeys_of
from .members import at
from .outcomes import Ended
from .requests import BackCall

__all__ = ["ParallelUsers", "TwoUsers", "UserEnd"]


def _people(journal: Journal) -> list[Journey]:
    """Return the sessions of two different people who were both sent to itsme.

    Raises `NotExercised` unless there are such.
    """
    journeys = [one for one in journeys_of(journal) if one.identification_ids and one.visits]
    if len({one.person for one in journeys}) < 2:  # noqa: PLR2004
        raise NotExercised("there were no two people with a session each at a time")
    return journeys


@dataclass(frozen=True, slots=True)
class TwoUsers(Reading):
    """Two people whose sessions are interleaved, one order after the other."""

    journeys: tuple[Journey, ...]
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` unless both were sent to itsme."""
        journeys = _people(journal)
        return [cls(tuple(journeys), journeys[-1].steps[-1].exchange)]

    def mistaken(self, kind: str) -> Iterable[tuple[BackCall, str]]:
        """Return the status requests for one person that name the session of the other."""
        for journey in self.journeys:
            others = [one for one in self.journeys if one is not journey]
            signing = kind == "sign-status"
            foreign = {
                id_
                for one in others
                for id_ in (one.sign_ids if signing else one.identification_ids)
            }
            for call in journey.sent("sign-status" if signing else "identification-status"):
                id_ = at(call.said, "asyncRespID")
                if isinstance(id_, str) and id_ in foreign:
                    yield call, journey.person

    @property
    def came_to_sign(self) -> bool:
        """Whether both came so far that their signatures were asked for."""
        return all(one.sign_ids and one.sent("sign-status") for one in self.journeys)


@dataclass(frozen=True, slots=True)
class ParallelUsers(Reading):
    """Two people for whom the application is given its orders at the same time."""

    journeys: tuple[Journey, ...]
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` unless both were sent to itsme."""
        journeys = _people(journal)
        return [cls(tuple(journeys), journeys[-1].steps[-1].exchange)]

    @property
    def names_signers(self) -> bool:
        """Whether every request to sign says who is to sign; else itsme has to guess."""
        return all(
            isinstance(at(call.said, "optInp", "itsme", "signer", "userCode"), str)
            for journey in self.journeys
            for call in journey.sent("sign-start")
        )


@dataclass(frozen=True, slots=True)
class UserEnd(Reading):
    """The end of one person's session among those of others."""

    end: Ended
    others: tuple[bytes, ...]
    """Certificates that came in the sessions of the others."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one for each end; raises `NotExercised` unless two came to it."""
        _people(journal)
        ends = list(Ended.read(journal))
        if len(ends) < 2:  # noqa: PLR2004
            raise NotExercised("not both people came to the end of their sessions")
        return [
            cls(
                one,
                tuple(two.certificate for two in ends if two.certificate != one.certificate),
                one.exchange,
            )
            for one in ends
        ]
