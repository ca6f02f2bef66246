"""Key sets of every kind that a realm may publish, and which key of them verifies what."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire import key_choice, odd_sets
from ..wire.key_choice import KeysOwnAlgorithm, TokensWithoutKid
from ..wire.shown_tokens import ShownTokens
from .showing import shown
from .timetable import ALWAYS

for _module in (key_choice, odd_sets):
    for _name in _module.__all__:
        _reading = getattr(_module, _name)
        if _reading is KeysOwnAlgorithm:
            shown(_reading, algorithms=["RS256", "RS512"])
        elif issubclass(_reading, ShownTokens):
            shown(_reading)


@stage("tokens-without-kid", judges=[TokensWithoutKid], needs=["jwt"])
def tokens_without_kid(staging: Staging) -> None:
    """Two keys are listed, in one order and in the other; tokens of both name no key."""
    for number in (0, 1):
        staging.begin("S2")
        staging.arm("jwks-permutation", times=ALWAYS, number=number)
        staging.show(note="opening")
        staging.show(note="control")
        for key in ("OLD", "NEW"):
            staging.show("kid-absent", key=key, note="probe")
