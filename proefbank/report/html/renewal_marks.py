"""Pieces of the picture of a renewal, as plain values: marks, lanes and bands.

Lengths are units of the picture, which is `WIDTH` wide. What a mark means shows in its lane, its
shape and whether it is filled; colour only repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass

from proefbank.report.html.renewal import FETCH, OTHER

__all__ = ["LEFT", "RIGHT", "WIDTH", "Band", "Lane", "Row", "glyph"]

WIDTH = 984
LEFT = 136.0
RIGHT = 944.0
_SHAPES = {
    "OLD": "m-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0zm4.2 0",
    "NEW": "m-3.8-3.8h7.6v7.6h-7.6zm3.8 3.8",
    "NEXT": "m0-5l4.6 8.4h-9.2zm0 5",
    OTHER: "m0-5.2l5.2 5.2l-5.2 5.2l-5.2-5.2zm0 5.2",
}
_TICK = "m0-6.5v13"
_CROSS = "m-4.5-4.5l9 9m0-9l-9 9"
_STRIKE = "m-5.6 5.6l11.2-11.2"


@dataclass(frozen=True, slots=True)
class Row:
    """Marks of one kind, as one path."""

    lane: str
    what: str
    path: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """What stands behind one name on the left."""

    lane: str
    name: str
    y: float
    height: float
    rows: tuple[Row, ...]
    counts: tuple[tuple[float, float, int], ...]
    """Where a number stands beside a mark, and the number."""
    listed: tuple[tuple[float, float], ...]
    """Where its key was in the key set: from, and how wide."""
    signs: tuple[tuple[float, float], ...]
    """Where its key signed."""


@dataclass(frozen=True, slots=True)
class Band:
    """One state of the renewal, and the step that led to it."""

    state: str
    x: float
    width: float
    step: str
    """Empty for the situation at the start."""
    step_y: float
    """Where its words stand."""
    ends: bool
    """Whether its words end at the line, for want of room."""
    exact: bool


def glyph(lane: str, what: str) -> str:
    """Return a mark relative to its middle, where the pen ends too."""
    if lane == FETCH:
        return _TICK if what == "arrived" else _CROSS
    return _SHAPES[lane] + (_STRIKE if what == "refused" else "")
