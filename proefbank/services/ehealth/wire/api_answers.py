"""How an API that is called directly answers tokens that are not good."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .showings import Verification, check_controls, verifications_of

__all__ = ["RefusalAnswer"]

_BEARER = re.compile(r"(?:^|[\s,])bearer(?:\s|,|$)", re.IGNORECASE)
_ERROR = re.compile(r'(?:^|[\s,])error\s*=\s*(?:"([^"]*)"|([^\s,"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RefusalAnswer(Reading):
    """A token that is not good, and the answer to it."""

    shown: Verification
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return each such token; raises `NotExercised` when a good one was not accepted."""
        shown = verifications_of(journal)
        check_controls(shown)
        probes = [item for item in shown if item.note == "probe"]
        if not probes:
            raise NotExercised("no token was shown that is not good")
        return [cls(item, item.exchange) for item in probes]

    @property
    def over_http(self) -> bool:
        """Whether it was an API that answered, and not an adapter."""
        return self.shown.status is not None

    @property
    def errors(self) -> list[str]:
        """The error that each challenge for a bearer token names; empty for one without."""
        found = []
        for challenge in filter(_BEARER.search, self.shown.challenges):
            named = _ERROR.search(challenge)
            found.append((named[1] or named[2] or "") if named else "")
        return found
