"""Where in the picture of a renewal everything stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise, zip_longest

from proefbank.report.html.renewal import FETCH, OTHER, Course, Step
from proefbank.report.html.renewal_marks import LEFT, RIGHT, Band, Lane, Row, glyph
from proefbank.report.html.renewal_words import lanes_of, step_words
from proefbank.report.words import ENGLISH, Words

__all__ = ["CLOSEST", "Scale", "bands", "closeness", "lane_name", "lanes"]

_MOST = 300
"""Marks that are drawn one by one; beyond it, those that lie together are drawn as one."""
CLOSEST = 2.0
"""Marks less than this apart are one in any picture."""
_BINS = (CLOSEST, 9.0, 18.0, 36.0, 72.0)
_LABELLED = 5
"""As many as this in one place get their number beside them, where there is room."""
_ROOM = 34.0
_LINE = 17.0
_ROW = 18.0
_GAP = 7.0
_LETTER = 6.6
_DIGIT = 7.4
_UPPER = ("arrived", "accepted")


class Scale:
    """From instants to places; a little room is left on both sides."""

    def __init__(self, course: Course) -> None:
        room = (course.until - course.since) * 0.025
        self.since, self.until = course.since - room, course.until + room

    def __call__(self, at: float) -> float:
        """Return where an instant stands."""
        share = (at - self.since) / (self.until - self.since)
        return round(LEFT + min(1.0, max(0.0, share)) * (RIGHT - LEFT), 1)


_Stretch = tuple[Step, float, float]


def _stretches(course: Course, scale: Scale) -> list[_Stretch]:
    """Return each step with its place and width."""
    edges = [LEFT, *(scale(step.since or 0.0) for step in course.steps[1:]), RIGHT]
    widths = [(one, round(two - one, 1)) for one, two in pairwise(edges)]
    return [(step, *place) for step, place in zip(course.steps, widths, strict=True)]


def bands(
    course: Course, scale: Scale, language: Words = ENGLISH
) -> tuple[tuple[Band, ...], float]:
    """Return the bands, and where they begin: below the words of the steps."""
    lines: list[float] = []  # how far each line of words is full
    found = []
    for place, (step, x, width) in enumerate(_stretches(course, scale)):
        text = step_words(step, language) if place else ""
        long = len(text) * _LETTER + 8
        ends = x + long > RIGHT
        left = x - long if ends else x
        line = 0
        if text:
            line = next((n for n, full in enumerate(lines) if full <= left), len(lines))
            lines[line : line + 1] = [left + long]
        found.append(Band(step.state, x, width, text, 13 + line * _LINE, ends, step.exact))
    return tuple(found), 8 + len(lines) * _LINE


def closeness(course: Course, scale: Scale) -> float:
    """Return how far apart marks are at least that are drawn one by one."""
    bins = _BINS[len(course.marks) > _MOST :]
    return next((wide for wide in bins if _drawn(course, scale, wide) <= _MOST), bins[-1])


def _drawn(course: Course, scale: Scale, wide: float) -> int:
    return sum(len(row) for row in _spots(course, scale, wide).values())


_Spot = tuple[float, int]
"""A place, and how many marks it stands for."""


def _spots(course: Course, scale: Scale, wide: float) -> dict[tuple[str, str], list[_Spot]]:
    """Return where marks are drawn, by lane and kind: one for those less than `wide` apart."""
    found: dict[tuple[str, str], list[_Spot]] = {}
    for mark in course.marks:
        row, x = found.setdefault((mark.lane, mark.what), []), scale(mark.at)
        if row and x - row[-1][0] < wide:
            row[-1] = (row[-1][0], row[-1][1] + 1)
        else:
            row.append((x, 1))
    return found


def lanes(
    course: Course, scale: Scale, top: float, wide: float, language: Words = ENGLISH
) -> tuple[tuple[Lane, ...], float]:
    """Return the lanes below `top` with marks at least `wide` apart, and where they end."""
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
                name=lane_name(lane, language),
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


def lane_name(lane: str, language: Words = ENGLISH) -> str:
    """Return what a lane is called."""
    if lane in (FETCH, OTHER):
        return language("renewal.key_set" if lane == FETCH else "renewal.other_tokens")
    return language("renewal.tokens_of", key=lane)
