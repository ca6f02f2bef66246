"""How tokens are shown one by one: shared by the stagings of tokens and of key sets."""

from __future__ import annotations

import re
from typing import Any

from proefbank.staging import Staging, stage

from ..provider import CATALOGUE, TOKENS
from ..wire.shown_tokens import ShownTokens
from .timetable import ALWAYS

__all__ = ["shown"]


def shown(reading: type[ShownTokens], **members: Any) -> None:
    """Register the stage of a reading; `members` are told to the consumer in its scenario."""

    def script(staging: Staging) -> None:
        staging.begin("S0", **members)
        staging.show(note="opening")
        staging.show(note="control")
        for recipe in reading.controls:
            staging.show(recipe, note="control")
        for recipe in reading.compared:
            staging.show(recipe, note="comparison")
        for stimulus in reading.armed:
            staging.begin("S0", **members)
            staging.arm(stimulus, times=ALWAYS)
            for _ in range(2):  # the first may not have needed the set
                staging.show(note="opening")
            for recipe in recipes:
                staging.show(recipe, note="probe")
        for recipe in () if reading.armed else recipes:
            staging.show(recipe, note="probe")
            staging.show(note="after")

    recipes = (*reading.refuses, *reading.accepts, *reading.either)
    if reading.armed:
        told = [CATALOGUE[name].description for name in reading.armed]
        first = "A token is shown; then, to a consumer that starts anew, under another key set."
    else:
        told = [TOKENS[name].description for name in recipes if name in TOKENS]
        first = "Tokens are shown, and a good one after each."
    script.__doc__ = f"{first} {' '.join(told)}"
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", reading.__name__).lower()
    stage(name, judges=[reading], needs=["jwt"])(script)
