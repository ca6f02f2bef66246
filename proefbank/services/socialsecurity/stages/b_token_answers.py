"""The token server answers in every way it may, and in some it may not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proefbank.judge import Reading
from proefbank.staging import Staging, stage

from ..provider.stimuli import CATALOGUE
from ..wire import token_answer as read
from ..wire.trust import ClientLog

FETCH = "token.fetch"
ALWAYS = 12
"""Times that a stimulus is armed where it should not go away."""
WAIT = 3600
"""Seconds to wait that no test lives through."""


def probed(
    stimulus: str,
    judges: Sequence[type[Reading]],
    *,
    fetches: int = 1,
    then_api: bool = True,
    **params: Any,
) -> None:
    """Register a stage that asks for a token, and then for an API call, under one stimulus."""

    def script(staging: Staging) -> None:
        staging.begin()
        staging.call(FETCH, {"scope": None}, note="control")
        staging.begin()
        staging.arm(stimulus, times=ALWAYS, **params)
        for _ in range(fetches):
            staging.call(FETCH, {"scope": None}, note="probe")
        if then_api and staging.can("api"):
            staging.call("api.call", staging.sample(), note="probe")

    script.__doc__ = f"A token is asked for. The server's answer: {CATALOGUE[stimulus].description}"
    stage(stimulus, judges=judges, needs=["token"])(script)


for code in ("invalid-request", "invalid-grant", "unauthorized-client", "unsupported-grant-type"):
    probed(f"token-error-{code}-400", [read.RefusedToken])
probed("token-error-invalid-client-400", [read.RefusedToken, read.RejectedClient])
probed("token-error-invalid-client-401", [read.RefusedToken, read.RejectedClient, ClientLog])
probed("token-error-invalid-scope-400", [read.RefusedToken, read.RejectedClient])
probed("token-error-with-token-400", [read.RefusedToken])
probed("token-error-with-token-401", [read.RefusedToken])
probed("token-html-500", [read.RefusedToken])
probed("token-html-502", [read.RefusedToken])
probed("token-no-access-token", [read.UnusableToken])
probed("token-empty-body", [read.UnusableToken])
probed("token-truncated-json", [read.UnusableToken])
probed("token-wrong-media-type", [read.UnusableToken])
probed("token-type-mac", [read.UnknownType])
probed("token-type-lowercase", [read.LowerCaseType])
probed("token-extra-members", [read.ExtraMembers])
probed("token-reordered-members", [read.ReorderedMembers])
probed("token-no-expires-in", [read.NoLifetime])
probed("token-no-scope", [read.NoScope])
probed("token-opaque", [read.OpaqueToken])
probed("token-long", [read.LongToken])
probed("token-redirect-elsewhere", [read.RedirectedToken], then_api=False)
probed("token-429-retry-after", [read.TokenAskedToWait], fetches=2, then_api=False, seconds=WAIT)
probed("token-503-retry-after", [read.TokenAskedToWait], fetches=2, then_api=False, seconds=WAIT)
