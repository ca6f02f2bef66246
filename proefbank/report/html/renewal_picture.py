"""A course of a renewal as a picture: lanes, bands, marks, an axis, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proefbank.report.html import renewal_places as places
from proefbank.report.html.renewal import OTHER, Course
from proefbank.report.html.renewal_marks import Band, Lane, Row, glyph
from proefbank.report.html.renewal_time import axis
from proefbank.report.html.renewal_words import Span, lanes_of, spans, told, troubles
from proefbank.report.words import ENGLISH, Words

__all__ = ["Picture", "picture"]

_MOST_TROUBLES = 20
_FETCHES = {"arrived": "renewal.fetch_arrived", "failed": "renewal.fetch_brought_none"}


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


def picture(course: Course, *, failed: bool = False, words: Words = ENGLISH) -> Picture:
    """Return a course as a picture."""
    scale = places.Scale(course)
    bands, top = places.bands(course, scale, words)
    wide = places.closeness(course, scale)
    lanes, bottom = places.lanes(course, scale, top, wide, words)
    found = troubles(course, words)
    title = "renewal.picture_numbered" if course.number > 1 else "renewal.picture"
    ticks = axis(scale.since, scale.until, words)
    return Picture(
        course=course,
        title=words(title, stage=course.stage, number=str(course.number)),
        told=told(course, words),
        height=bottom + 42,
        top=top,
        bottom=bottom,
        bands=bands,
        lanes=lanes,
        ticks=tuple((scale(at), one, two) for at, one, two in ticks),
        legend=_legend(lanes, words),
        columns=tuple(places.lane_name(lane, words) for lane in lanes_of(course)),
        spans=tuple(spans(course, words)),
        troubles=tuple(found[:_MOST_TROUBLES]),
        more=max(0, len(found) - _MOST_TROUBLES),
        together=wide > places.CLOSEST,
        failed=failed,
    )


def _legend(lanes: Sequence[Lane], words: Words) -> tuple[Row, ...]:
    found = []
    for lane in lanes:
        for row in lane.rows:
            whose = "other" if lane.lane == OTHER else "token"
            key = _FETCHES.get(row.what) or f"renewal.{whose}_{row.what}"
            path = f"M8 8{glyph(row.lane, row.what)}"
            found.append(Row(row.lane, row.what, path, words(key, key=lane.lane)))
    return tuple(found)
