"""What an application says to itsme, from identification to signature."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.itsme.wire.flow import (
    Flow,
    PendingIdentification,
    PendingSignature,
    RefusedText,
    ResumedAgain,
)
from proefbank.services.itsme.wire.identification import (
    IdentificationRequest,
    IdentificationStatusRequest,
    KnownUserRequest,
)
from proefbank.services.itsme.wire.sign_start import (
    ContentSent,
    DescribedStart,
    SeveralStart,
    SignStart,
    Starts,
)
from proefbank.services.itsme.wire.sign_status import SignStatus


def test_identification(reading: IdentificationRequest | KnownUserRequest, rule: Judgement) -> None:
    """The request that opens an identification session."""
    rule(reading)


def test_identification_status(reading: IdentificationStatusRequest, rule: Judgement) -> None:
    """The question whether the person was identified."""
    rule(reading)


def test_sign_start(reading: SignStart | SeveralStart | Starts, rule: Judgement) -> None:
    """The request that opens a sign session."""
    rule(reading)


def test_texts(reading: DescribedStart | RefusedText, rule: Judgement) -> None:
    """What the signer reads in the app, and under which policy he signs."""
    rule(reading)


def test_content(reading: ContentSent, rule: Judgement) -> None:
    """What becomes of a document that is handed over whole."""
    rule(reading)


def test_sign_status(reading: SignStatus, rule: Judgement) -> None:
    """The question whether the documents were signed."""
    rule(reading)


def test_flow(reading: Flow | ResumedAgain, rule: Judgement) -> None:
    """The order of the calls, and their end."""
    rule(reading)


def test_patience(reading: PendingIdentification | PendingSignature, rule: Judgement) -> None:
    """What an application does while a person takes his time."""
    rule(reading)
