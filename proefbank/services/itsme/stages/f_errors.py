"""Errors of the table at every call, answers that are none, and other ways to put things."""

from __future__ import annotations

from proefbank.staging import Staging, stage

from ..wire import errors
from ..wire.stimulated import Stimulated
from .probing import control, flow, probe
from .scripts import order

LAYERS = ("identification", "identification-status", "sign-start", "sign-status")
FAMILIES: tuple[tuple[str, tuple[type[Stimulated], ...], str], ...] = (
    (
        "errors",
        (
            errors.DocumentedError,
            errors.NotAllowed,
            errors.UnexpectedError,
            errors.UnknownError,
            errors.ConfigurationError,
        ),
        "is refused, once for each reason of the table",
    ),
    (
        "odd-errors",
        (errors.NoPayload, errors.ServerError, errors.UnknownReason),
        "is refused without a body, with a page, or for a reason that nobody documented",
    ),
    (
        "broken-answers",
        (errors.BrokenAnswer,),
        "is answered with half an answer, with none, or with a page",
    ),
)
WORDS = {
    "identification": "The request to be identified",
    "identification-status": "The question who was identified",
    "sign-start": "The request to sign",
    "sign-status": "The question for the signatures",
}
SHAPES = {"error-unexpected-error-400": "basic", "error-technical-error-400": "dss"}
SLOWLY = {
    "identification": 0.2,
    "identification-status": 0.2,
    "sign-start": 1.0,
    "sign-status": 0.2,
}
"""Seconds that each answer takes."""


def _family(layer: str, name: str, readings: tuple[type[Stimulated], ...], what: str) -> None:
    if name == "errors" and layer == "identification-status":
        readings = (*readings, errors.Conflict)
    kinds = dict.fromkeys(kind for reading in readings for kind in reading.kinds)
    shaped = {kind: SHAPES[kind] for kind in kinds if name == "odd-errors" and kind in SHAPES}
    if not layer.startswith("sign"):
        kinds = dict.fromkeys(kind for kind in kinds if kind not in shaped)

    def script(staging: Staging) -> None:
        control(staging, layer)
        for kind in kinds:
            probe(staging, f"{layer}-{kind}", shape=shaped.get(kind, ""))

    script.__doc__ = f"{WORDS[layer]} {what}. Before that, an ordinary flow."
    wire = ["faults"] if name == "broken-answers" else []
    stage(f"{layer}-{name}", judges=readings, needs=["sign"], wire=wire)(script)


for _layer in LAYERS:
    for _name, _readings, _what in FAMILIES:
        _family(_layer, _name, _readings, _what)


@stage("single-hash", judges=[errors.SingleHashRefused], needs=["sign"])
def single_hash(staging: Staging) -> None:
    """Somebody wants three documents signed, and the contract is for one; one goes well before."""
    staging.begin("single-hash")
    flow(staging, note="control")
    staging.begin("single-hash")
    staging.arm(errors.SingleHashRefused.stimulus)
    flow(staging, order(3), note="probe")


@stage("batch-too-large", judges=[errors.BatchRefused], needs=["sign"])
def batch_too_large(staging: Staging) -> None:
    """Itsme finds a request with five documents too large; one with as many goes well before."""
    control(staging, count=5)
    probe(staging, errors.BatchRefused.stimulus, 5)


def _dialect(role: str, words: str) -> None:
    def script(staging: Staging) -> None:
        control(staging)
        staging.begin(role)
        flow(staging, order(2), note="probe")

    script.__doc__ = f"A whole flow with an itsme that speaks {words}; before that an ordinary one."
    stage(f"dialect-{role}", judges=[errors.OtherDialect], needs=["sign"])(script)


_dialect("swagger", "as the swagger says")
_dialect("literal", "as the appendix and the examples say to the letter")


@stage("slow-answers", judges=[errors.SlowAnswer], needs=["sign"], wire=["faults"])
def slow_answers(staging: Staging) -> None:
    """A whole flow in which itsme takes its time for every answer; before that an ordinary one."""
    control(staging)
    staging.begin()
    for layer, seconds in SLOWLY.items():
        staging.arm(f"{layer}-delay", seconds=seconds)
    flow(staging, note="probe")
