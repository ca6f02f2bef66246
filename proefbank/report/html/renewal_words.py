"""A course of a renewal in words and numbers: for whoever does not see the picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from proefbank.report.html.renewal import FETCH, KEYS, OTHER, Course, Mark, Step
from proefbank.report.html.renewal_time import day_words, words
from proefbank.report.words import ENGLISH, Words

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


def step_words(step: Step, language: Words = ENGLISH) -> str:
    """Return which step it was and when."""
    when = day_words(step.date, language) if step.date else words(step.since or 0.0, language)
    return language(
        "renewal.step",
        name=language.known(step.name, "step")
        or step.name
        or language("renewal.to_state", state=step.state),
        when=when if step.exact else language("renewal.about", when=when),
    )


def told(course: Course, language: Words = ENGLISH) -> str:
    """Return a course in a few sentences."""
    steps = ", ".join(step_words(step, language) for step in course.steps[1:])
    counts = [
        language(
            "renewal.of_none" if lane == OTHER else "renewal.of_key",
            key=lane,
            counts=_counted(course.of(lane), language),
        )
        for lane in lanes_of(course)
        if course.of(lane)
    ]
    fetches, failed = course.of(FETCH), course.of(FETCH, "failed")
    state = course.steps[0].state
    since, until = words(course.since, language), words(course.until, language)
    asked = "renewal.asked_failed" if failed else "renewal.asked"
    return " ".join(
        (
            language("renewal.from_to", since=since, until=until),
            language("renewal.begins", state=state, steps=steps)
            if steps
            else language("renewal.stays", state=state),
            language("renewal.tokens", counts=language("page.next").join(counts)),
            language.many(asked, len(fetches), failed=len(failed)),
        )
    )


def spans(course: Course, language: Words = ENGLISH) -> list[Span]:
    """Return what came in each state, in order of time."""
    starts = [step.since if step.since is not None else course.since for step in course.steps]
    starts[0] = min(starts[0], course.since)
    begun = language("renewal.start", when=words(course.since, language))
    found = []
    for place, step in enumerate(course.steps):
        until = starts[place + 1] if place + 1 < len(starts) else float("inf")
        marks = [mark for mark in course.marks if starts[place] <= mark.at < until]
        fetches = Counter(mark.what for mark in marks if mark.lane == FETCH)
        found.append(
            Span(
                state=step.state,
                since=step_words(step, language) if place else begun,
                fetched=fetches["arrived"],
                failed=fetches["failed"],
                tokens=tuple(
                    _counted([mark for mark in marks if mark.lane == lane], language)
                    for lane in lanes_of(course)
                ),
            )
        )
    return found


def troubles(course: Course, language: Words = ENGLISH) -> list[tuple[str, str]]:
    """Return when which token was not accepted and which fetch failed; runs count as one."""
    found = []
    bad = [mark for mark in course.marks if mark.what not in ("accepted", "arrived")]
    for (lane, what, said), group in groupby(bad, lambda mark: (mark.lane, mark.what, mark.said)):
        run = list(group)
        when = words(run[0].at, language)
        if len(run) > 1:
            when = language("renewal.span", since=when, until=words(run[-1].at, language))
        why = f" ({said})" if said else ""
        whose = "others" if lane == OTHER else "tokens"
        key = "fetches_failed" if lane == FETCH else f"{whose}_{what}"
        found.append((when, language.many(f"renewal.{key}", len(run), key=lane, why=why)))
    return found


def _counted(marks: list[Mark], language: Words) -> str:
    tally = Counter(mark.what for mark in marks)
    named = [
        language.many(f"renewal.{what}", tally[what])
        for what in ("accepted", "refused", "unanswered")
        if tally[what]
    ]
    return ", ".join(named) or "–"
