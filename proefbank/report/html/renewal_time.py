"""Instants of a picture in words, and the ticks below it; all of it in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from proefbank.report.words import ENGLISH, Words

__all__ = ["axis", "day_words", "words"]

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STEPS = (
    *(n for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28, 56, 112, 365)),
)
_MOST = 8


def words(at: float, language: Words = ENGLISH) -> str:
    """Return an instant, to the minute: `14 Oct 2024 22:00`."""
    told = _when(at)
    return f"{language.short_day(told.date())} {told:%H:%M}"


def day_words(text: str, language: Words = ENGLISH) -> str:
    """Return `2024-10-15` as `15 Oct 2024`, and what is no date as it is."""
    try:
        return language.short_day(date.fromisoformat(text))
    except ValueError:
        return text


def axis(since: float, until: float, language: Words = ENGLISH) -> list[tuple[float, str, str]]:
    """Return up to eight round instants between two: each with what stands below it.

    The second line has what does not change from tick to tick: the year of days, the day of
    hours.
    """
    step = next((n for n in _STEPS if (until - since) / n <= _MOST), _STEPS[-1])
    step = max(step, int((until - since) // _MOST))
    first = -(-since // step) * step
    found: list[tuple[float, str, str]] = []
    before = ""
    for place in range(_MOST + 1):
        if (at := first + place * step) > until:
            break
        told = _when(at)
        if step >= _DAY:
            line, below = language.short_month(told), str(told.year)
        else:
            line = f"{told:%H:%M}" if step >= _MINUTE else f"{told:%H:%M:%S}"
            below = language.short_day(told.date())
        found.append((at, line, below if below != before else ""))
        before = below
    return found


def _when(at: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
