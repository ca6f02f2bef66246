"""The answer to the identification request: read as documented, and for no more than it is."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.answers import CookieSet, KnownOpening, Opening
from ..wire.identification import IdentificationStatusRequest
from ..wire.journeys import said
from ..wire.members import Missing, told
from .said import posted

_CONFLICT = 409


@rule("itsme.identification-answer.id-is-read-from-async-resp-id")
def id_is_read(status: IdentificationStatusRequest) -> Finding | None:
    """A question without an id is about nobody."""
    value = posted(status).get("asyncRespID", Missing)
    if isinstance(value, str) and value:
        return None
    return Finding(
        "user_identification/status, asyncRespID",
        expected="the asyncRespID of the identification answer",
        actual=told(value),
        hint="the swagger spells asyncRespId; the document asks for the capital D",
    )


@rule("itsme.identification-answer.cookie-is-disregarded")
def cookie_is_disregarded(later: CookieSet) -> Finding | None:
    """It has no meaning; a client that keeps it ties its users together by it."""
    if later.call.exchange.request.header("cookie") is None:
        return None
    return Finding(
        f"{later.call.kind}, Cookie",
        expected="absent",
        actual="the cookie of the identification answer",
        hint="give the HTTP client no cookie jar",
    )


@rule("itsme.identification-answer.missing-reason-is-normal")
def missing_reason_is_normal(opening: Opening) -> Finding | None:
    """On success there is nothing to give a reason for."""
    if opening.has_reason:
        raise DoesNotApply("the answer has a statusReason")
    again = [call for call in opening.after if call.kind == "identification"]
    if again and again[0].number == min(call.number for call in opening.after):
        return Finding(
            "after an identification answer that says OK, without statusReason",
            expected="the session that it opened",
            actual="one more identification request",
            exchange=again[0].number,
        )
    if opening.step.call.outcome == "accepted" or opening.after:
        return None
    return Finding(
        "outcome of sign.start after an identification answer that says OK, without statusReason",
        expected="accepted",
        actual=said(opening.step.call),
    )


@rule("itsme.identification-answer.ok-is-not-an-identified-user")
def ok_is_no_identified_user(opening: KnownOpening) -> Finding | None:
    """The user still has to go to the page, though it asks for no phone number."""
    asked = [call for call in opening.after if call.kind == "identification-status"]
    early = [call for call in asked if call.exchange.response.status == _CONFLICT]
    if early:
        again = [
            call
            for call in opening.after
            if call.kind == "identification" and call.number > early[0].number
        ]
        if again:
            return Finding(
                "after a status request that came before the user was sent to the page",
                expected="the session goes on",
                actual="another identification session",
                exchange=again[0].number,
            )
    if opening.step.redirect is not None or not (asked or opening.step.call.outcome == "accepted"):
        return None
    return Finding(
        "outcome of sign.start for a user who is known",
        expected="accepted, with the page to send the browser to",
        actual=said(opening.step.call),
    )
