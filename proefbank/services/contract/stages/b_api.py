"""Calls of the FLA API: with a token, and without one that holds."""

from __future__ import annotations

from proefbank.errors import NotObservable
from proefbank.staging import Staging, stage

from ..wire import api

ANSWERED = (api.ApiStatus, api.ApiAnswer)
REFUSED = (
    api.ApiOpen,
    api.ApiNoToken,
    api.ApiUnknownToken,
    api.ApiUnknownRefused,
    api.ApiNotFound,
    api.ApiProblem,
)
NEEDS = ("socialsecurity",)


def called(staging: Staging, note: str, **more: object) -> None:
    """Call the API as the account may, but for what is said to differ."""
    try:
        sample = staging.sample("read")
    except NotObservable:  # somebody else's API: then the call that its profile says is harmless
        sample = staging.sample()
    staging.call("probe", {"to": "api", **sample, **more}, note=note)


@stage("contract-api", judges=ANSWERED, needs=NEEDS)
def answered(staging: Staging) -> None:
    """Something is read with a token."""
    staging.begin()
    staging.call("probe", {"to": "token"}, note="token")
    called(staging, "api")


@stage("contract-api-refused", judges=REFUSED, needs=NEEDS, wire=["provoke"])
def refused(staging: Staging) -> None:
    """Something is read without a token, with one that was made up, and where nothing is."""
    staging.begin()
    staging.call("probe", {"to": "token"}, note="token")
    called(staging, "api-no-token", bearer=None)
    called(staging, "api-unknown-token", bearer="proefbank-made-this-up")
    called(staging, "api-nowhere", path="/proefbank-no-such-place", method="GET", body=None)
