"""The key set is fetched, and grows old: how often, and what a fetch changes."""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.staging import Staging

from ..wire import keys_age as read
from .timetable import (
    ACC,
    ALWAYS,
    DAY,
    HOUR,
    MINUTE,
    STEP_1,
    STEP_3,
    instant,
)
from .walking import fresh, office_hours, played, until_fetched, walk

REPLACED = instant("same-kid-new-key", "S3")


@played("keys-cold-start", read.FirstAcceptance)
def cold_start(staging: Staging) -> None:
    """A token is shown to a consumer that was just started."""
    if not staging.can("fresh"):
        raise NotObservable("the API was started before; --api-command would show it")
    staging.begin("S0")
    staging.show(note="probe")


@played("keys-office-hours", read.OfficeHours)
def five_days(staging: Staging) -> None:
    """Tokens of one key come in office hours, from two days before step 1 to three after it."""
    fresh(staging, ACC, STEP_1 - 2 * DAY + 7.5 * HOUR, quiet=True)
    for day in range(-2, 3):
        office_hours(staging, STEP_1 + day * DAY)


@played("keys-fetched-set-is-used", read.FreshlyFetchedKey)
def fetched_set(staging: Staging) -> None:
    """A day after step 1 the key set is fetched; then it goes out of reach, and NEW signs."""
    fresh(staging, ACC, STEP_1 - HOUR)
    before = staging.seen("jwks")
    staging.at(STEP_1 + DAY)
    for _ in range(4):
        staging.show(note="walk")
        if staging.seen("jwks") > before:
            break
        staging.advance(30 * MINUTE)
    staging.arm("jwks-503", times=ALWAYS)
    staging.show(key="NEW", note="probe", insist=True)


@played("keys-fetch-replaces-the-set", read.ReplacedSet)
def replaced_set(staging: Staging) -> None:
    """Step 3 removes OLD; tokens of NEW come until the key set was fetched twice, then OLD."""
    fresh(staging, ACC, STEP_3 - HOUR)
    staging.show(key="OLD", note="control")
    until_fetched(staging, 2, since=STEP_3 + 1)
    staging.show(key="OLD", note="probe", insist=True)


@played("keys-same-kid-new-key", read.NewKeyUnderOldKid)
def same_kid(staging: Staging) -> None:
    """Another key takes over the kid of the old one; tokens come until it was fetched twice."""
    fresh(staging, "same-kid-new-key", REPLACED - HOUR)
    until_fetched(staging, 2, since=REPLACED + 1)
    staging.show(note="probe", insist=True)


@played("keys-steady-across-step-3", read.SteadyAcrossRemoval)
def steady(staging: Staging) -> None:
    """Tokens of NEW come every half hour across step 3; 25 h after it one of OLD is shown."""
    fresh(staging, ACC, STEP_3 - 12 * HOUR)
    staging.show(key="OLD", note="control")
    walk(staging, STEP_3 - 11.5 * HOUR, STEP_3 + 25 * HOUR, every=30 * MINUTE)
    staging.at(STEP_3 + 25 * HOUR)
    staging.show(key="OLD", note="probe", insist=True)


@played("keys-quarter-hours", read.QuarterHours)
def quarter_hours(staging: Staging) -> None:
    """A token comes every quarter of an hour for 26 hours."""
    begin = STEP_1 - 2 * DAY
    fresh(staging, ACC, begin, quiet=True)
    walk(staging, begin + 15 * MINUTE, begin + 26 * HOUR, every=15 * MINUTE)


@played("keys-idle-across-step-3", read.AfterIdleSpell)
def idle(staging: Staging) -> None:
    """From a day before step 3 until two days after it nothing comes; then a token of OLD."""
    fresh(staging, ACC, STEP_3 - DAY)
    staging.show(key="NEW", note="control")
    staging.show(key="OLD", note="control")
    staging.at(STEP_3 + 2 * DAY)
    staging.show(key="OLD", note="probe")


@played("keys-clock-change", read.AcrossClockChange)
def clock_change(staging: Staging) -> None:
    """Tokens come every half hour around the night in which the clocks go back in Belgium."""
    begin = read.CLOCK_CHANGE - 49 * HOUR
    fresh(staging, ACC, begin, quiet=True)
    walk(staging, begin + 30 * MINUTE, read.CLOCK_CHANGE + 26 * HOUR, every=30 * MINUTE)
