"""What the client does when the API says no."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.api_answer import (
    ApiAskedToWait,
    ApiAskedToWaitUntil,
    ApiHintedToWait,
    ApiRefusal,
    ChangedTexts,
    ComparedWait,
    ExpiredToken,
    Forbidden,
    InvalidToken,
    NotAProblem,
    ProblemWithMore,
)
from ..wire.api_request import bearer_token
from .outcomes import must_refuse
from .token_response import asked_to_wait

REFUSED = frozenset({"provider_error", "not_allowed", "malformed"})
FAILED = frozenset({"provider_error", "transport"})
FORBIDDEN = frozenset({"not_allowed"})


@rule("socialsecurity.api-problem.status-decides")
def status_decides(probe: ApiRefusal) -> Finding | None:
    """An error can look like data; only the status tells them apart."""
    return must_refuse(probe, "api.call", REFUSED)


@rule("socialsecurity.api-problem.other-error-bodies-are-survived")
def survives_other_bodies(probe: NotAProblem) -> Finding | None:
    """Gateways answer in HTML; a client that parses it as JSON hides the real fault."""
    return must_refuse(probe, "api.call", FAILED)


@rule("socialsecurity.api-problem.unknown-problem-members-are-ignored")
def unknown_members(probe: ProblemWithMore) -> Finding | None:
    """Problems may carry members of their own, and more of them in time."""
    return must_refuse(probe, "api.call", REFUSED)


@rule("socialsecurity.api-problem.texts-decide-nothing")
def texts_decide_nothing(texts: ChangedTexts) -> Finding | None:
    """`title` and `detail` are for people and change freely; `type` is for programs."""
    if texts.usual == texts.changed:
        return None
    return Finding(
        "what followed the problem",
        expected=f"the same as with the usual words: {' → '.join(texts.usual)}",
        actual=" → ".join(texts.changed),
        hint="decide on the problem's type",
    )


@rule("socialsecurity.api-problem.expired-token-is-renewed")
def renewed(probe: ExpiredToken) -> Finding | None:
    """An expired token is everyday: renew it and send the call again."""
    first = probe.struck[0]
    later = [item for item in probe.on("api") if item.number > first.number]
    if any(bearer_token(item) != bearer_token(first) for item in later):
        return None
    return Finding(
        "after expiredAccessToken",
        expected="the call again with a new token",
        actual="the call again with the same token" if later else "no second call",
        exchange=first.number,
    )


@rule("socialsecurity.api-problem.renewal-is-tried-once")
def tried_once(probe: ExpiredToken) -> Finding | None:
    """A second refusal is not about the token's age; renewing for ever only makes noise."""
    if len(probe.struck) < 2:  # noqa: PLR2004
        raise DoesNotApply("the client did not run into the problem again")
    most = max(sum(i.conversation == "api" for i in call.exchanges) for call in probe.calls)
    if most <= 2:  # noqa: PLR2004
        return None
    return Finding(
        "calls during one api.call", expected="at most 2", actual=str(most), exchange=probe.exchange
    )


@rule("socialsecurity.api-problem.invalid-token-is-not-sent-again")
def invalid_not_repeated(probe: InvalidToken) -> Finding | None:
    """The API has said that this token is worth nothing; it will say so again."""
    first = probe.struck[0]
    again = [
        item
        for item in probe.on("api")
        if item.number > first.number and bearer_token(item) == bearer_token(first) != ""
    ]
    if not again:
        return None
    return Finding(
        "after the 401",
        expected="another token, or no further call",
        actual="the same token again",
        exchange=again[0].number,
    )


@rule("socialsecurity.api-problem.forbidden-call-is-not-repeated")
def forbidden_not_repeated(probe: Forbidden) -> Finding | None:
    """A missing scope or mandate does not appear by asking again."""
    again = [item for item in probe.on("api") if item.number > probe.exchange]
    if not again:
        return None
    return Finding(
        "after the 403",
        expected="no further call",
        actual=f"{len(again)} more",
        exchange=again[0].number,
    )


@rule("socialsecurity.api-problem.forbidden-call-is-reported")
def forbidden_reported(probe: Forbidden) -> Finding | None:
    """Somebody has to ask for the mandate, and can only do so when told."""
    return must_refuse(probe, "api.call", FORBIDDEN)


@rule("socialsecurity.api-problem.retry-after-is-respected")
def respects_seconds(probe: ApiAskedToWait) -> Finding | None:
    """The API asks for time because it is short of it."""
    return asked_to_wait(probe, "api")


@rule("socialsecurity.api-problem.retry-after-date-is-understood")
def respects_date(probe: ApiAskedToWaitUntil) -> Finding | None:
    """`Retry-After` has two forms (RFC 9110, 10.2.3), and gateways use both."""
    return _waits_here_too(probe)


@rule("socialsecurity.api-problem.retry-hint-in-the-body-is-respected")
def respects_hint(probe: ApiHintedToWait) -> Finding | None:
    """The problem itself can say how long to wait, where the header got lost on the way."""
    return _waits_here_too(probe)


def _waits_here_too(probe: ComparedWait) -> Finding | None:
    if not probe.waits_for_seconds:
        raise DoesNotApply("the client does not wait for seconds, a requirement of its own")
    return asked_to_wait(probe, "api")
