"""Flows that go well: one document and several, a user who is known, a document with content."""

from __future__ import annotations

from proefbank.judge import Reading
from proefbank.staging import Staging, stage

from ..wire.answers import KnownOpening, Opening
from ..wire.channel import BackEndCall, ConfigurationRead, FlowCall
from ..wire.contents import ContainerMade, ContentHashed
from ..wire.flow import Flow, PendingIdentification, PendingSignature, ResumedAgain
from ..wire.front import Departure, IdentificationDeparture, SecondReturn, SigningDeparture
from ..wire.identification import (
    IdentificationRequest,
    IdentificationStatusRequest,
    KnownUserRequest,
)
from ..wire.outcomes import Claim, Ended, PendingClaim, SignerChoice
from ..wire.sign_start import ContentSent, SeveralStart, SignStart, Starts
from ..wire.sign_status import SignStatus
from .scripts import content, identified, order, resumed, signed, started, value_of

ASKING: tuple[type[Reading], ...] = (
    BackEndCall,
    FlowCall,
    Flow,
    IdentificationRequest,
    Opening,
    Departure,
    IdentificationDeparture,
)
"""Readings that hold as soon as an identification is asked for."""
SIGNING = (
    *ASKING,
    ConfigurationRead,
    IdentificationStatusRequest,
    SignStart,
    SignerChoice,
    SigningDeparture,
)
"""Readings that hold once a sign session is open."""
FLOW = (*SIGNING, SignStatus, SecondReturn, Claim, Ended)
"""Readings that hold in every flow that goes to its end."""
WAITS, PATIENCE = 8, 12
"""Times that a status is pending, and that a session is resumed before the staging gives up."""


@stage("sign", judges=FLOW, needs=["sign"])
def sign(staging: Staging) -> None:
    """Somebody signs one document."""
    staging.begin()
    signed(staging)


@stage("sign-several", judges=[*FLOW, SeveralStart], needs=["sign"])
def sign_several(staging: Staging) -> None:
    """Somebody signs five documents at once."""
    staging.begin()
    signed(staging, order(5))


@stage("sign-known-user", judges=[*FLOW, KnownUserRequest, KnownOpening], needs=["sign"])
def sign_known_user(staging: Staging) -> None:
    """Somebody signs whose user code the caller knows."""
    staging.begin()
    known = staging.facts["known_user_codes"]
    code = known["with-certificate"] if isinstance(known, dict) else ""
    signed(staging, order(user_code=code))


@stage("sign-content", judges=[*FLOW, ContentSent, ContentHashed, ContainerMade], needs=["sign"])
def sign_content(staging: Staging) -> None:
    """Somebody signs a document that is handed over whole, not by its hash."""
    staging.begin()
    signed(staging, order() | {"documents": [content()]})


@stage("sign-twice", judges=[*SIGNING, Starts], needs=["sign"])
def sign_twice(staging: Staging) -> None:
    """Somebody signs one document, and later another."""
    staging.begin()
    for _ in range(2):
        identified(staging)


@stage("sign-resumed-again", judges=[*FLOW, ResumedAgain], needs=["sign"])
def sign_resumed_again(staging: Staging) -> None:
    """Somebody signs a document, and then loads the page once more that he came back to."""
    staging.begin()
    session, returned = signed(staging)
    if session is not None:
        resumed(staging, session, returned)


@stage("identification-status-pending", judges=[PendingIdentification], needs=["sign"])
def identification_pending(staging: Staging) -> None:
    """Somebody is back before itsme knows that he was identified."""
    staging.begin()
    session, url = started(staging)
    if session is None:
        return
    returned = staging.visit(url, person="with-certificate")
    staging.arm("identification-status-pending", times=WAITS)
    for _ in range(PATIENCE):
        answer = resumed(staging, session, returned)
        if value_of(answer, "pending") is not True:
            break


@stage("sign-status-pending", judges=[PendingSignature, PendingClaim], needs=["sign"])
def signature_pending(staging: Staging) -> None:
    """Somebody is back before itsme has the signatures."""
    staging.begin()
    session, url = identified(staging)
    if url is None:
        return
    returned = staging.visit(url, person="with-certificate")
    staging.arm("sign-status-pending", times=WAITS)
    for _ in range(PATIENCE):
        answer = resumed(staging, session, returned)
        if value_of(answer, "pending") is not True:
            break
