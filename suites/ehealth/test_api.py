"""How an API that is called directly answers."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.ehealth.wire.api_answers import RefusalAnswer


def test_refusal(reading: RefusalAnswer, rule: Judgement) -> None:
    """What an API answers to a token that is not good."""
    rule(reading)
