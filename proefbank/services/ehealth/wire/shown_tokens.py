"""Tokens that are shown one by one: what every reading of this kind is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised

from .conversation import Conversation
from .showings import Verification

__all__ = ["ShownTokens"]


class ShownTokens(Conversation):
    """Tokens under one heading, each followed by a good one."""

    refuses: ClassVar[tuple[str, ...]] = ()
    """Recipes of tokens that must be refused."""
    accepts: ClassVar[tuple[str, ...]] = ()
    """Recipes of tokens that must be accepted."""
    either: ClassVar[tuple[str, ...]] = ()
    """Recipes of tokens that may get either verdict, but must lead nowhere and break nothing."""
    lenient: ClassVar[tuple[str, ...]] = ()
    """Of those to refuse: the ones whose acceptance is a warning at most."""
    controls: ClassVar[tuple[str, ...]] = ()
    """Recipes of tokens that must be accepted before anything here says something."""
    compared: ClassVar[tuple[str, ...]] = ()
    """Recipes that are shown under a plain key set too: accepted there, it is another matter."""
    armed: ClassVar[tuple[str, ...]] = ()
    """Stimuli that shape the key set from the start, one scenario for each."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` when something was not shown or met."""
        for reading in super().read(journal):
            missing = {*cls.refuses, *cls.accepts} - {item.recipe for item in reading.probes}
            if missing:
                raise NotExercised(f"not every token was shown: {', '.join(sorted(missing))}")
            unmet = set(cls.armed) - {item.stimulus for item in reading.fetches}
            if unmet:
                raise NotExercised(
                    f"the consumer never fetched the set with {', '.join(sorted(unmet))}"
                )
            yield reading

    @property
    def elsewhere(self) -> bool:
        """Whether what is to be refused here was accepted while all was well."""
        return any(item.accepted for item in self.noted("comparison"))

    @property
    def afterwards(self) -> list[Verification]:
        """The good tokens that were shown after each of the others."""
        return self.noted("after")
