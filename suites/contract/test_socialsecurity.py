"""The token endpoint and the FLA API."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.contract.wire import api, token


def test_grant(reading: token.TokenStatus | token.TokenGrant, rule: Judgement) -> None:
    """A token that was asked for in good order."""
    rule(reading)


def test_refusal_of_assertions(
    reading: token.TokenUnknownClient
    | token.TokenOtherAudience
    | token.TokenExpired
    | token.TokenLongLived
    | token.TokenForeignKey
    | token.TokenNoAssertion,
    rule: Judgement,
) -> None:
    """Who is asking, and how that is shown."""
    rule(reading)


def test_refusal_of_requests(
    reading: token.TokenNoGrantType
    | token.TokenOtherGrant
    | token.TokenOtherScope
    | token.TokenDenied,
    rule: Judgement,
) -> None:
    """What is asked for, and the form of every refusal."""
    rule(reading)


def test_api(reading: api.ApiStatus | api.ApiAnswer, rule: Judgement) -> None:
    """A call in good order."""
    rule(reading)


def test_api_refusals(
    reading: api.ApiOpen
    | api.ApiNoToken
    | api.ApiUnknownToken
    | api.ApiUnknownRefused
    | api.ApiNotFound
    | api.ApiProblem,
    rule: Judgement,
) -> None:
    """Calls without a token that holds, and to where nothing is."""
    rule(reading)
