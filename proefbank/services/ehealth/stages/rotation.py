"""The three steps of a renewal, and what may come between them."""

from __future__ import annotations

from proefbank.staging import Staging

from ..wire import rotation as read
from .timetable import (
    ACC,
    ALWAYS,
    DAY,
    HOUR,
    PROD,
    STEP_1,
    STEP_2,
    STEP_3,
    instant,
)
from .walking import fresh, office_hours, played, walk

STATES = ("S0", "S1", "S2", "S3")
ORDERS = 6
"""Orders of two signing keys and an encryption key."""
TURNS = 10


@played("rotation-cold-starts", read.ColdStarts)
def cold_starts(staging: Staging) -> None:
    """A consumer is started in each state in turn; the first token is of the key that signs."""
    for state in STATES:
        staging.begin(state)
        staging.show(note="probe")


@played("rotation-across-step-1", read.SecondKeyListed)
def across_step_1(staging: Staging) -> None:
    """NEW is published; tokens of OLD come a day later and just before step 2."""
    fresh(staging, ACC, STEP_1 - HOUR)
    for later in (STEP_1 + 25 * HOUR, STEP_2 - HOUR):
        staging.at(later)
        staging.show(note="probe", insist=True)


@played("rotation-fresh-in-s1", read.SecondKeyListed)
def fresh_in_s1(staging: Staging) -> None:
    """A consumer is started while NEW is listed and OLD signs."""
    fresh(staging, "S1")
    staging.show(note="probe")


@played("rotation-first-use", read.FirstUseOfNewKey)
def first_use(staging: Staging) -> None:
    """NEW is listed for six days, with tokens of OLD twice a day; then the first of NEW comes."""
    fresh(staging, ACC, STEP_1 - HOUR, quiet=True)
    walk(staging, STEP_1 + HOUR, STEP_2, every=DAY / 2)
    staging.at(STEP_2 + HOUR)
    staging.show(key="OLD", note="walk")
    staging.show(key="NEW", note="probe")
    staging.show(key="OLD", note="after")


def _across_step_2(timeline: str, name: str) -> None:
    def script(staging: Staging) -> None:
        one, two = instant(timeline, "S1"), instant(timeline, "S2")
        fresh(staging, timeline, one - HOUR)
        walk(staging, one + HOUR, two, every=DAY / 2)
        staging.at(two + 1)
        staging.show(note="probe", insist=True)

    script.__doc__ = f"From step 1 to step 2 OLD signs twice a day, as in {timeline}; then NEW."
    played(f"rotation-across-step-2-{name}", read.NewKeySigns)(script)


_across_step_2(ACC, "acc")
_across_step_2(PROD, "prod")


@played("rotation-fresh-in-s2", read.NewKeySigns, read.OldKeyInOverlap)
def fresh_in_s2(staging: Staging) -> None:
    """A consumer is started while NEW signs and OLD is still listed."""
    fresh(staging, "S2")
    staging.show(key="NEW", note="probe")
    staging.show(key="OLD", note="probe")


@played("rotation-overlap", read.OldKeyInOverlap)
def overlap(staging: Staging) -> None:
    """NEW signs; tokens of OLD come an hour later, and an hour before step 3."""
    fresh(staging, ACC, STEP_1 - HOUR)
    staging.at(STEP_1 + 25 * HOUR)
    staging.show(note="walk")
    staging.at(STEP_2 + 1)
    staging.show(key="NEW", note="walk", insist=True)
    for later in (STEP_2 + HOUR, STEP_3 - HOUR):
        staging.at(later)
        staging.show(key="OLD", note="probe", insist=True)


@played("rotation-side-by-side", read.AlternatingKeys)
def side_by_side(staging: Staging) -> None:
    """Tokens of OLD and NEW come in turn, ten of each at one moment."""
    fresh(staging, "S2")
    for _ in range(TURNS):
        for key in ("OLD", "NEW"):
            staging.show(key=key, note="probe")


@played("rotation-alternation", read.AlternatingFetches)
def alternation(staging: Staging) -> None:
    """Twenty tokens of NEW come, then ten of OLD and ten of NEW in turn."""
    fresh(staging, "S2", quiet=True)
    for _ in range(2 * TURNS):
        staging.show(key="NEW", note="before")
    for _ in range(TURNS):
        for key in ("OLD", "NEW"):
            staging.show(key=key, note="probe")


@played("rotation-same-token", read.SameTokenAfterRemoval)
def same_token(staging: Staging) -> None:
    """A token of OLD that lives long is accepted, and shown again after step 3."""
    midnight = STEP_3 - DAY
    fresh(staging, ACC, midnight + 8 * HOUR)
    token = staging.token(key="OLD", life=5 * DAY)
    staging.show_again(token, note="control")
    for day in range(2):
        office_hours(staging, midnight + day * DAY + 60)
    staging.at(midnight + 2 * DAY + 8 * HOUR)
    for _ in range(2):  # who fetches behind the answer gets a second chance
        staging.show_again(token, note="probe")


@played("rotation-across-step-3", read.NewKeyAfterRemoval)
def across_step_3(staging: Staging) -> None:
    """OLD is removed; tokens of NEW come one hour and 25 hours later."""
    fresh(staging, ACC, STEP_3 - 1.5 * HOUR)
    for later in (STEP_3 + HOUR, STEP_3 + 25 * HOUR):
        staging.at(later)
        staging.show(note="probe", insist=True)


@played("rotation-fresh-in-s3", read.NewKeyAfterRemoval)
def fresh_in_s3(staging: Staging) -> None:
    """A consumer is started when OLD is gone."""
    fresh(staging, "S3")
    staging.show(note="probe")


@played("rotation-whole-acc")
def whole_acc(staging: Staging) -> None:
    """One consumer lives through the renewal in acceptance, with a token or two a day."""
    calm = (STEP_2 + 7 * DAY, STEP_3 - 7 * DAY)
    fresh(staging, ACC, STEP_1 - 2 * DAY)
    walk(staging, STEP_1 - 1.5 * DAY, calm[0], every=DAY / 2)
    walk(staging, *calm, every=DAY)
    walk(staging, calm[1], STEP_3 + DAY, every=DAY / 2)


@played("rotation-whole-prod")
def whole_prod(staging: Staging) -> None:
    """One consumer lives through the renewal in production, with two tokens a day."""
    begin = instant(PROD, "S1") - 2 * DAY
    fresh(staging, PROD, begin)
    walk(staging, begin + DAY / 2, instant(PROD, "S3") + DAY, every=DAY / 2)


@played("rotation-orders", read.EveryOrder)
def orders(staging: Staging) -> None:
    """The keys are listed in every order; a token of OLD comes, then one of NEW after OLD."""
    for number in range(ORDERS):
        for first, second in (("NEW", "OLD"), ("OLD", "NEW")):
            staging.begin("S2")
            staging.arm("jwks-permutation", times=ALWAYS, number=number)
            staging.show(key=first, note="opening")
            staging.show(key=second, note="probe")


@played("rotation-rollback", read.RolledBack)
def rollback(staging: Staging) -> None:
    """NEW signs, then OLD signs again; a token comes that OLD has signed since."""
    two = instant("rollback", "S2")
    fresh(staging, "rollback", two + HOUR)
    for key in ("NEW", "OLD"):
        staging.show(key=key, note="control")
    staging.at(instant("rollback", "S1", after=two) + HOUR)
    staging.show(key="OLD", note="probe", insist=True)


@played("rotation-two-renewals", read.ThreeSigningKeys)
def two_renewals(staging: Staging) -> None:
    """A second renewal begins before the first is over; tokens of the third key come."""
    second = instant("two-renewals", "S2", after=instant("two-renewals", "S2") + 1)
    fresh(staging, "two-renewals", second - DAY)
    for later in (HOUR, 25 * HOUR):
        staging.at(second + later)
        staging.show(note="probe", insist=True)


@played("rotation-new-encryption-key", read.NewEncryptionKey)
def new_encryption_key(staging: Staging) -> None:
    """A new encryption key comes on the day of step 2; two days later a token of NEW comes."""
    two = instant("enc-renewed", "S2")
    fresh(staging, "enc-renewed", two - DAY)
    walk(staging, two - 23 * HOUR, two + 2 * DAY, every=HOUR)
    staging.at(two + 2 * DAY)
    staging.show(note="probe", insist=True)
