"""What the application makes of the answer to its identification request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .journeys import Step, answer_to, journeys_of
from .members import Missing, at
from .requests import BackCall, requests_of

__all__ = ["CookieSet", "KnownOpening", "Opening"]

COOKIE = "identification-set-cookie"
_OK = 200


@dataclass(frozen=True, slots=True)
class Opening(Reading):
    """A `sign.start` for which itsme opened an identification session."""

    step: Step
    good: BackCall
    """The first request that was answered OK."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every one."""
        found = []
        for journey in journeys_of(journal):
            step = journey.steps[0]
            good = next((call for call in step.of("identification") if _is_good(call)), None)
            if good is not None:
                found.append(cls(step, good, good.number))
        return found

    @property
    def has_reason(self) -> bool:
        """Whether the answer had a statusReason all the same."""
        return at(answer_to(self.good), "statusReason") is not Missing

    @property
    def after(self) -> list[BackCall]:
        """Calls made in the same order after the good answer."""
        return [call for call in self.step.sent if call.number > self.good.number]


class KnownOpening(Opening):
    """A `sign.start` for a person whose user code the caller handed over."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every one."""
        return [one for one in super().read(journal) if one.step.call.args.get("user_code")]


def _is_good(call: BackCall) -> bool:
    answer = call.exchange.response.status == _OK
    return answer and at(answer_to(call), "status") == "OK"


@dataclass(frozen=True, slots=True)
class CookieSet(Reading):
    """A call to itsme after the identification answer had set a cookie."""

    call: BackCall
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the later calls; raises `NotExercised` if no cookie was set, or none came."""
        calls = requests_of(journal)
        struck = [call.number for call in calls if call.exchange.trail.stimulus == COOKIE]
        found = [cls(call, call.number) for call in calls if struck and call.number > struck[0]]
        if not found:
            raise NotExercised("no call followed on an answer with a cookie")
        return found
