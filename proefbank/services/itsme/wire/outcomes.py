"""What the application hands over in the end, beside what itsme had told it in that session."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .journeys import (
    PENDING,
    Journey,
    Step,
    answer_to,
    check_controls,
    journeys_of,
    listed,
    major_of,
    signed_documents,
)
from .members import at
from .requests import BackCall, Kind

__all__ = [
    "Claim",
    "Ended",
    "NoCertificate",
    "OtherSigner",
    "PendingClaim",
    "Shuffled",
    "SignerChoice",
    "der_in",
    "loose",
]

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def der_in(text: object) -> list[bytes]:
    """Return the certificates of a PEM text, in its order."""
    found = []
    for body in _PEM.findall(text) if isinstance(text, str) else []:
        try:
            found.append(base64.b64decode(body))
        except binascii.Error:
            continue
    return found


def loose(value: object) -> bytes | None:
    """Return what a base64 text of any alphabet holds, padded or not; None if it is none."""
    if not isinstance(value, str):
        return None
    text = "".join(value.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Claim(Reading):
    """An order after which the application says that the documents are signed."""

    journey: Journey
    step: Step
    elsewhere: tuple[bytes, ...]
    """Certificates of signers that came in other sessions of the staging."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every one."""
        journeys = journeys_of(journal)
        return [
            cls(
                journey,
                step,
                tuple(one for other in journeys if other is not journey for one in _signers(other)),
                step.exchange or journey.steps[0].exchange,
            )
            for journey in journeys
            for step in journey.steps
            if step.signed
        ]

    @property
    def asked(self) -> list[BackCall]:
        """Questions for the signatures of this session, up to then."""
        before = [step for step in self.journey.steps if step.place <= self.step.place]
        return [call for step in before for call in step.of("sign-status")]

    @property
    def is_backed(self) -> bool:
        """Whether itsme had said Success by then."""
        return any(call in self.journey.successes for call in self.asked)


class PendingClaim(Claim):
    """A session that was pending for a while: every order of it, signed or not."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the orders; raises `NotExercised` if no status was asked while it was pending."""
        found = [
            cls(journey, step, (), step.exchange or journey.steps[0].exchange)
            for journey in journeys_of(journal)
            if any(major_of(call) == PENDING for call in journey.sent("sign-status"))
            for step in journey.steps
        ]
        if not found:
            raise NotExercised("no status was asked while the signature was pending")
        return found


def _signers(journey: Journey) -> list[bytes]:
    return [
        one for text in journey.told("identification-status", "certificate") for one in der_in(text)
    ]


class Ended(Claim):
    """A session that came to its end: itsme gave the signatures, and so did the application."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the first end of every session.

        Raises `NotExercised` if the application says so of a session without signatures.
        """
        found: dict[int, Self] = {}
        for claim in super().read(journal):
            if not claim.journey.successes or not claim.identities:
                raise NotExercised("itsme had given no signatures, or no certificate")
            found.setdefault(claim.journey.steps[0].call.number, claim)
        return list(found.values())

    @property
    def identities(self) -> list[object]:
        """Answers of this session that held a certificate."""
        answers = [answer_to(call) for call in self.journey.sent("identification-status")]
        return [answer for answer in answers if der_in(at(answer, "certificate"))]

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, as it came alone."""
        return der_in(at(self.identities[-1], "certificate"))[0]

    @property
    def certificates(self) -> list[bytes]:
        """Every certificate that came in this session, those of the chain included."""
        return [
            one
            for answer in self.identities
            for name in ("certificate", "fullCertificateChain")
            for one in der_in(at(answer, name))
        ]

    @property
    def handed_over(self) -> list[bytes]:
        """The certificates that the application hands over."""
        return der_in(self.step.call.value.get("certificate"))

    @property
    def told(self) -> dict[str, str]:
        """The signature values that itsme gave, by document."""
        return {
            name: value for call in self.journey.successes for name, value in signed_documents(call)
        }

    @property
    def order_of_answer(self) -> list[str]:
        """The documents, in the order of itsme's answer."""
        return [name for name, _ in signed_documents(self.journey.successes[-1])]

    @property
    def given(self) -> list[tuple[str, object]]:
        """The signatures that the application hands over: document and value."""
        return [
            (str(item.get("id")), item.get("value"))
            for item in listed(self.step.call.value.get("signatures"))
            if isinstance(item, Mapping)
        ]


SHUFFLED = "sign-status-shuffled"


@dataclass(frozen=True, slots=True)
class Shuffled(Reading):
    """A session whose signatures came in another order than the documents."""

    step: Step
    end: Ended | None
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` if the answer was never asked for."""
        ends = {one.journey.steps[0].call.number: one for one in Ended.read(journal)}
        for journey in journeys_of(journal):
            for step in journey.steps:
                if any(call.exchange.trail.stimulus == SHUFFLED for call in step.sent):
                    return [cls(step, ends.get(journey.steps[0].call.number), step.exchange)]
        raise NotExercised("nobody asked for the signatures that came in another order")


@dataclass(frozen=True, slots=True)
class SignerChoice(Reading):
    """A request to sign, beside the user codes that had come in its session before."""

    call: BackCall
    signer: str
    """Hole of the user code that it names; empty if it names nobody."""
    received: tuple[str, ...]
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return every request in sessions that had been told of somebody."""
        found = []
        for journey in journeys_of(journal):
            for call in journey.sent("sign-start"):
                before = tuple(
                    step
                    for step in journey.sent("identification-status")
                    if step.number < call.number
                )
                codes = [at(answer_to(step), "userCode") for step in before]
                received = tuple(code for code in codes if isinstance(code, str))
                signer = at(call.said, "optInp", "itsme", "signer", "userCode")
                if received:
                    signer = signer if isinstance(signer, str) else ""
                    found.append(cls(call, signer, received, call.number))
        return found


@dataclass(frozen=True, slots=True)
class OtherSigner(Reading):
    """A session in which somebody else was identified than the caller had named."""

    choices: tuple[SignerChoice, ...]
    """Requests to sign made for it."""
    step: Step
    """The last order of it."""
    exchange: int | None

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` if nobody was identified."""
        for journey in journeys_of(journal):
            if journey.codes and journey.steps[0].call.args.get("user_code"):
                last = journey.steps[-1]
                asked = journey.sent("identification-status")[-1].number
                return [cls(tuple(SignerChoice.read(journal)), last, last.exchange or asked)]
        raise NotExercised("nobody asked who was identified")


MISSING = "identification-status-no-certificate"


@dataclass(frozen=True, slots=True)
class NoCertificate(Reading):
    """An order during which the identification brought no certificate."""

    step: Step
    after: tuple[BackCall, ...]
    """Calls of the session since then."""
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return one reading; raises `NotExercised` without an ordinary session, or without it."""
        check_controls(journal)
        for journey in journeys_of(journal):
            for step in journey.steps:
                for call in step.sent:
                    if call.exchange.trail.stimulus == MISSING:
                        later = [one for one in journey.sent(*_LATER) if one.number > call.number]
                        return [cls(step, tuple(later), call.number)]
        raise NotExercised("nobody asked for the status that lacks a certificate")


_LATER: tuple[Kind, ...] = ("sign-start", "sign-status")
