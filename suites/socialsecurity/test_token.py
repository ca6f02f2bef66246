"""What a client says to the token server, and what it makes of the answers."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.socialsecurity.wire import token_answer
from proefbank.services.socialsecurity.wire.assertion import (
    ClientAssertion,
    OtherEnvironmentAssertion,
)
from proefbank.services.socialsecurity.wire.series import RepeatedRequests, TokenRequestSeries
from proefbank.services.socialsecurity.wire.token_request import (
    OtherEnvironmentRequest,
    ScopedTokenRequest,
    TokenRequest,
    TwoScopesRequest,
)


def test_token_request(reading: TokenRequest, rule: Judgement) -> None:
    """The request with which a client asks for a token."""
    rule(reading)


def test_requested_scope(reading: ScopedTokenRequest | TwoScopesRequest, rule: Judgement) -> None:
    """The scope a client asks for when it is told to."""
    rule(reading)


def test_client_assertion(reading: ClientAssertion, rule: Judgement) -> None:
    """The assertion with which a client proves who it is."""
    rule(reading)


def test_several_assertions(
    reading: TokenRequestSeries | RepeatedRequests, rule: Judgement
) -> None:
    """The assertions of several requests, side by side."""
    rule(reading)


def test_other_environment(
    reading: OtherEnvironmentRequest | OtherEnvironmentAssertion, rule: Judgement
) -> None:
    """What a client says after it was moved from one environment to another."""
    rule(reading)


def test_token_refused(
    reading: token_answer.RefusedToken
    | token_answer.RejectedClient
    | token_answer.TokenAskedToWait
    | token_answer.RedirectedToken,
    rule: Judgement,
) -> None:
    """What a client does when it gets no token."""
    rule(reading)


def test_token_unusable(
    reading: token_answer.UnusableToken | token_answer.UnknownType, rule: Judgement
) -> None:
    """What a client does with a success that is none."""
    rule(reading)


def test_token_unusual(
    reading: token_answer.LowerCaseType
    | token_answer.ExtraMembers
    | token_answer.ReorderedMembers
    | token_answer.NoLifetime
    | token_answer.NoScope
    | token_answer.OpaqueToken
    | token_answer.LongToken,
    rule: Judgement,
) -> None:
    """What a client does with an answer that is right, and not what it is used to."""
    rule(reading)
