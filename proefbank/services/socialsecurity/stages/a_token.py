"""Fetching tokens while all is well."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire.assertion import ClientAssertion
from ..wire.series import RepeatedRequests, TokenRequestSeries
from ..wire.token_request import ScopedTokenRequest, TokenRequest, TwoScopesRequest
from ..wire.trust import ClientLog

FETCH = "token.fetch"
DIMONA = "scope:dimona:declaration:declarant"


@stage("token", judges=[TokenRequest, ClientAssertion, ClientLog], needs=["token"])
def token(staging: Staging) -> None:
    """The client is asked for a token, without a scope."""
    staging.begin()
    staging.call(FETCH, {"scope": None})


@stage("token-with-scope", judges=[TokenRequest, ScopedTokenRequest], needs=["token"])
def token_with_scope(staging: Staging) -> None:
    """The client is asked for a token with the scope of its capacity."""
    staging.begin()
    staging.call(FETCH, {"scope": staging.facts["capacity_scope"]})


@stage("token-as-mandatary", judges=[TokenRequest, ScopedTokenRequest], needs=["token"])
def token_as_mandatary(staging: Staging) -> None:
    """The client is a mandatary and is asked for a token with the scope of that capacity."""
    staging.begin("mandatary")
    staging.call(FETCH, {"scope": staging.facts["capacity_scope"]})


@stage("token-with-two-scopes", judges=[TwoScopesRequest], needs=["token"])
def token_with_two_scopes(staging: Staging) -> None:
    """The client is asked for a token with two scopes that its account has."""
    staging.begin()
    staging.call(FETCH, {"scope": f"{staging.facts['capacity_scope']} {DIMONA}"})


@stage("token-again", judges=[TokenRequestSeries], needs=["token"])
def token_again(staging: Staging) -> None:
    """The client is asked for a token three times."""
    staging.begin()
    for _ in range(3):
        staging.call(FETCH, {"scope": None})


@stage("token-side-by-side", judges=[TokenRequestSeries], needs=["token"])
def token_side_by_side(staging: Staging) -> None:
    """The client is asked for four tokens at once, as far as it can do several things."""
    staging.begin()
    staging.calls([(FETCH, {"scope": None})] * 4)


@stage("token-after-a-fault", judges=[RepeatedRequests], needs=["token"])
def token_after_a_fault(staging: Staging) -> None:
    """The token server fails once, and the client is asked again."""
    staging.begin()
    staging.call(FETCH, {"scope": None})
    staging.arm("token-html-500")
    staging.call(FETCH, {"scope": None})
    staging.call(FETCH, {"scope": None})
