"""How time goes by in the stagings of the renewal: shared by those of keys and of rotation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proefbank.judge import Reading
from proefbank.staging import Staging, stage

from ..wire.rotation import OneProcess
from .timetable import ALWAYS, HOUR

__all__ = ["QUIET", "Script", "fresh", "office_hours", "played", "until_fetched", "walk"]

QUIET = "jwks-no-cache-headers"
"""Armed where fetches are counted, so that no caching header has a say."""
SLACK = 1.0
"""Seconds that a step takes longer: who fetches at full hours is not late by a rounding."""
LONGEST_WALK = 60

Script = Callable[[Staging], None]


def played(
    name: str, *readings: type[Reading], wire: Sequence[str] = ()
) -> Callable[[Script], Script]:
    """Register the decorated script as a stage; crashes belong to a requirement of their own."""
    return stage(name, judges=[*readings, OneProcess], needs=["jwt"], wire=wire)


def fresh(
    staging: Staging, account: str, instant: float | None = None, *, quiet: bool = False
) -> None:
    """Have the consumer start, at `instant` or now, with an unjudged token of the signing key.

    Where it is `quiet`, because fetches are counted, a token that must be accepted follows: a
    consumer that verifies nothing fetches nothing.
    """
    staging.begin(account)
    if quiet:
        staging.arm(QUIET, times=ALWAYS, anytime=True)
    if instant is not None:
        staging.at(instant)
    staging.show(note="opening")
    if quiet:
        staging.show(note="control")


def walk(staging: Staging, since: float, until: float, *, every: float, note: str = "walk") -> None:
    """Show a token of the signing key every so many seconds; the first at `since`."""
    instant = since
    while instant < until:
        staging.at(instant)
        staging.show(note=note)
        instant += every + SLACK


def office_hours(staging: Staging, midnight: float) -> None:
    """Show a token of the signing key every hour from 8 to 18."""
    walk(staging, midnight + 8 * HOUR, midnight + 18.5 * HOUR, every=HOUR)


def until_fetched(staging: Staging, times: int, *, since: float) -> None:
    """Show tokens hour by hour until the key set was fetched so often, for 60 hours at most."""
    before = staging.seen("jwks")
    for hour in range(LONGEST_WALK):
        staging.at(since + hour * (HOUR + SLACK))
        staging.show(note="walk")
        if staging.seen("jwks") >= before + times:
            break
