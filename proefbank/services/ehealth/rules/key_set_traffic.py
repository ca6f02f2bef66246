"""What can be said of a consumer from its requests alone, whatever tokens it was shown.

Too many requests are seen. Too few are not: without a token nothing needs to be fetched.
"""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.key_set_traffic import MINUTE, KeySetTraffic
from .renewal import HOUR, hours

A_DAY = 25 * HOUR
"""A day, and an hour of grace."""
ABOUT_HOURLY = 1.5 * HOUR
MANY = 10
"""Requests within a minute that several processes may come to, each with its brake."""
PATIENCE = 5
SHOWN = "`proefbank run`, which shows the tokens, would tell"


@rule("ehealth.keys.fetched-at-least-daily")
def daily(traffic: KeySetTraffic) -> Finding | None:
    """Six days of notice are no notice for a consumer that looks once a week."""
    _often(traffic, A_DAY)
    return None


@rule("ehealth.keys.removal-is-noticed-within-an-hour")
def hourly(traffic: KeySetTraffic) -> Finding | None:
    """The sooner a removed key is forgotten, the less a thief can do with it."""
    _often(traffic, ABOUT_HOURLY)
    return None


def _often(traffic: KeySetTraffic, limit: float) -> None:
    """Let pass who fetched often enough for a day; of anybody else nothing can be said."""
    longest = max((gap for gap, _ in traffic.gaps), default=0.0)
    if longest > limit:
        raise NotObservable(
            f"{hours(longest)} went by between two fetches; whether a token was verified "
            f"meanwhile the traffic does not say; {SHOWN}"
        )
    if traffic.span < A_DAY - HOUR:
        raise NotObservable(
            f"the requests cover {hours(traffic.span)}; a recording of more than a day, or "
            "`proefbank run`, would show it"
        )


@rule("ehealth.keys.set-is-cached")
def calm(traffic: KeySetTraffic) -> Finding | None:
    """A fetch for each token makes every call wait, and every outage everybody's."""
    busiest = traffic.busiest_minute
    if len(busiest) <= MANY:
        raise NotObservable(
            f"{len(busiest)} requests came in the busiest minute; for how many tokens the traffic "
            f"does not say; {SHOWN}"
        )
    return Finding(
        "requests for the key set within a minute",
        expected=f"a few, whatever tokens come, known or not; {MANY} are let pass",
        actual=str(len(busiest)),
        hint="keep the key set for an hour, and pause between fetches for unknown kids",
        exchange=busiest[MANY].number,
    )


@rule("ehealth.keys.failed-fetch-is-not-hammered")
def patient(traffic: KeySetTraffic) -> Finding | None:
    """A server that is down for load comes up sooner when it is left alone."""
    failed = traffic.hammered
    if not failed:
        raise NotObservable(
            "no fetch failed; with the stimulus jwks-503 one would, and `proefbank run` has it"
        )
    if len(failed) <= PATIENCE:
        _heard_until(traffic, failed[0].at + MINUTE)
        return None
    return Finding(
        "failed requests for the key set within a minute",
        expected=f"at most {PATIENCE}",
        actual=str(len(failed)),
        hint="pause after a failed fetch, and longer after each",
        exchange=failed[PATIENCE].number,
    )


@rule("ehealth.keys.retry-after-is-respected")
def waits(traffic: KeySetTraffic) -> Finding | None:
    """Who asks for time needs it."""
    told = [(place, item) for place, item in enumerate(traffic.asked) if _seconds(item.retry_after)]
    if not told:
        raise NotObservable(
            "no answer asked to wait; the stimulus jwks-429-retry-after would, and `proefbank "
            "run` has it"
        )
    for place, item in told:
        after = next(iter(traffic.asked[place + 1 :]), None)
        if after is not None and after.at < item.at + _seconds(item.retry_after):
            return Finding(
                "time until the next request, after an answer with Retry-After",
                expected=f"at least {item.retry_after} s",
                actual=f"{after.at - item.at:.0f} s",
                hint="remember until when the server asked to be left alone",
                exchange=after.number,
            )
    _heard_until(traffic, min(item.at + _seconds(item.retry_after) for _, item in told))
    return None


@rule("ehealth.keys.address-is-not-guessed")
def published(traffic: KeySetTraffic) -> Finding | None:
    """Paths are the provider's affair: they change with its versions."""
    if not traffic.published:
        raise NotObservable(
            "which address was published the recording does not say; the discovery document in "
            "it, or `proefbank run`, would"
        )
    other = next((item for item in traffic.asked if traffic.queried(item)), None)
    if other is None:
        return None
    return Finding(
        "request for the key set, query",
        expected="that of the published address",
        actual=other.target,
        hint="take jwks_uri from the configuration or from discovery, as it is",
        exchange=other.number,
    )


@rule("ehealth.keys.redirect-elsewhere-is-not-followed")
def stays(traffic: KeySetTraffic) -> Finding | None:
    """An answer could otherwise put anybody's keys in place of the realm's."""
    led = [item for item in traffic.elsewhere if item.number > (traffic.redirected or 0)]
    if traffic.redirected is None:
        raise NotObservable(
            "no answer led elsewhere; the stimulus jwks-redirect-elsewhere would, and `proefbank "
            "run` has it"
        )
    if not led:
        return None
    return Finding(
        "requests after a redirect to another host",
        expected="none there",
        actual=f"{led[0].request.method} {led[0].request.path}",
        hint="follow no redirect from the key set, or none to another host",
        exchange=led[0].number,
    )


def _heard_until(traffic: KeySetTraffic, end: float) -> None:
    """Raise `NotObservable` where nobody listened long enough to hear what was not sent."""
    if traffic.until < end:
        raise NotObservable(
            f"nothing was heard for {end - traffic.until:.0f} s more, in which a request could "
            f"have come too early; a longer recording, or {SHOWN}"
        )


def _seconds(text: str) -> int:
    return int(text) if text.isdecimal() else 0
