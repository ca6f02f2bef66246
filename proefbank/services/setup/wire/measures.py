"""What each rule measures, in words: the limit, and the value found.

A rule says yes or no; its measure says what was looked at, so that a check can be shown with
limit and value when it is passed as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from proefbank.verdict import Finding

__all__ = ["MEASURES", "Measure", "measure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is looked at in an artefact."""

    where: str
    """The part of the artefact, e.g. `key size`."""
    limit: str
    found: Callable[[Any], str]
    """Returns the value found in a reading, in words."""
    hint: str = ""
    """What to do; `FILE` stands for the name of the file."""

    def off(self, artefact: Any) -> Finding:
        """Return the finding for an artefact that is not within the limit."""
        place = f"{artefact.file or artefact.kind}, {self.where}"
        hint = self.hint.replace("FILE", artefact.file)
        return Finding(place, expected=self.limit, actual=self.found(artefact), hint=hint)


MEASURES: dict[str, Measure] = {}
"""By requirement; filled as the rules are imported."""


def measure(
    requirement: str, where: str, *, limit: str, found: Callable[[Any], str], hint: str = ""
) -> Measure:
    """Make the measure of a requirement and enter it into `MEASURES`."""
    MEASURES[requirement] = Measure(where, limit, found, hint)
    return MEASURES[requirement]
