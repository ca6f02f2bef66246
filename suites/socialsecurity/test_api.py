"""What a client says to the API, and what it makes of the answers."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.socialsecurity.wire import api_answer, token_use
from proefbank.services.socialsecurity.wire.api_request import (
    ApiRequest,
    ApiSeries,
    MandataryRequest,
    MandataryRequests,
    OtherCapacityRequest,
    OtherEnvironmentCall,
    PayloadRequest,
    TrainingProviderRequest,
)


def test_api_request(
    reading: ApiRequest | ApiSeries | PayloadRequest | OtherEnvironmentCall, rule: Judgement
) -> None:
    """The request with which a client sends or reads data."""
    rule(reading)


def test_on_whose_behalf(
    reading: MandataryRequest | MandataryRequests | OtherCapacityRequest | TrainingProviderRequest,
    rule: Judgement,
) -> None:
    """Whose data a client sends, and with which account."""
    rule(reading)


def test_token_use(
    reading: token_use.TokenOutlived | token_use.SeparateAccounts | token_use.SeparateScopes,
    rule: Judgement,
) -> None:
    """Which token a client uses for which call."""
    rule(reading)


def test_api_refused(
    reading: api_answer.ApiRefusal
    | api_answer.ProblemWithMore
    | api_answer.NotAProblem
    | api_answer.Forbidden
    | api_answer.ApiAskedToWait
    | api_answer.ApiAskedToWaitUntil
    | api_answer.ApiHintedToWait
    | api_answer.RedirectedCall,
    rule: Judgement,
) -> None:
    """What a client does when the API says no."""
    rule(reading)


def test_token_worth_nothing(
    reading: api_answer.ExpiredToken | api_answer.InvalidToken | api_answer.ChangedTexts,
    rule: Judgement,
) -> None:
    """What a client does when the API does not take its token."""
    rule(reading)


def test_unusual_answer(reading: api_answer.UnknownResponseMembers, rule: Judgement) -> None:
    """What a client does with an answer that says more than it knows."""
    rule(reading)
