"""Answers that the bench had spoiled, beside what the application made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.exchange import Response
from proefbank.journal import Exchange, Journal
from proefbank.judge import NotExercised, Reading

from .journeys import Journey, Step, answer_to, check_controls, journeys_of
from .members import at
from .requests import BackCall, Kind

__all__ = ["Stimulated"]

_OK = 200
_WORDS = {
    "bit-flip": "signatures with a wrong bit",
    "cms": "signatures in a CMS",
    "cut-body": "a body that breaks off",
    "double-hash": "signatures over the hash of the hash",
    "duplicate": "a signature that comes twice",
    "empty-body": "200 without a body",
    "empty-sigobj": "Success with an empty sigObj",
    "error-maj-200": "200 with an error for its result",
    "foreign-req-id": "the reqID of another request",
    "html-500": "500 with a page",
    "missing-one": "a signature less than documents",
    "no-digestinfo": "signatures whose padding names no algorithm",
    "no-payload": "409 without a body",
    "no-reason": "409 without a reason",
    "no-sigobj": "Success without sigObj",
    "other-key": "signatures of another key",
    "redirect-elsewhere": "a redirect to another origin",
    "reset": "a connection that was reset",
    "surplus": "a signature for one document too many",
    "swapped": "signatures of each other's documents",
    "truncated-json": "JSON that ends too early",
    "unknown-document": "a signature for another document",
    "unknown-maj": "a result that nobody documented",
    "wrong-media-type": "200 with a page",
}
"""How findings name what has no reason of its own."""
_KINDS: tuple[Kind, ...] = (
    "identification",
    "identification-status",
    "sign-start",
    "sign-status",
)
_LAYERS = ("identification-status", "identification", "sign-start", "sign-status")


@dataclass(frozen=True, slots=True)
class Stimulated(Reading):
    """One spoiled answer, and the order during which it came.

    A class says by `kinds` which stimuli it is about; each that was armed has to be met.
    """

    kinds: ClassVar[tuple[str, ...]] = ()
    """Names of stimuli without the call they belong to; a star at the end stands for anything."""
    layers: ClassVar[tuple[str, ...]] = _LAYERS
    """Calls that the class is about."""

    stimulus: str
    call: BackCall
    step: Step
    journey: Journey
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one for each stimulus.

        Raises `NotExercised` unless ordinary orders were accepted, and for one never met.
        """
        armed = [str(event.get("name")) for event in journal.of("stimulus")]
        armed = [name for name in armed if cls.is_about(name)]
        if not armed:
            raise NotExercised("nothing of the kind was staged")
        check_controls(journal)
        met = _met(journal)
        found = []
        for name in dict.fromkeys(armed):
            ways = [way for way in met if way[0] == name]
            if not ways:
                raise NotExercised(f"the application never came to meet {name}")
            found += [cls(*way, way[1].number) for way in ways]
        return found

    @classmethod
    def is_about(cls, name: str) -> bool:
        """Whether a stimulus is of this kind."""
        layer, kind = split(name)
        return layer in cls.layers and any(
            kind.startswith(one[:-1]) if one.endswith("*") else kind == one for one in cls.kinds
        )

    @property
    def layer(self) -> str:
        """The call that was answered so."""
        return split(self.stimulus)[0]

    @property
    def response(self) -> Response:
        """The answer."""
        return self.call.exchange.response

    @property
    def reason(self) -> str:
        """The reason that the answer gave; empty if none."""
        answer = answer_to(self.call)
        told = at(answer, "statusReason"), at(answer, "result", "min")
        return next((one for one in told if isinstance(one, str)), "")

    @property
    def story(self) -> str:
        """How a finding names it."""
        status, kind = self.response.status, split(self.stimulus)[1]
        told = _WORDS.get(kind) or f"{status} {self.reason}".strip()
        return f"{told}, to {self.call.kind}"

    @property
    def again(self) -> list[BackCall]:
        """Calls of the same kind, later in the same order."""
        return [
            call
            for call in self.step.of(self.call.kind)
            if call.number > self.exchange and call.exchange.trail.stimulus is None
        ]

    @property
    def recovered(self) -> bool:
        """Whether the application asked again at once, and got a good answer."""
        return any(call.exchange.response.status == _OK for call in self.again)

    @property
    def further(self) -> list[BackCall]:
        """Calls of later steps of the flow that were built on the answer.

        What came after the same question was asked again, and answered well, is not.
        """
        same = [call for call in self.journey.sent(self.call.kind) if call.number > self.exchange]
        well = [call.number for call in same if call.exchange.response.status == _OK]
        later = _KINDS[_KINDS.index(self.call.kind) + 1 :]
        return [
            call
            for call in self.journey.sent(*later)
            if self.exchange < call.number < min(well, default=call.number + 1)
        ]

    @property
    def led_away(self) -> list[Exchange]:
        """Requests to where the answer pointed, in the same order."""
        return [one for one in self.step.call.exchanges if one.request.listener == "elsewhere"]


def split(name: str) -> tuple[str, str]:
    """Return call and kind of a stimulus; two empty texts for one of another layer."""
    for layer in _LAYERS:
        if name.startswith(f"{layer}-"):
            return layer, name.removeprefix(f"{layer}-")
    return "", ""


def _met(journal: Journal) -> list[tuple[str, BackCall, Step, Journey]]:
    return [
        (call.exchange.trail.stimulus, call, step, journey)
        for journey in journeys_of(journal)
        for step in journey.steps
        for call in step.sent
        if call.exchange.trail.stimulus is not None
    ]
