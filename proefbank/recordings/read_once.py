"""Readings of a journal that are taken once, however many rules look at them.

A recording of a day has ten thousands of requests, and dozens of rules read each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from proefbank.errors import NotObservable
from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading, Rule

__all__ = ["reading_once"]


class _Once:
    """Stands in the place of a reading's class, and remembers what it read."""

    def __init__(self, kind: type[Reading]) -> None:
        self.__name__ = kind.__name__
        self._kind = kind
        self._found: dict[Journal, Sequence[Any] | Exception] = {}

    def read(self, journal: Journal) -> Sequence[Any]:
        """Return what the class returns, or raise what it raises."""
        if journal not in self._found:
            try:
                self._found[journal] = list(self._kind.read(journal))
            except (NotExercised, NotObservable) as reason:
                self._found[journal] = reason
        found = self._found[journal]
        if isinstance(found, Exception):
            raise found
        return found


def reading_once(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules, by kind of reading, those of one kind with readings that they share."""
    found: list[Rule] = []
    for kind in dict.fromkeys(item.reading for item in rules):
        shared = cast("type[Reading]", _Once(kind))
        found += [replace(item, reading=shared) for item in rules if item.reading is kind]
    return found
