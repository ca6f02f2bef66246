"""One staging as a whole: the tokens that were shown, and the key sets that were fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .showings import Fetch, Verification, check_controls, fetches_of, verifications_of

__all__ = ["Conversation", "EachScenario"]


@dataclass(frozen=True, slots=True)
class Conversation(Reading):
    """Everything that was shown and fetched, in order. Notes of the staging tell them apart.

    `opening`: unjudged, so that the consumer has its first key set. `control`: must be accepted,
    or nothing here says anything. `walk`: unjudged, time goes by. `probe`: what is judged.
    """

    shown: tuple[Verification, ...]
    fetches: tuple[Fetch, ...]
    moved: bool
    """Whether the consumer's clock was moved."""
    kids: Mapping[str, str]
    """Kids of the signing keys by name."""
    told: Mapping[str, object]
    """What the consumer was told in the last scenario, and the bench's own facts."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; `NotExercised` when nothing was shown, or a control failed."""
        shown, fetches = verifications_of(journal), fetches_of(journal)
        if not shown:
            raise NotExercised("no token was shown")
        check_controls(shown)
        return [cls.of(journal, shown, fetches)]

    @classmethod
    def of(cls, journal: Journal, shown: list[Verification], fetches: list[Fetch]) -> Self:
        """Return a reading of these."""
        last = journal.of("scenario")[-1].get("facts")
        facts = last if isinstance(last, Mapping) else {}
        kids = facts.get("kids")
        return cls(
            shown=tuple(shown),
            fetches=tuple(fetches),
            moved=bool(journal.of("clock")),
            kids={str(name): str(kid) for name, kid in kids.items()}
            if isinstance(kids, Mapping)
            else {},
            told=facts,
            exchange=fetches[-1].number if fetches else shown[-1].exchange,
        )

    def noted(self, note: str) -> list[Verification]:
        """Return what was shown under this note."""
        return [item for item in self.shown if item.note == note]

    @property
    def probes(self) -> list[Verification]:
        """What is judged."""
        return self.noted("probe")

    @property
    def delivered(self) -> list[Fetch]:
        """Fetches that brought a set."""
        return [item for item in self.fetches if item.delivered]

    def without(self, key: str, *, before: Verification | None = None) -> list[Fetch]:
        """Return fetches that brought a set without that key, those before a showing only."""
        kid = self.kids.get(key, "")
        last = (
            before.start if before is not None else max((f.number for f in self.fetches), default=0)
        )
        return [item for item in self.delivered if kid not in item.kids and item.number <= last]


@dataclass(frozen=True, slots=True)
class EachScenario(Conversation):
    """One scenario of a staging that plays several."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading for each scenario."""
        shown, fetches = verifications_of(journal), fetches_of(journal)
        if not shown:
            raise NotExercised("no token was shown")
        check_controls(shown)
        numbers = dict.fromkeys(item.scenario for item in shown)
        return [
            cls.of(
                journal,
                [item for item in shown if item.scenario == number],
                [item for item in fetches if item.scenario == number],
            )
            for number in numbers
        ]
