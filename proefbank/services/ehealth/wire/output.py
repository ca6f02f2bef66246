"""What a consumer lets out: in what it prints, and in what it says of a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading
from proefbank.redaction import find_holes

from .showings import Verification, check_controls, verifications_of

__all__ = ["ConsumerOutput", "NamedRefusal"]


@dataclass(frozen=True, slots=True)
class ConsumerOutput(Reading):
    """What the consumer printed while it verified tokens. Secrets in it became holes."""

    leaked: tuple[tuple[str, str], ...]
    """Stream and kind of each thing that should not be there: `token`, `jwt`, `personal`."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the output of a staging in which tokens were accepted and refused."""
        shown = verifications_of(journal)
        check_controls(shown)
        if not shown:
            raise NotExercised("no token was shown, so there was nothing to leak")
        leaked = [
            (str(line.get("stream") or "log"), kind)
            for line in journal.of("log")
            for kind in find_holes(str(line["text"]))
        ]
        return [cls(tuple(leaked), shown[-1].exchange)]


@dataclass(frozen=True, slots=True)
class NamedRefusal(Reading):
    """A token under an unknown kid, and all that the consumer said of it."""

    shown: Verification
    words: str
    """Detail of the outcome and everything that was printed."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return each such token."""
        shown = verifications_of(journal)
        check_controls(shown)
        printed = " ".join(str(line["text"]) for line in journal.of("log"))
        return [
            cls(item, f"{item.detail} {printed}", item.exchange)
            for item in shown
            if item.note == "probe"
        ]
