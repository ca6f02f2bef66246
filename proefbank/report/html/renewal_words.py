"""A course of a renewal in words and numbers: for whoever does not see the picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from proefbank.report.html.renewal import FETCH, KEYS, OTHER, Course, Mark, Step
from proefbank.report.html.renewal_time import day_words, words
from proefbank.report.text import plural

__all__ = ["Span", "lanes_of", "spans", "step_words", "told", "troubles"]


@dataclass(frozen=True, slots=True)
class Span:
    """One line of the table: what came in one state of the renewal."""

    state: str
    since: str
    fetched: int
    failed: int
    tokens: tuple[str, ...]
    """For each lane of tokens."""


def lanes_of(course: Course) -> list[str]:
    """Return the lanes of tokens that a course needs."""
    listed = {key for step in course.steps for key in step.published}
    return [lane for lane in (*KEYS, OTHER) if course.of(lane) or (lane in listed and lane in KEYS)]


def step_words(step: Step) -> str:
    """Return which step it was and when."""
    when = day_words(step.date) if step.date else words(step.since or 0.0)
    return f"{step.name or 'to ' + step.state}: {'' if step.exact else 'about '}{when}"


def told(course: Course) -> str:
    """Return a course in a few sentences."""
    steps = [step_words(step) for step in course.steps[1:]]
    counts = [
        f"of {_whose(lane)} {_counted(course.of(lane))}"
        for lane in lanes_of(course)
        if course.of(lane)
    ]
    fetches, failed = course.of(FETCH), course.of(FETCH, "failed")
    return " ".join(
        (
            f"From {words(course.since)} to {words(course.until)} UTC, on the bench's clock.",
            f"It begins in state {course.steps[0].state}"
            + (f"; then {', '.join(steps)}." if steps else " and stays there."),
            f"Tokens: {'; '.join(counts)}.",
            f"The client asked for the key set {plural(len(fetches), 'time')}"
            + (f", and {len(failed)} of these brought none." if failed else "."),
        )
    )


def spans(course: Course) -> list[Span]:
    """Return what came in each state, in order of time."""
    starts = [step.since if step.since is not None else course.since for step in course.steps]
    starts[0] = min(starts[0], course.since)
    found = []
    for place, step in enumerate(course.steps):
        until = starts[place + 1] if place + 1 < len(starts) else float("inf")
        marks = [mark for mark in course.marks if starts[place] <= mark.at < until]
        fetches = Counter(mark.what for mark in marks if mark.lane == FETCH)
        found.append(
            Span(
                state=step.state,
                since=step_words(step) if place else f"start: {words(course.since)}",
                fetched=fetches["arrived"],
                failed=fetches["failed"],
                tokens=tuple(
                    _counted([mark for mark in marks if mark.lane == lane])
                    for lane in lanes_of(course)
                ),
            )
        )
    return found


def troubles(course: Course) -> list[tuple[str, str]]:
    """Return when which token was not accepted and which fetch failed; runs count as one."""
    found = []
    bad = [mark for mark in course.marks if mark.what not in ("accepted", "arrived")]
    for (lane, what, said), group in groupby(bad, lambda mark: (mark.lane, mark.what, mark.said)):
        run = list(group)
        when = words(run[0].at) + (f" to {words(run[-1].at)}" if len(run) > 1 else "")
        why = f" ({said})" if said else ""
        if lane == FETCH:
            text = f"{plural(len(run), 'fetch', 'fetches')} failed{why}"
        else:
            text = f"{plural(len(run), 'token')} of {_whose(lane)} {_said(what)}{why}"
        found.append((when, text))
    return found


def _said(what: str) -> str:
    return "got no answer" if what == "unanswered" else what


def _whose(lane: str) -> str:
    return "none of them" if lane == OTHER else lane


def _counted(marks: list[Mark]) -> str:
    tally = Counter(mark.what for mark in marks)
    named = [f"{tally[w]} {w}" for w in ("accepted", "refused", "unanswered") if tally[w]]
    return ", ".join(named) or "–"
