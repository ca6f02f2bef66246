"""Errors of itsme, each at every call where the staging can have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .journeys import (
    PENDING,
    SUCCESS,
    Journey,
    Step,
    answer_to,
    check_controls,
    journeys_of,
    listed,
    major_of,
)
from .members import Members, at
from .requests import BackCall, Kind
from .stimulated import Stimulated

__all__ = [
    "BatchRefused",
    "BrokenAnswer",
    "ConfigurationError",
    "Conflict",
    "DocumentedError",
    "ExpiredIdentification",
    "NoPayload",
    "NotAllowed",
    "OtherDialect",
    "RefusedSignature",
    "RejectedIdentification",
    "ServerError",
    "SingleHashRefused",
    "SlowAnswer",
    "UnexpectedError",
    "UnknownError",
    "UnknownReason",
]

_CONFIGURATION = (
    "error-no-request-400",
    "error-missing-partner-code-400",
    "error-missing-service-code-400",
    "error-invalid-url-400",
    "error-invalid-requestor-400",
    "error-unauthorized-url-400",
    "error-invalid-lang-400",
)
_UNEXPECTED = ("error-unexpected-error-400", "error-unexpected-error-409")
_ENDED = ("error-rejected-409", "error-expired-409")


class DocumentedError(Stimulated):
    """An error of the table."""

    kinds = (
        *_CONFIGURATION,
        *_UNEXPECTED,
        *_ENDED,
        "error-not-allowed-to-sign-400",
        "error-unknown-400",
    )


class NotAllowed(Stimulated):
    """The user is not allowed to sign."""

    kinds = ("error-not-allowed-to-sign-400",)


class UnexpectedError(Stimulated):
    """Something went wrong at itsme, under either of its two status codes."""

    kinds = _UNEXPECTED


class UnknownError(Stimulated):
    """Something went wrong at itsme, and itsme does not know what."""

    kinds = ("error-unknown-400",)


class ConfigurationError(Stimulated):
    """A request refused for its codes, its URL or its language."""

    kinds = _CONFIGURATION


class Conflict(Stimulated):
    """A conflict that is not patience: the identification ended, or something went wrong."""

    kinds = (*_ENDED, "error-unexpected-error-409")
    layers = ("identification-status",)


class NoPayload(Stimulated):
    """A conflict without a word."""

    kinds = ("no-payload",)


class ServerError(Stimulated):
    """HTTP 500, with JSON or a page for its body."""

    kinds = ("500", "html-500")


class UnknownReason(Stimulated):
    """An error with a reason that nobody documented, with none, or in the other shape."""

    kinds = (
        "unknown-reason",
        "no-reason",
        "error-unexpected-error-400",
        "error-technical-error-400",
    )


class BrokenAnswer(Stimulated):
    """An answer that breaks off, is no JSON, never comes, or points elsewhere."""

    kinds = (
        "truncated-json",
        "cut-body",
        "empty-body",
        "wrong-media-type",
        "redirect-elsewhere",
        "reset",
    )


@dataclass(frozen=True, slots=True)
class Followed(Reading):
    """A session that was probed, and what came of it from the telling answer on."""

    met: BackCall
    """The call with the telling answer."""
    steps: tuple[Step, ...]
    """From the order on during which it came."""
    journey: Journey
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading for each probe.

        Raises `NotExercised` unless an ordinary order was accepted, and for a probe in which
        the telling answer never came.
        """
        check_controls(journal)
        found = []
        for journey in journeys_of(journal):
            if journey.note != "probe":
                continue
            met = next((call for call in journey.sent(*_ALL) if cls.tells(call)), None)
            if met is None:
                raise NotExercised("the application never asked what it was to be told")
            first = next(n for n, step in enumerate(journey.steps) if met in step.sent)
            found.append(cls(met, journey.steps[first:], journey, met.number))
        if not found:
            raise NotExercised("no session was begun")
        return found

    @classmethod
    def tells(cls, call: BackCall) -> bool:
        """Whether the answer to a call is the one that the reading is about."""
        raise NotImplementedError

    @property
    def after(self) -> list[BackCall]:
        """Calls of the session after that answer."""
        return [call for call in self.journey.sent(*_ALL) if call.number > self.exchange]


_ALL: tuple[Kind, ...] = ("identification", "identification-status", "sign-start", "sign-status")


def _reason(call: BackCall) -> object:
    return at(answer_to(call), "statusReason")


class RejectedIdentification(Followed):
    """A person who refused to have a certificate made."""

    reason: ClassVar[str] = "REJECTED"

    @classmethod
    def tells(cls, call: BackCall) -> bool:
        """Whether the answer says so."""
        return call.kind == "identification-status" and _reason(call) == cls.reason


class ExpiredIdentification(RejectedIdentification):
    """A person who let the making of a certificate lapse."""

    reason = "EXPIRED"


class RefusedSignature(Followed):
    """A person who refused to sign, or let it lapse; itsme says no, in one way or another."""

    @classmethod
    def tells(cls, call: BackCall) -> bool:
        """Whether the answer is neither Success nor Pending."""
        return call.kind == "sign-status" and major_of(call) not in (PENDING, SUCCESS)


class RefusedBatch(Followed):
    """Several documents that itsme does not take in one request."""

    stimulus: ClassVar[str]

    @classmethod
    def tells(cls, call: BackCall) -> bool:
        """Whether it was refused so."""
        return call.exchange.trail.stimulus == cls.stimulus

    @property
    def started(self) -> list[list[str]]:
        """The documents of each request to sign made after the refusal."""
        return [ids_in(call) for call in self.after if call.kind == "sign-start"]

    @property
    def wanted(self) -> list[str]:
        """The documents that the caller wants signed."""
        return [str(one.get("id")) for one in self.journey.documents]


class SingleHashRefused(RefusedBatch):
    """Itsme takes one hash at a time from this partner."""

    stimulus = "sign-start-error-only-single-hash-supported-400"


class BatchRefused(RefusedBatch):
    """Itsme finds the request too large."""

    stimulus = "sign-start-error-batch-too-large-400"


def ids_in(call: BackCall) -> list[str]:
    """Return the ids of the documents in a request to sign."""
    entries = listed(at(call.said, "inDocs", "docHash"))
    return [str(entry.get("id")) for entry in entries if isinstance(entry, Members)]


@dataclass(frozen=True, slots=True)
class OtherDialect(Reading):
    """A whole flow with an itsme that speaks as the swagger or the letter of the text has it."""

    journey: Journey
    dialect: str
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` unless a session was asked for."""
        check_controls(journal)
        probes = [one for one in journeys_of(journal) if one.note == "probe"]
        found = [one for one in probes if one.sent("identification")]
        if not found:
            raise NotExercised("no session was asked for")
        [journey] = found[:1]
        dialect = str(journey.scenario.get("dialect", ""))
        last = [step.exchange for step in journey.steps if step.exchange is not None]
        return [cls(journey, dialect, last[-1] if last else None)]


@dataclass(frozen=True, slots=True)
class SlowAnswer(OtherDialect):
    """A whole flow in which itsme takes a while to answer each call."""
