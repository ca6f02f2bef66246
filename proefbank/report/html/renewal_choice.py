"""Which courses of a run are drawn, and which of them leads the page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from proefbank.journal import Journal
from proefbank.report.html.renewal import Course, courses
from proefbank.report.html.renewal_picture import Picture, picture
from proefbank.report.words import ENGLISH, Words

__all__ = ["leading", "pictures"]

_BUDGET = 400_000
"""Characters that all pictures of a page may take; one takes some six thousand."""
_BESIDES = 4_000
"""Characters that a picture takes besides its marks, roughly."""


def leading(found: Iterable[Course], failed: Collection[str]) -> Course | None:
    """Return the course to look at first, given the stagings in which a judgement failed.

    It is one that goes through all three steps, a failed one if there is, and else the first
    that failed; failing that, the first with as many steps as any.
    """

    def rank(course: Course) -> tuple[bool, bool, int]:
        bad = course.stage in failed
        return course.whole, bad, 0 if bad else len(course.steps)

    return max(found, key=rank, default=None)


def pictures(
    journals: Mapping[str, Journal], failed: Collection[str], words: Words = ENGLISH
) -> tuple[Picture | None, dict[str, tuple[Picture, ...]]]:
    """Return the picture to look at first, and by staging those besides it.

    Where there are more than a page should hold, stagings without a failure go without.
    """
    found = [course for journal in journals.values() for course in courses(journal)]
    first = leading(found, failed)
    if first is None:
        return None, {}
    kept: dict[str, tuple[Picture, ...]] = {}
    left = _BUDGET
    for course in sorted(found, key=lambda one: one.stage not in failed):
        if course is first:
            continue
        drawn = picture(course, failed=course.stage in failed, words=words)
        left -= drawn.size + _BESIDES
        if left < 0:
            break
        kept[course.stage] = (*kept.get(course.stage, ()), drawn)
    return picture(first, failed=first.stage in failed, words=words), kept
