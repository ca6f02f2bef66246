"""What the client does when people changed its set-up, and it does not know yet."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.api_request import bearer_token
from ..wire.set_up import (
    ForbiddenBySetUp,
    MandateEnded,
    PermissionWithdrawn,
    RefusedBySetUp,
    RenewedKey,
)
from .api_problem import FORBIDDEN
from .outcomes import must_refuse
from .token_response import REFUSALS, asked_again

UNDER = "the call was not refused for this: it was made under another number or account"


@rule("socialsecurity.account.renewed-key-is-taken-up")
def takes_up_the_key(key: RenewedKey) -> Finding | None:
    """Two certificates are registered so that nobody has to stop; the old one is removed then."""
    late = [use for use in key.uses if use.with_removed]
    if not late:
        return None
    return Finding(
        "client_assertion, signature",
        expected="the key that the client was told, whose certificate is registered",
        actual="the former key, whose certificate was removed",
        hint="read the key anew when it is renewed; keep none by the client id",
        exchange=late[0].exchange,
    )


@rule("socialsecurity.token-response.failed-answer-yields-no-token")
def refusal_yields_no_token(probe: RefusedBySetUp) -> Finding | None:
    """Without a registered certificate there is no token, and somebody has to hear of it."""
    if not probe.struck:
        raise DoesNotApply("the token server did not refuse")
    return must_refuse(probe, "token.fetch", REFUSALS)


@rule("socialsecurity.token-response.refused-request-is-not-repeated")
def refusal_is_not_repeated(probe: RefusedBySetUp) -> Finding | None:
    """Only people in ChaMan can change what the token server says here."""
    return asked_again(probe, "somebody has to look at the account in ChaMan")


@rule("socialsecurity.api-problem.forbidden-call-is-reported")
def forbidden_is_reported(probe: ForbiddenBySetUp) -> Finding | None:
    """Only people can give the permission or the mandate back, once they are told."""
    if not probe.struck:
        raise DoesNotApply(UNDER)
    return must_refuse(probe, "api.call", FORBIDDEN)


@rule("socialsecurity.api-problem.forbidden-call-is-not-repeated")
def forbidden_is_not_repeated(probe: ForbiddenBySetUp) -> Finding | None:
    """A permission that was withdrawn does not come back by asking again."""
    if not probe.struck:
        raise DoesNotApply(UNDER)
    first, *later = probe.struck
    again = [
        item
        for item in later
        if bearer_token(item) == bearer_token(first)
        and item.facts.get("enterprise_number") == first.facts.get("enterprise_number")
    ]
    if not again:
        return None
    return Finding(
        "after the 403",
        expected="no further call",
        actual=f"{len(again)} more",
        exchange=again[0].number,
    )


@rule("socialsecurity.account.permission-is-not-borrowed")
def not_borrowed(probe: PermissionWithdrawn) -> Finding | None:
    """The data of one enterprise would be sent in the name of another."""
    if not probe.struck:
        raise DoesNotApply(UNDER)
    if not probe.strangers:
        return None
    first = probe.strangers[0]
    return Finding(
        "after the 403",
        expected=f"nothing, or another attempt of the account {first.scenario.get('account')}",
        actual="a request with the credentials or the token of another account",
        hint="report the refusal; the owner of the account gives the permission in ChaMan",
        exchange=first.number,
    )


@rule("socialsecurity.account.refused-data-keeps-its-number")
def keeps_its_number(probe: MandateEnded) -> Finding | None:
    """Under another number the data of one employer's staff lands with another enterprise."""
    if not probe.struck:
        raise DoesNotApply(UNDER)
    if not probe.renamed:
        return None
    first = probe.renamed[0]
    return Finding(
        "API request, enterprise number, sent again",
        expected=str(probe.struck[0].facts.get("enterprise_number")),
        actual=str(first.facts.get("enterprise_number")),
        hint="report the refusal; the employer gives another mandate in MAHIS",
        exchange=first.number,
    )
