"""What remains of the keys while the key set cannot be had."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.keys_outages import (
    AskedToWait,
    BridgedOutage,
    CutOffSet,
    EmptySet,
    FailedFetches,
    LongOutage,
    NoAnswer,
    PageForSet,
    ServerError,
    SpoiltFetch,
)
from .outcomes import KEY, all_accepted
from .renewal import must_accept, must_refuse, too_many

PATIENCE = 5
NO_FETCH = "an unknown kid brought no fetch, which is a requirement of its own"
KEEP = "replace the keys only by a set with a usable key"


@rule("ehealth.keys.outage-is-bridged")
def bridged(outage: BridgedOutage) -> Finding | None:
    """An hour without the key set would otherwise be an hour without the API."""
    return must_accept(outage.probes, hint="use the last good set until it is a day old")


@rule("ehealth.keys.unconfirmed-set-is-given-up")
def given_up(outage: LongOutage) -> Finding | None:
    """Whoever can keep a consumer from the key set could otherwise keep a leaked key alive."""
    if not any(item.stimulus == "jwks-503" for item in outage.fetches):
        raise DoesNotApply("no fetch was tried, which is a requirement of its own")
    takes = KEY | {"transport", "provider_error", "malformed"}
    return must_refuse(outage.probes, takes, hint="trust no set that is older than a day or two")


@rule("ehealth.keys.server-error-keeps-the-set")
def server_error(spoilt: ServerError) -> Finding | None:
    """A restart of the provider is no reason to refuse its tokens."""
    return _keeps(spoilt)


@rule("ehealth.keys.no-answer-keeps-the-set")
def no_answer(spoilt: NoAnswer) -> Finding | None:
    """A connection that breaks says nothing about keys."""
    return _keeps(spoilt)


@rule("ehealth.keys.truncated-answer-keeps-the-set")
def cut_off(spoilt: CutOffSet) -> Finding | None:
    """Half a set is no set."""
    return _keeps(spoilt)


@rule("ehealth.keys.page-in-place-of-the-set-keeps-the-set")
def page(spoilt: PageForSet) -> Finding | None:
    """Gateways answer 200 with a page of their own when something is wrong behind them."""
    return _keeps(spoilt)


@rule("ehealth.keys.empty-set-keeps-the-set")
def empty(spoilt: EmptySet) -> Finding | None:
    """A realm that signs tokens has a key; a set without one is a mistake."""
    return _keeps(spoilt)


@rule("ehealth.keys.failed-fetch-is-not-hammered")
def not_hammered(failed: FailedFetches) -> Finding | None:
    """A server that is down for load comes up sooner when it is left alone."""
    met = [item for shown in failed.probes for item in shown.fetches]
    return too_many(
        len(met),
        limit=PATIENCE,
        where=f"failed fetches during {len(failed.probes)} tokens at one moment",
        hint="after a failure wait some seconds before the next try",
        exchange=met[0].number if met else None,
    )


@rule("ehealth.keys.retry-after-is-respected")
def respects_retry_after(asked: AskedToWait) -> Finding | None:
    """The server says how long it needs, and what comes earlier makes it longer."""
    told = [item for item in asked.fetches if item.retry_after.isdigit()]
    if not told:
        raise DoesNotApply(NO_FETCH)
    first, wait = told[0], int(told[0].retry_after)
    early = [item for item in asked.fetches if first.number < item.number]
    early = [item for item in early if item.at < first.at + wait - 1]
    if not early:
        return None
    return Finding(
        f"fetches after the {first.status}",
        expected=f"none before Retry-After ({wait} s) has passed",
        actual=f"{len(early)}, the first after {early[0].at - first.at:.0f} s",
        hint="remember until when to wait, and use the set that is there",
        exchange=early[0].number,
    )


def _keeps(spoilt: SpoiltFetch) -> Finding | None:
    if not spoilt.tried:
        raise DoesNotApply(NO_FETCH)
    return all_accepted(spoilt.probes, hint=KEEP)
