"""The API answers in every way it may, and in some it may not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proefbank.judge import Reading
from proefbank.staging import Staging, stage

from ..provider.stimuli import CATALOGUE
from ..wire import api_answer as read

CALL = "api.call"
ALWAYS = 12
WAIT = 3600


def probed(
    stimulus: str,
    judges: Sequence[type[Reading]],
    *,
    name: str = "",
    times: int = ALWAYS,
    calls: int = 1,
    **params: Any,
) -> None:
    """Register a stage that calls the API under one stimulus, after a call that went well."""

    def script(staging: Staging) -> None:
        staging.begin()
        staging.call(CALL, staging.sample(), note="control")
        staging.arm(stimulus, times=times, **params)
        for _ in range(calls):
            staging.call(CALL, staging.sample(), note="probe")

    script.__doc__ = f"The API is called again. Its answer: {CATALOGUE[stimulus].description}"
    stage(name or stimulus, judges=judges, needs=["api"])(script)


probed("api-bad-request-400", [read.ApiRefusal])
probed("api-bad-request-400-old-shape", [read.ApiRefusal])
probed("api-not-found-404", [read.ApiRefusal])
probed("api-json-error-not-problem", [read.ApiRefusal])
probed("api-problem-extra-members", [read.ProblemWithMore])
probed("api-html-502", [read.NotAProblem])
probed("api-plain-500", [read.NotAProblem])
probed("api-extra-members", [read.UnknownResponseMembers])
probed("api-missing-scope-403", [read.Forbidden])
probed("api-missing-permission-403", [read.Forbidden])
probed("api-invalid-token", [read.InvalidToken], times=1)
probed("api-no-token", [read.InvalidToken], times=1)
probed("api-revoke-early", [read.InvalidToken], times=1)
probed("api-expired-token", [read.ExpiredToken], times=1)
probed("api-expired-token", [read.ExpiredToken], name="api-expired-token-always")
probed("api-redirect-elsewhere", [read.RedirectedCall])
probed("api-429-retry-after", [read.ApiAskedToWait], calls=2, seconds=WAIT)
probed("api-503-retry-after", [read.ApiAskedToWait], calls=2, seconds=WAIT)


def compared(stimulus: str, reading: type[Reading]) -> None:
    """Register a stage with a form of asking to wait, after the plainest one, in seconds."""

    def script(staging: Staging) -> None:
        for name, note in (("api-429-retry-after", "comparison"), (stimulus, "probe")):
            staging.begin()
            staging.call(CALL, staging.sample(), note="control")
            staging.arm(name, times=ALWAYS, seconds=WAIT)
            for _ in range(2):
                staging.call(CALL, staging.sample(), note=note)

    script.__doc__ = (
        "The API asks to wait a number of seconds. After a new start it asks once more: "
        f"{CATALOGUE[stimulus].description}"
    )
    stage(stimulus, judges=[reading], needs=["api"])(script)


compared("api-429-retry-after-date", read.ApiAskedToWaitUntil)
compared("api-429-hint-in-body", read.ApiHintedToWait)


@stage("api-changed-texts", judges=[read.ChangedTexts], needs=["api"])
def changed_texts(staging: Staging) -> None:
    """A token has expired; the problem says so in the usual words, then in others."""
    for stimulus in ("api-expired-token", "api-changed-texts"):
        staging.begin()
        staging.call(CALL, staging.sample(), note="control")
        staging.arm(stimulus)
        staging.call(CALL, staging.sample(), note="probe")
