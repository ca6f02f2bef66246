"""What a check of a signed run comes to: one line for each of the three questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Line", "Problem", "Standing", "decided"]


class Standing(StrEnum):
    """Where one question stands."""

    VALID = "valid"
    UNDECIDED = "undecided"
    """Nothing is wrong, but it cannot be told here: another version's rules, say."""
    ABSENT = "absent"
    """There is nothing to check: the run is not signed."""
    WRONG = "wrong"


_ORDER = (Standing.VALID, Standing.ABSENT, Standing.UNDECIDED, Standing.WRONG)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and the file that it is about."""

    file: str
    text: str

    def __str__(self) -> str:
        """The file first."""
        return f"{self.file}: {self.text}"


@dataclass(frozen=True, slots=True)
class Line:
    """The answer to one question, with everything that speaks against it."""

    about: str
    """`signature`, `content` or `evidence`."""
    standing: Standing
    text: str
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the line as JSON-able members."""
        return {
            "about": self.about,
            "standing": self.standing.value,
            "text": self.text,
            "problems": [{"file": item.file, "text": item.text} for item in self.problems],
            "notes": list(self.notes),
            "facts": dict(self.facts),
        }


def decided(lines: tuple[Line, ...]) -> Standing:
    """Return where the whole stands: as its worst line."""
    return max((line.standing for line in lines), key=_ORDER.index)
