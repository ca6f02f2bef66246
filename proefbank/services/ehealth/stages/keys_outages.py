"""The key set is out of reach, or something else comes in its place."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..provider.stimuli import CATALOGUE
from ..wire import keys_outages as read
from .timetable import ACC, ALWAYS, DAY, HOUR, MINUTE, STEP_1, STEP_3, instant
from .walking import fresh, played, walk

AFTER = 6 * MINUTE
"""After which cooldowns between fetches are over."""
OUTAGE = "outage-across-step"
SPOILT: dict[str, tuple[type[read.SpoiltFetch], tuple[str, ...]]] = {
    "server-error": (read.ServerError, ("jwks-503", "jwks-html-502")),
    "no-answer": (read.NoAnswer, ("jwks-reset",)),
    "cut-off-set": (read.CutOffSet, ("jwks-truncated-json", "jwks-cut-body")),
    "page-for-set": (read.PageForSet, ("jwks-html-200", "jwks-empty-body")),
    "empty-set": (read.EmptySet, ("jwks-empty-keys", "jwks-no-keys-member", "jwks-bare-list")),
}


@played("keys-outage", read.BridgedOutage)
def outage(staging: Staging) -> None:
    """The key set goes out of reach; tokens come after 20 minutes, 2 hours and 12 hours."""
    begin = STEP_1 - 2 * DAY
    fresh(staging, ACC, begin)
    staging.show(note="control")
    staging.arm("jwks-503", times=ALWAYS)
    for later in (20 * MINUTE, 2 * HOUR, 12 * HOUR):
        staging.at(begin + later)
        staging.show(note="probe", insist=True)


@played("keys-outage-across-step-2", read.BridgedOutage)
def outage_across_step(staging: Staging) -> None:
    """The key set is out of reach from two hours before step 2 until six hours after it."""
    step = instant(OUTAGE, "S2")
    fresh(staging, OUTAGE, step - 2.5 * HOUR)
    staging.show(note="control")
    for later in (-1, 0.5, 5.5):
        staging.at(step + later * HOUR)
        staging.show(note="probe", insist=True)


@played("keys-outage-for-days", read.LongOutage)
def long_outage(staging: Staging) -> None:
    """The key set goes out of reach an hour before step 3; three days after it OLD comes."""
    fresh(staging, ACC, STEP_3 - 1.5 * HOUR)
    staging.show(key="OLD", note="control")
    staging.at(STEP_3 - HOUR)
    staging.arm("jwks-503", times=ALWAYS)
    walk(staging, STEP_3 - HOUR, STEP_3 + 3 * DAY, every=HOUR)
    staging.at(STEP_3 + 3 * DAY)
    staging.show(key="OLD", note="probe", insist=True)


def _spoilt(name: str, reading: type[read.SpoiltFetch], stimuli: tuple[str, ...]) -> None:
    def script(staging: Staging) -> None:
        for stimulus in stimuli:
            fresh(staging, "S0")
            staging.advance(AFTER)
            staging.show(note="control")
            staging.arm(stimulus, times=ALWAYS)
            staging.show("unknown-kid", note="bait")
            staging.show(note="probe", insist=True)

    told = " ".join(CATALOGUE[stimulus].description for stimulus in stimuli)
    script.__doc__ = f"An unknown kid calls for a fetch, then a good token comes. {told}"
    wire = ["faults"] if name in ("no-answer", "cut-off-set") else []
    # No "played": whether it lives through a renewal is not asked where its key set is spoilt.
    stage(f"keys-{name}", judges=[reading], needs=["jwt"], wire=wire)(script)


for _name, (_reading, _stimuli) in SPOILT.items():
    _spoilt(_name, _reading, _stimuli)


@played("keys-failed-fetches", read.FailedFetches)
def failed_fetches(staging: Staging) -> None:
    """Two hours after the key set went out of reach fifty tokens come at once."""
    begin = STEP_1 - 2 * DAY
    fresh(staging, ACC, begin, quiet=True)
    staging.arm("jwks-503", times=ALWAYS)
    staging.at(begin + 2 * HOUR)
    for _ in range(50):
        staging.show(note="probe")


@stage("keys-asked-to-wait", judges=[read.AskedToWait], needs=["jwt"])  # or waiting is a crash
def asked_to_wait(staging: Staging) -> None:
    """The key set answers 429 and asks for two minutes; unknown kids come now and in a minute."""
    fresh(staging, "S0", quiet=True)
    staging.advance(AFTER)
    staging.arm("jwks-429-retry-after", times=ALWAYS, seconds=120)
    staging.show("unknown-kid", note="bait")
    staging.advance(MINUTE)
    staging.show("unknown-kid", note="probe")
