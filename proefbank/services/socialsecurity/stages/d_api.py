"""Calling the API while all is well: in each capacity, for each account, in each environment."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire.api_request import (
    ApiRequest,
    ApiSeries,
    MandataryRequest,
    MandataryRequests,
    OtherCapacityRequest,
    OtherEnvironmentCall,
    PayloadRequest,
    TrainingProviderRequest,
)
from ..wire.assertion import ClientAssertion, OtherEnvironmentAssertion
from ..wire.token_request import OtherEnvironmentRequest, TokenRequest
from ..wire.token_use import SeparateAccounts, SeparateScopes, TokenOutlived
from ..wire.trust import ClientLog

CALL = "api.call"


@stage(
    "api",
    judges=[ApiRequest, PayloadRequest, TokenRequest, ClientAssertion, ClientLog],
    needs=["api"],
)
def api(staging: Staging) -> None:
    """An employer's client is asked to send data of its own enterprise."""
    staging.begin()
    staging.call(CALL, staging.sample())


@stage("api-read", judges=[ApiRequest], needs=["api"])
def api_read(staging: Staging) -> None:
    """An employer's client is asked to read what was sent."""
    staging.begin()
    staging.call(CALL, staging.sample("read"))


@stage("api-again", judges=[ApiSeries], needs=["api"])
def api_again(staging: Staging) -> None:
    """An employer's client is asked to send data three times."""
    staging.begin()
    for _ in range(3):
        staging.call(CALL, staging.sample())


@stage("api-as-mandatary", judges=[ApiRequest, MandataryRequest], needs=["api"])
def api_as_mandatary(staging: Staging) -> None:
    """A mandatary's client is asked to send data of a principal."""
    staging.begin("mandatary")
    staging.call(CALL, staging.sample("principal"))


@stage("api-for-two-principals", judges=[MandataryRequests], needs=["api"])
def api_for_two_principals(staging: Staging) -> None:
    """A mandatary's client is asked to send data of two principals."""
    staging.begin("mandatary")
    staging.call(CALL, staging.sample("principal"))
    staging.call(CALL, staging.sample("other-principal"))


@stage("api-as-training-provider", judges=[TrainingProviderRequest], needs=["api"])
def api_as_training_provider(staging: Staging) -> None:
    """A training provider's client sends a training and mentions a participant's employer."""
    staging.begin("training-provider")
    staging.call(CALL, staging.sample("training"))


@stage("api-in-another-capacity", judges=[OtherCapacityRequest], needs=["api"])
def api_in_another_capacity(staging: Staging) -> None:
    """The client acts as an employer, then as a mandatary."""
    staging.begin()
    staging.call(CALL, staging.sample())
    staging.begin("mandatary")
    staging.call(CALL, staging.sample("principal"))


@stage("api-for-another-account", judges=[SeparateAccounts], needs=["api"])
def api_for_another_account(staging: Staging) -> None:
    """The client acts for one employer, then for another."""
    staging.begin()
    staging.call(CALL, staging.sample())
    staging.begin("second-employer")
    staging.call(CALL, staging.sample())


@stage("api-with-another-scope", judges=[SeparateScopes], needs=["token", "api"])
def api_with_another_scope(staging: Staging) -> None:
    """A token is fetched with a scope; the API is to be called with a token without one."""
    staging.begin()
    staging.call("token.fetch", {"scope": staging.facts["capacity_scope"]})
    staging.call(CALL, staging.sample())


@stage(
    "api-in-another-environment",
    judges=[OtherEnvironmentRequest, OtherEnvironmentAssertion, OtherEnvironmentCall],
    needs=["api"],
)
def api_in_another_environment(staging: Staging) -> None:
    """The client works in one environment, then in another."""
    staging.begin()
    staging.call(CALL, staging.sample())
    staging.begin("other-environment")
    staging.call(CALL, staging.sample())


@stage("token-outlived", judges=[TokenOutlived], needs=["api"])
def token_outlived(staging: Staging) -> None:
    """The token lives five minutes; the API is called, and again after ten."""
    staging.begin()
    staging.arm("token-short-lifetime", times=1, seconds=300)
    staging.call(CALL, staging.sample())
    staging.advance(600)
    staging.call(CALL, staging.sample())
