"""When things happen in the stagings whose clock is moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..provider import Timeline, load_timeline
from ..provider.timeline import Step

__all__ = [
    "ACC",
    "ALWAYS",
    "DAY",
    "HOUR",
    "MINUTE",
    "PROD",
    "STEP_1",
    "STEP_2",
    "STEP_3",
    "SUDDEN",
    "SUDDENLY",
    "instant",
    "present",
]

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
ALWAYS: Final = 10_000
"""Times that a stimulus is armed where it should not go away."""

ACC: Final = "ehealth-2024-acc"
PROD: Final = "ehealth-2025-prod"

_ACC = load_timeline(ACC)
STEP_1, STEP_2, STEP_3 = (_ACC.first(state) for state in ("S1", "S2", "S3"))
"""The steps in acceptance, at midnight in Belgium."""

_EMERGENCY = load_timeline("emergency")
SUDDENLY: Final = _EMERGENCY.first("S3")
SUDDEN: Final = replace(
    _EMERGENCY,
    id="sudden",
    title="A new key signs at once, beside the old one",
    steps=(_EMERGENCY.steps[0], Step("at once", SUDDENLY, "S2", "NEW", ("OLD", "NEW"))),
)
"""A change without notice: from S0 to S2 in one step."""


def instant(timeline: str, state: str, *, after: float = float("-inf")) -> float:
    """Return when a timeline that ships takes its first step into `state`, after `after`."""
    return load_timeline(timeline).first(state, after=after)


def present(state: str, now: float) -> Timeline:
    """Return the renewal in acceptance, moved so that `state` holds at `now`.

    It has begun an hour before; S0 goes on for three more days.
    """
    then = STEP_1 - 3 * DAY if state == "S0" else _ACC.first(state) + HOUR
    return _ACC.shifted(now - then)
