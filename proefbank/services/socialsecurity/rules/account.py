"""Whose data is sent, with which account, under which mandate."""

from __future__ import annotations

import re

from proefbank.judge import DoesNotApply, NotExercised, rule
from proefbank.verdict import Finding

from ..wire.api_request import (
    ApiRequest,
    MandataryRequest,
    MandataryRequests,
    OtherCapacityRequest,
    PayloadRequest,
    TrainingProviderRequest,
)

WHERE = "API request, enterprise number"


@rule("socialsecurity.account.fits-the-capacity")
def fits_capacity(request: OtherCapacityRequest) -> Finding | None:
    """Each capacity has an account of its own; the token tells the API in which one you act."""
    used, told = request.facts.get("capacity"), request.scenario.get("capacity")
    if used is None:
        raise DoesNotApply("the API does not know the token")
    if request.token not in request.issued:
        raise DoesNotApply("the token was not fetched here")
    if used == told:
        return None
    return Finding(
        "API request, token",
        expected=f"a token of an account of the capacity {told}",
        actual=f"a token of an account of the capacity {used}",
        hint="keep one account for each capacity, and choose by what is sent",
    )


@rule("socialsecurity.account.employer-sends-own-number")
def employer_own_number(request: PayloadRequest) -> Finding | None:
    """An employer may only speak for itself; for a sister company a mandate is needed."""
    return _own(request, "employer")


@rule("socialsecurity.account.training-provider-sends-own-number")
def training_provider_own_number(request: TrainingProviderRequest) -> Finding | None:
    """A training provider reports in its own name, whoever sent the participants."""
    return _own(request, "training_provider")


@rule("socialsecurity.account.mandatary-sends-principals-number")
def principals_number(request: MandataryRequest) -> Finding | None:
    """The data is the employer's; under the mandatary's number it lands with the wrong one."""
    number = _mandatarys(request)
    if number != request.facts.get("account_enterprise_number"):
        return None
    return Finding(WHERE, expected="the principal's number", actual="the mandatary's own number")


@rule("socialsecurity.account.mandatary-has-active-mandate")
def active_mandate(request: MandataryRequest) -> Finding | None:
    """Without an active mandate in MAHIS the declaration is refused."""
    number = _mandatarys(request)
    if number == request.facts.get("account_enterprise_number"):
        raise DoesNotApply("the mandatary's own number is a requirement of its own")
    if request.facts.get("mandate") in ("active", "not-needed"):
        return None
    return Finding(
        WHERE,
        expected="a principal whose mandate is active",
        actual=f"{number} (mandate: {request.facts.get('mandate')})",
        hint="check in MAHIS that the mandate names the Federal Learning Account and is active",
    )


@rule("socialsecurity.account.mandatary-uses-one-account")
def one_account(series: MandataryRequests) -> Finding | None:
    """Principals need no account: the mandate links them to the mandatary's single one."""
    told = {item.facts.get("token_account") for item in series.requests}
    used = sorted(str(item) for item in told if item is not None)
    if not used:
        raise NotExercised("the API knew none of the tokens")
    if len(used) == 1:
        return None
    return Finding(
        "API requests, token", expected="one account for all principals", actual=", ".join(used)
    )


def _number(request: ApiRequest) -> str:
    told = request.facts.get("enterprise_number")
    if told is None:
        raise DoesNotApply("the request carries no enterprise number")
    plain = re.sub(r"\D", "", str(told)).zfill(10)
    if not re.fullmatch(r"[01]\d{9}", plain) or int(plain[8:]) != 97 - int(plain[:8]) % 97:
        raise DoesNotApply("the number is not well formed, which is a requirement of its own")
    return plain


def _mandatarys(request: ApiRequest) -> str:
    if request.facts.get("capacity") != request.scenario.get("capacity"):
        raise DoesNotApply("the account is of another capacity, which is a requirement of its own")
    return _number(request)


def _own(request: ApiRequest, capacity: str) -> Finding | None:
    if request.scenario.get("capacity") != capacity or request.facts.get("capacity") != capacity:
        raise DoesNotApply(f"the call is not made with an account of the capacity {capacity}")
    number, own = _number(request), request.facts.get("account_enterprise_number")
    if number == own:
        return None
    return Finding(WHERE, expected=str(own), actual=number)
