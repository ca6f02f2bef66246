"""How an API answers that is called directly."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire.api_answers import RefusalAnswer


@stage("api-refusals", judges=[RefusalAnswer], needs=["jwt"])
def refusals(staging: Staging) -> None:
    """Tokens are shown that expired, that are for another API, and of a key nobody knows."""
    staging.begin("S0")
    staging.show(note="opening")
    staging.show(note="control")
    for recipe in ("expired", "aud-other", "unknown-kid"):
        staging.show(recipe, note="probe")
