"""A course of a renewal laid out as a picture: lanes, bands, marks and an axis, as plain values.

Lengths are units of the picture, which is `WIDTH` wide. What a mark means shows in its lane, its
shape and whether it is filled; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from proefbank.report.html.renewal import FETCH, OTHER, Course, Step
from proefbank.report.html.renewal_time import axis
from proefbank.report.html.renewal_words import Span, lanes_of, spans, step_words, told, troubles

__all__ = ["WIDTH", "Band", "Lane", "Picture", "Row", "glyph", "picture"]

WIDTH = 984
LEFT, RIGHT = 136.0, 944.0
_MOST = 300
"""Marks that are drawn one by one; beyond it, those that lie together are drawn as one."""
_BINS = (2.0, 9.0, 18.0, 36.0, 72.0)
_LABELLED = 5
"""As many as this in one place get their number beside them, where there is room."""
_ROOM = 34.0
_LINE, _ROW, _GAP = 17.0, 18.0, 7.0
_LETTER, _DIGIT = 6.6, 7.4
_MOST_TROUBLES = 20
_SHAPES = {
    "OLD": "m-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0zm4.2 0",
    "NEW": "m-3.8-3.8h7.6v7.6h-7.6zm3.8 3.8",
    "NEXT": "m0-5l4.6 8.4h-9.2zm0 5",
    OTHER: "m0-5.2l5.2 5.2l-5.2 5.2l-5.2-5.2zm0 5.2",
}
_TICK, _CROSS = "m0-6.5v13", "m-4.5-4.5l9 9m0-9l-9 9"
_STRIKE = "m-5.6 5.6l11.2-11.2"
_UPPER = ("arrived", "accepted")
_FETCHES = {"arrived": "a fetch that brought a key set", "failed": "a fetch that did not"}
_TOKENS = {"accepted": "accepted", "refused": "refused", "unanswered": "got no answer"}


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


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template draws."""

    course: Course
    title: str
    told: str
    """The picture in words."""
    height: float
    top: float
    bottom: float
    bands: tuple[Band, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str, str], ...]
    """Where, and the two lines below."""
    legend: tuple[Row, ...]
    columns: tuple[str, ...]
    """The lanes of tokens in the table."""
    spans: tuple[Span, ...]
    troubles: tuple[tuple[str, str], ...]
    more: int
    """Troubles that are left out."""
    together: bool
    """Whether marks that lie close together are drawn as one."""
    failed: bool
    """Whether a judgement of this staging failed."""

    @property
    def id(self) -> str:
        """The staging, and the scenario if it is not the first."""
        number = self.course.number
        return self.course.stage + (f"-{number}" if number > 1 else "")

    @property
    def size(self) -> int:
        """Characters that its marks take."""
        return sum(len(row.path) for lane in self.lanes for row in lane.rows)

    @property
    def dated(self) -> bool:
        """Whether a step has a date and no hour."""
        return any(step.date for step in self.course.steps[1:])


def picture(course: Course, *, failed: bool = False) -> Picture:
    """Return a course as a picture."""
    scale = _Scale(course)
    bands, top = _bands(_stretches(course, scale))
    together = len(course.marks) > _MOST
    wide = next(
        (b for b in _BINS[together:] if _drawn(course, scale, b) <= _MOST),
        _BINS[-1],
    )
    lanes, bottom = _lanes(course, scale, top, wide)
    found = troubles(course)
    number = f", scenario {course.number}" if course.number > 1 else ""
    return Picture(
        course=course,
        title=f"Tokens shown and key sets fetched in {course.stage}{number}",
        told=told(course),
        height=bottom + 42,
        top=top,
        bottom=bottom,
        bands=bands,
        lanes=lanes,
        ticks=tuple((scale(at), one, two) for at, one, two in axis(scale.since, scale.until)),
        legend=_legend(lanes),
        columns=tuple(_name(lane) for lane in lanes_of(course)),
        spans=tuple(spans(course)),
        troubles=tuple(found[:_MOST_TROUBLES]),
        more=max(0, len(found) - _MOST_TROUBLES),
        together=wide > _BINS[0],
        failed=failed,
    )


def glyph(lane: str, what: str) -> str:
    """Return a mark relative to its middle, where the pen ends too."""
    if lane == FETCH:
        return _TICK if what == "arrived" else _CROSS
    return _SHAPES[lane] + (_STRIKE if what == "refused" else "")


class _Scale:
    """From instants to places; a little room is left on both sides."""

    def __init__(self, course: Course) -> None:
        room = (course.until - course.since) * 0.025
        self.since, self.until = course.since - room, course.until + room

    def __call__(self, at: float) -> float:
        share = (at - self.since) / (self.until - self.since)
        return round(LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT), 1)


_Stretch = tuple[Step, float, float]


def _stretches(course: Course, scale: _Scale) -> list[_Stretch]:
    """Return each step with its place and width."""
    edges = [LEFT, *(scale(step.since or 0.0) for step in course.steps[1:]), RIGHT]
    widths = [(one, round(two - one, 1)) for one, two in pairwise(edges)]
    return [(step, *place) for step, place in zip(course.steps, widths, strict=True)]


def _bands(stretches: Sequence[_Stretch]) -> tuple[tuple[Band, ...], float]:
    """Return the bands, and where they begin: below the words of the steps."""
    lines: list[float] = []  # how far each line of words is full
    found = []
    for place, (step, x, width) in enumerate(stretches):
        text = step_words(step) if place else ""
        long = len(text) * _LETTER + 8
        ends = x + long > RIGHT
        left = x - long if ends else x
        line = 0
        if text:
            line = next((n for n, full in enumerate(lines) if full <= left), len(lines))
            lines[line : line + 1] = [left + long]
        found.append(Band(step.state, x, width, text, 13 + line * _LINE, ends, step.exact))
    return tuple(found), 8 + len(lines) * _LINE


def _drawn(course: Course, scale: _Scale, wide: float) -> int:
    return sum(len(row) for row in _spots(course, scale, wide).values())


_Spot = tuple[float, int]
"""A place, and how many marks it stands for."""


def _spots(course: Course, scale: _Scale, wide: float) -> dict[tuple[str, str], list[_Spot]]:
    """Return where marks are drawn, by lane and kind: one for those less than `wide` apart."""
    found: dict[tuple[str, str], list[_Spot]] = {}
    for mark in course.marks:
        row, x = found.setdefault((mark.lane, mark.what), []), scale(mark.at)
        if row and x - row[-1][0] < wide:
            row[-1] = (row[-1][0], row[-1][1] + 1)
        else:
            row.append((x, 1))
    return found


def _lanes(
    course: Course, scale: _Scale, top: float, wide: float
) -> tuple[tuple[Lane, ...], float]:
    spots, stretches = _spots(course, scale, wide), _stretches(course, scale)
    found, y = [], top + 24
    for lane in (FETCH, *lanes_of(course)):
        mine = {what: row for (name, what), row in spots.items() if name == lane}
        height = (1 if set(mine) <= set(_UPPER) else 2) * _ROW + 6
        middles = {what: y + 3 + _ROW * (0.5 if what in _UPPER else 1.5) for what in mine}
        rows = tuple(
            Row(
                lane,
                what,
                "".join(f"M{x:g} {middles[what]:g}{glyph(lane, what)}" for x, _ in row),
            )
            for what, row in sorted(mine.items())
        )
        found.append(
            Lane(
                lane=lane,
                name=_name(lane),
                y=y,
                height=height,
                rows=rows,
                counts=tuple(c for w, row in mine.items() for c in _counts(row, middles[w])),
                listed=_joined((x, w) for s, x, w in stretches if lane in s.published),
                signs=_joined((x, w) for s, x, w in stretches if lane == s.signs),
            )
        )
        y += height + _GAP
    return tuple(found), y


def _counts(row: Sequence[_Spot], y: float) -> Iterable[tuple[float, float, int]]:
    """Yield the numbers that stand beside marks with nothing close to their right."""
    for (x, n), after in zip_longest(row, row[1:]):
        if n >= _LABELLED and (after is None or after[0] - x > _ROOM):
            long = _DIGIT * (len(str(n)) + 1)
            yield (round(x + 9 if x + 9 + long <= RIGHT else x - 9 - long, 1)), y + 4, n


def _joined(pieces: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return stretches with those that touch made one."""
    found: list[tuple[float, float]] = []
    for x, width in pieces:
        if found and abs(sum(found[-1]) - x) < 1:
            found[-1] = (found[-1][0], round(x + width - found[-1][0], 1))
        else:
            found.append((x, width))
    return tuple(found)


def _name(lane: str) -> str:
    return {FETCH: "key set", OTHER: "other tokens"}.get(lane, f"tokens of {lane}")


def _legend(lanes: Sequence[Lane]) -> tuple[Row, ...]:
    found = []
    for lane in lanes:
        for row in lane.rows:
            token = "another token" if lane.lane == OTHER else f"a token of {lane.lane}"
            words = _FETCHES.get(row.what) or f"{token}, {_TOKENS[row.what]}"
            found.append(Row(row.lane, row.what, f"M8 8{glyph(row.lane, row.what)}", words))
    return tuple(found)
