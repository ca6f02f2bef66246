"""The request that asks whether the documents were signed."""

from __future__ import annotations

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.channel import BackEndCall
from ..wire.members import Missing, at, told
from ..wire.requests import BackCall
from ..wire.sign_status import SignStatus
from .said import issued, posted

HERE = "sign_document (status)"


@rule("itsme.sign-status.asked-on-the-same-endpoint")
def asked_on_the_same_endpoint(sent: BackEndCall) -> Finding | None:
    """Start and status share one path; there is no other."""
    call = sent.call
    if call.kind == "sign-status" and call.method == "POST":
        return None
    started = bool(call.known.sessions)
    if not started or not call.path.startswith("/sign") or _posted_start(call):
        raise DoesNotApply("it is no question about a sign session")
    return Finding(
        "request after the sign session was opened",
        expected="POST …/sign_document",
        actual=f"{call.method} …{call.path}",
    )


def _posted_start(call: BackCall) -> bool:
    return call.kind == "sign-start" and call.method == "POST"


@rule("itsme.sign-status.documents-are-null")
def documents_are_null(status: SignStatus) -> Finding | None:
    """With documents the same call reads as a new session."""
    value = posted(status).get("inDocs", Missing)
    if value is None:
        return None
    return Finding(f"{HERE}, inDocs", expected="null", actual=told(value))


@rule("itsme.sign-status.id-is-there")
def id_is_there(status: SignStatus) -> Finding | None:
    """Without an id a new session is opened, for nothing."""
    value = _id(status)
    if isinstance(value, str) and value:
        return None
    return Finding(f"{HERE}, asyncRespID", expected="the id of the session", actual=told(value))


@rule("itsme.sign-status.id-is-that-of-the-start")
def id_is_that_of_the_start(status: SignStatus) -> Finding | None:
    """Any other id gets an empty 409, which tells nothing."""
    value = _id(status)
    if not isinstance(value, str) or not value or value in status.call.known.identifications:
        raise DoesNotApply("there is no id, or it is of the identification: judged elsewhere")
    if value in status.call.known.sessions:
        return None
    expected = ", ".join(status.call.known.sessions) or "the respID of the start's answer"
    return Finding(f"{HERE}, asyncRespID", expected=expected, actual=told(value))


@rule("itsme.sign-status.id-is-not-that-of-the-identification")
def id_is_not_that_of_the_identification(status: SignStatus) -> Finding | None:
    """The two sessions have ids of their own, although the member has one name."""
    value = _id(status)
    if value not in status.call.known.identifications:
        return None
    return Finding(
        f"{HERE}, asyncRespID",
        expected="the respID of the start's answer",
        actual=f"{told(value)}, the id of the identification session",
    )


@rule("itsme.sign-status.request-has-an-id")
def request_has_an_id(status: SignStatus) -> Finding | None:
    """The answer repeats it, so that it can be told from the answer to another request."""
    value = posted(status).get("reqID", Missing)
    if isinstance(value, str) and value:
        return None
    return Finding(f"{HERE}, reqID", expected="an id made for this request", actual=told(value))


@rule("itsme.sign-status.partner-code-is-the-issued-one")
def partner_code(status: SignStatus) -> Finding | None:
    """Each call says on its own for whom it is made."""
    value = at(posted(status), "optInp", "itsme", "partnerCode")
    return issued(status, "optInp.itsme.partnerCode", value, "partner_code")


@rule("itsme.sign-status.service-code-is-the-issued-one")
def service_code(status: SignStatus) -> Finding | None:
    """Each call says on its own for which service it is made."""
    value = at(posted(status), "optInp", "itsme", "serviceCode")
    return issued(status, "optInp.itsme.serviceCode", value, "service_code")


def _id(status: SignStatus) -> object:
    return posted(status).get("asyncRespID", Missing)
