"""Where keys come from, and how old they grow."""

from __future__ import annotations

from itertools import pairwise

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.keys_age import (
    CLOCK_CHANGE,
    AcrossClockChange,
    AfterIdleSpell,
    FirstAcceptance,
    FreshlyFetchedKey,
    NewKeyUnderOldKid,
    OfficeHours,
    QuarterHours,
    ReplacedSet,
    SteadyAcrossRemoval,
)
from .outcomes import KEY
from .renewal import HOUR, hours, must_accept, must_refuse

A_DAY = 25 * HOUR
"""A day, and an hour of grace."""
ABOUT_HOURLY = 1.5 * HOUR
MUCH_LONGER = 0.75 * HOUR
"""More than the half hour between two tokens can make of equal gaps."""
ENOUGH = 2
DAILY = "fetch the key set at least once a day, whatever tokens come"


@rule("ehealth.keys.come-from-the-key-set")
def from_key_set(first: FirstAcceptance) -> Finding | None:
    """A key in the configuration works until the next renewal, and then stops every call."""
    taken = next((item for item in first.probes if item.accepted), None)
    if taken is None:
        raise DoesNotApply("the first token was not accepted, which is a requirement of its own")
    last = max((item.number for item in taken.exchanges), default=taken.start)
    if any(item.number <= last for item in first.delivered):
        return None
    pages = taken.on("realm-page")
    return Finding(
        "what was fetched before the first token was accepted",
        expected="the key set",
        actual="the realm's page" if pages else "nothing",
        hint="take keys from the key set only: the page has but the key that signs now",
        exchange=taken.exchange,
    )


@rule("ehealth.keys.fetched-at-least-daily")
def at_least_daily(days: OfficeHours) -> Finding | None:
    """Six days of notice are no notice for a consumer that looks once a week."""
    for shown in days.noted("walk"):
        age = days.age_at(shown)
        if not shown.accepted or (age is not None and age <= A_DAY):
            continue
        return Finding(
            "age of the key set when a token was verified",
            expected="at most a day",
            actual="it was never fetched" if age is None else hours(age),
            hint=DAILY,
            exchange=shown.exchange,
        )
    return None


@rule("ehealth.keys.fetched-set-is-used")
def set_is_used(key: FreshlyFetchedKey) -> Finding | None:
    """A set that was fetched and is not looked at is as good as none."""
    kid, start = key.kids.get("NEW", ""), key.probes[0].start
    if not any(kid in item.kids for item in key.delivered if item.number <= start):
        raise DoesNotApply("no key set was fetched within a day, which is a requirement of its own")
    return must_accept(key.probes, hint="replace the keys in use by those of each fetch")


@rule("ehealth.keys.fetch-replaces-the-set")
def replaces(key: ReplacedSet) -> Finding | None:
    """Keys are removed because they may be used no longer; a leaked one is removed for that."""
    probe = key.probes[0]
    if len(key.without("OLD", before=probe)) < ENOUGH:
        raise DoesNotApply(
            "no two key sets were fetched after the removal, which is a requirement of its own"
        )
    return must_refuse(key.probes, KEY, hint="let each fetch replace the keys, not add to them")


@rule("ehealth.keys.listed-key-counts-for-its-kid")
def listed_key_counts(key: NewKeyUnderOldKid) -> Finding | None:
    """A set is what is listed, under whatever kid."""
    if not key.refetched:
        raise DoesNotApply("the new key set was not fetched, which is a requirement of its own")
    return must_accept(key.probes, hint="let each fetch replace the keys, those of known kids too")


@rule("ehealth.keys.ages-out-under-steady-traffic")
def ages_out(key: SteadyAcrossRemoval) -> Finding | None:
    """Whoever fetches for unknown kids only never hears that a key is gone."""
    probe = key.probes[0]
    if probe.accepted and key.without("OLD", before=probe):
        raise DoesNotApply("a set without the key was fetched, which is a requirement of its own")
    return must_refuse(key.probes, KEY, hint=DAILY)


@rule("ehealth.keys.removal-is-noticed-within-an-hour")
def about_hourly(day: QuarterHours) -> Finding | None:
    """The sooner a removed key is forgotten, the less a thief can do with it."""
    times = [item.at for item in day.delivered] or [day.shown[0].at]
    longest = max(later - one for one, later in pairwise([*times, day.shown[-1].at]))
    if longest > A_DAY:
        raise DoesNotApply("it is fetched less than daily, which is a requirement of its own")
    if longest < ABOUT_HOURLY:
        return None
    return Finding(
        "longest time between two fetches under steady traffic",
        expected="about an hour",
        actual=hours(longest),
        hint="let the key set live for an hour",
    )


@rule("ehealth.keys.idle-spell-ends-with-a-fresh-set")
def after_silence(key: AfterIdleSpell) -> Finding | None:
    """After a long weekend the first token is verified like any other."""
    return must_refuse(key.probes, KEY, hint="fetch before the answer when the set is a day old")


@rule("ehealth.keys.day-is-elapsed-time")
def elapsed_time(night: AcrossClockChange) -> Finding | None:
    """Once a year the local clock shows an hour twice."""
    around = [(later.at - one.at, one, later) for one, later in pairwise(night.delivered)]
    spans = [place for place, (_, a, b) in enumerate(around) if a.at <= CLOCK_CHANGE < b.at]
    if not spans:
        raise DoesNotApply("no two fetches lie around the change of the clocks")
    place = spans[0]
    others = [around[index][0] for index in (place - 1, place + 1) if 0 <= index < len(around)]
    if not others:
        raise DoesNotApply("there is no other pair of fetches to compare with")
    gap, _, later = around[place]
    if gap < max(others) + MUCH_LONGER:
        return None
    return Finding(
        "time between two fetches, with the change of the clocks between them",
        expected=f"{hours(max(others))}, as before and after",
        actual=hours(gap),
        hint="measure the age of the set with a clock that does not jump",
        exchange=later.number,
    )
