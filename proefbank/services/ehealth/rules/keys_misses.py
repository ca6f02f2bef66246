"""What unknown kids bring about, and how often the key set is fetched at all."""

from __future__ import annotations

from itertools import pairwise

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.keys_misses import (
    AllowedForLong,
    Flood,
    FloodAndGenuineKey,
    FloodAndKnownKids,
    ForgedSignatures,
    KeyNotYetListed,
    ManyTokens,
    TokensAtOnce,
    TokensUnderNoCache,
    UnannouncedRenewal,
    UnfamiliarKid,
    UnfamiliarKidAgain,
    fetches_during,
)
from ..wire.showings import Fetch
from .renewal import HOUR, hours, must_accept, too_many

A_DAY = 26 * HOUR
"""A day, with grace and the hour between two tokens."""
FEW = 2
COOLDOWN = "fetch for an unknown kid, and then not again for some seconds"
NO_FETCH = "an unknown kid brought no fetch, which is a requirement of its own"


@rule("ehealth.keys.unknown-kid-brings-a-refetch")
def brings_refetch(kid: UnfamiliarKid) -> Finding | None:
    """Then even a renewal without notice, after a leak, needs nobody's hand."""
    if fetches_during(kid.probes):
        return None
    return Finding(
        "fetches when a token with an unknown kid came",
        expected="one, minutes after the last",
        actual="none",
        hint=COOLDOWN,
        exchange=kid.probes[-1].exchange,
    )


@rule("ehealth.keys.unknown-kid-is-tried-again")
def tried_again(kid: UnfamiliarKidAgain) -> Finding | None:
    """The token that made the consumer look is good, and its user is waiting."""
    probe = kid.probes[0]
    if not probe.fetches:
        raise DoesNotApply(NO_FETCH)
    return must_accept([probe], hint="look the kid up again when the fetch is done")


@rule("ehealth.keys.unannounced-renewal-is-recovered-from")
def recovered(key: UnannouncedRenewal) -> Finding | None:
    """When a key has leaked there is no time to ask every API for a restart."""
    return must_accept(key.probes, hint="take the set that is listed, whatever was listed before")


@rule("ehealth.keys.refetches-are-bounded")
def bounded(flood: Flood) -> Finding | None:
    """Anybody can make tokens up; each would cost the provider a request."""
    return too_many(
        fetches_during(flood.probes),
        limit=FEW,
        where=f"fetches during {len(flood.probes)} tokens with unknown kids",
        hint=COOLDOWN,
    )


@rule("ehealth.keys.known-kids-survive-a-flood")
def known_survive(flood: FloodAndKnownKids) -> Finding | None:
    """A brake on strangers is not to stop the users."""
    if lost := must_accept(flood.probes, hint="slow down fetches, not tokens of known keys"):
        return lost
    if fetches_during(flood.noted("before")) > 1:
        raise DoesNotApply("known kids are fetched for anyway, which is a requirement of its own")
    return too_many(
        fetches_during(flood.probes),
        limit=1,
        where=f"fetches for {len(flood.probes)} tokens of a known key during a flood",
        hint="keep known keys, whatever else is asked for",
    )


@rule("ehealth.keys.genuine-key-survives-a-flood")
def genuine_survives(flood: FloodAndGenuineKey) -> Finding | None:
    """Otherwise a stranger could keep a consumer from a renewal for as long as he likes."""
    if not fetches_during(flood.noted("flood")):
        raise DoesNotApply(NO_FETCH)
    return must_accept(flood.probes, hint="let a cooldown last for seconds, not for a day")


@rule("ehealth.keys.not-found-is-soon-forgotten")
def soon_forgotten(key: KeyNotYetListed) -> Finding | None:
    """Caches along the way may be behind by minutes: a kid can come before its key."""
    if not fetches_during(key.noted("first")):
        raise DoesNotApply(NO_FETCH)
    return must_accept(key.probes, hint="remember a kid that was not found for seconds at most")


@rule("ehealth.keys.bad-signature-brings-no-fetches")
def bad_signatures(forged: ForgedSignatures) -> Finding | None:
    """A known kid with a bad signature says nothing about the key set."""
    return too_many(
        fetches_during(forged.probes),
        limit=1,
        where=f"fetches during {len(forged.probes)} forged tokens",
        hint="fetch for the age of the set and for unknown kids only",
    )


@rule("ehealth.keys.set-is-cached")
def cached(many: ManyTokens) -> Finding | None:
    """A fetch for each token makes every call wait, and every outage everybody's."""
    return too_many(
        fetches_during(many.probes),
        limit=FEW,
        where=f"fetches during {len(many.probes)} good tokens",
        hint="keep the key set for an hour",
    )


@rule("ehealth.keys.concurrent-misses-share-a-fetch")
def share_fetch(tokens: TokensAtOnce) -> Finding | None:
    """After a restart under load every waiting call would fetch for itself."""
    if not tokens.fetches:
        raise DoesNotApply("no key set was fetched, which is a requirement of its own")
    return too_many(
        tokens.begun_together,
        limit=1,
        where=f"fetches begun while the first was under way, for {len(tokens.probes)} tokens",
        hint="let whoever comes during a fetch wait for its result",
    )


@rule("ehealth.keys.long-max-age-does-not-replace-the-day")
def max_age(tokens: AllowedForLong) -> Finding | None:
    """A header serves caches; the day is what eHealth asks of its clients."""
    begin, armed = tokens.shown[0].at, tokens.probes[0].at
    before = [item for item in tokens.delivered if item.at < armed]
    if not before or _longest(before, begin, armed) > A_DAY:
        raise DoesNotApply("it is not fetched daily anyway, which is a requirement of its own")
    after = [before[-1], *(item for item in tokens.delivered if item.at >= armed)]
    longest = _longest(after, after[0].at, tokens.probes[-1].at)
    if longest <= A_DAY:
        return None
    return Finding(
        "longest time between two fetches under a long-lived set",
        expected="a day, as without the header",
        actual=f"{hours(longest)} at least",
        hint="take a day, or less, as the upper limit",
        exchange=after[-1].number,
    )


@rule("ehealth.keys.no-cache-does-not-mean-a-fetch-per-token")
def no_cache(tokens: TokensUnderNoCache) -> Finding | None:
    """Keycloak sends the header always, and does not mean it so."""
    without, under = tokens.noted("before"), tokens.probes
    if fetches_during(without) > len(without) // 2:
        raise DoesNotApply("it fetches for each token anyway, which is a requirement of its own")
    return too_many(
        fetches_during(under),
        limit=fetches_during(without) + FEW,
        where=f"fetches during {len(under)} good tokens, under no-cache",
        hint="keep the key set for an hour, whatever the header says",
    )


def _longest(fetches: list[Fetch], begin: float, end: float) -> float:
    times = [begin, *(item.at for item in fetches), end]
    return max(later - earlier for earlier, later in pairwise(times))
