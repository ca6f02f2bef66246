"""What an administrator would not do on an ordinary day, and a timeline must own up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from .timeline import DAY, Step, Timeline

__all__ = ["ODDITIES", "oddities"]

ODDITIES: Mapping[str, str] = MappingProxyType(
    {
        "close-steps": "Two steps are less than a day apart: a daily fetch may miss one.",
        "without-notice": "A key signs less than a day after it was published.",
        "without-overlap": "A key is removed less than a day after it last signed.",
        "rollback": "A key signs again after another one did.",
        "same-kid": "A key takes over the kid of another.",
    }
)
"""What each name in `knowingly` stands for."""


def oddities(timeline: Timeline) -> dict[str, str]:
    """Return the oddities of a timeline by name, each with where it was first seen."""
    found: dict[str, str] = {}
    for name, where in _all(timeline):
        found.setdefault(name, where)
    return found


def _all(timeline: Timeline) -> Iterator[tuple[str, str]]:
    for one, two in pairwise(timeline.steps):
        if two.at - one.at < DAY:
            yield "close-steps", f"{two.name!r} is less than a day after {one.name!r}"
        if two.signs != one.signs:
            yield from _change_of_signer(timeline, one, two)
        for gone in set(one.published) - set(two.published):
            signed_until = _signed_until(timeline, gone, two.at)
            if two.at - signed_until < DAY:
                yield "without-overlap", f"{gone} is removed within a day after it last signed"
    for name, other in timeline.same_kid.items():
        yield "same-kid", f"{name} takes over the kid of {other}"


def _change_of_signer(timeline: Timeline, one: Step, two: Step) -> Iterator[tuple[str, str]]:
    earlier = [step for step in timeline.steps if step.at <= one.at]
    if any(step.signs == two.signs for step in earlier):
        yield "rollback", f"{two.signs} signs again from {two.name!r} on"
    published = next(step.at for step in timeline.steps if two.signs in step.published)
    if two.at - published < DAY:
        yield "without-notice", f"{two.signs} signs within a day after it was published"


def _signed_until(timeline: Timeline, name: str, before: float) -> float:
    """Return when `name` last stopped signing, at `before` at the latest."""
    stopped = float("-inf")
    for one, two in pairwise(timeline.steps):
        if one.signs == name and two.at <= before:
            stopped = two.at
    return stopped
