"""Tokens with kids that the consumer does not know, and many tokens with one that it does."""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.staging import Staging, stage

from ..wire import keys_misses as read
from .timetable import ACC, ALWAYS, DAY, HOUR, MINUTE, STEP_1, SUDDEN, SUDDENLY
from .walking import fresh, played, walk

FLOOD = 100


@played("keys-without-notice", read.UnfamiliarKid, read.UnfamiliarKidAgain)
def without_notice(staging: Staging) -> None:
    """Minutes after the last fetch a new key signs that nobody announced."""
    fresh(staging, SUDDEN.id, SUDDENLY - 6 * MINUTE, quiet=True)
    staging.at(SUDDENLY + 1)
    staging.show(note="probe")


@played("keys-replaced-at-once", read.UnannouncedRenewal)
def replaced_at_once(staging: Staging) -> None:
    """A key is replaced without notice or overlap; a day later a token of the new one comes."""
    fresh(staging, "emergency", SUDDENLY - HOUR)
    staging.at(SUDDENLY + 25 * HOUR)
    staging.show(note="probe", insist=True)


@played("keys-flood", read.Flood)
def flood(staging: Staging) -> None:
    """A hundred tokens come at once, each with another kid that nobody published."""
    fresh(staging, "S0", quiet=True)
    if staging.can("clock"):
        staging.advance(6 * MINUTE)
    for _ in range(FLOOD):
        staging.show("unknown-kid", note="probe")


@played("keys-flood-and-known-kids", read.FloodAndKnownKids)
def flood_and_known(staging: Staging) -> None:
    """A hundred tokens with unknown kids come at once, and a good one after every tenth."""
    fresh(staging, "S0", quiet=True)
    for _ in range(3):
        staging.show(note="before")
    for number in range(1, FLOOD + 1):
        staging.show("unknown-kid", note="flood")
        if number % 10 == 0:
            staging.show(note="probe")


@played("keys-flood-and-genuine-key", read.FloodAndGenuineKey)
def flood_and_genuine(staging: Staging) -> None:
    """For ten minutes tokens with unknown kids come; six minutes later one of a new key."""
    fresh(staging, SUDDEN.id, SUDDENLY - 11 * MINUTE)
    for number in range(FLOOD):
        staging.at(SUDDENLY - 10.5 * MINUTE + 6 * number)
        staging.show("unknown-kid", note="flood")
    staging.at(SUDDENLY + 6 * MINUTE)
    staging.show(note="probe", insist=True)


@played("keys-not-yet-listed", read.KeyNotYetListed)
def not_yet_listed(staging: Staging) -> None:
    """A token of NEW comes minutes before NEW is listed, and another one minutes after."""
    fresh(staging, SUDDEN.id, SUDDENLY - 12 * MINUTE)
    staging.at(SUDDENLY - 6 * MINUTE)
    staging.show(key="NEW", note="first")
    staging.at(SUDDENLY + 4 * MINUTE)
    staging.show(key="NEW", note="probe", insist=True)


@played("keys-forged-signatures", read.ForgedSignatures)
def forged(staging: Staging) -> None:
    """Fifty tokens come at once, forged under the kid of the signing key."""
    fresh(staging, "S0", quiet=True)
    for _ in range(FLOOD // 2):
        staging.show("forged-known-kid", note="probe")


@played("keys-many-tokens", read.ManyTokens)
def many(staging: Staging) -> None:
    """A hundred good tokens come at once."""
    fresh(staging, "S0", quiet=True)
    for _ in range(FLOOD):
        staging.show(note="probe")


# No "played": a consumer that takes one call at a time lives through a renewal all the same.
@stage("keys-tokens-at-once", judges=[read.TokensAtOnce], needs=["jwt"])
def at_once(staging: Staging) -> None:
    """Twenty good tokens are in flight while the first key set is slow to come."""
    if not staging.can("concurrency"):
        raise NotObservable(
            "the consumer takes one call at a time; an adapter whose hello says a higher "
            "concurrency would show it"
        )
    staging.begin("S0")
    staging.arm("jwks-delay", times=1, seconds=read.DELAY)
    tokens = [staging.token() for _ in range(20)]
    staging.calls([("jwt.verify", {"token": token}) for token in tokens], note="probe")


def _allowed(stimulus: str, words: str) -> None:
    def script(staging: Staging) -> None:
        begin = STEP_1 - 6 * DAY
        fresh(staging, ACC, begin, quiet=True)
        walk(staging, begin + HOUR, begin + 2 * DAY, every=HOUR, note="before")
        staging.arm(stimulus, times=ALWAYS)
        walk(staging, begin + 2 * DAY, begin + 5 * DAY, every=HOUR, note="probe")

    script.__doc__ = f"A token comes every hour; after two days {words} the key set for 30 days."
    played(f"keys-{stimulus.removeprefix('jwks-')}", read.AllowedForLong)(script)


_allowed("jwks-max-age", "max-age allows to keep")
_allowed("jwks-expires", "Expires allows to keep")


@played("keys-no-cache", read.TokensUnderNoCache)
def no_cache(staging: Staging) -> None:
    """Fifty tokens come under a set without caching header, and fifty under no-cache."""
    if not staging.can("fresh"):
        raise NotObservable(
            "the API keeps the set that it has, and need not see the header; --api-command CMD"
            " would show it"
        )
    fresh(staging, "S0", quiet=True)
    for _ in range(FLOOD // 2):
        staging.show(note="before")
    fresh(staging, "S0")
    for _ in range(FLOOD // 2):
        staging.show(note="probe")
