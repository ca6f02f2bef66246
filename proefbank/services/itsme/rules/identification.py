"""Requests about the identification session: opening it, and asking how it stands."""

from __future__ import annotations

import re

from proefbank.errors import NotObservable
from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.identification import (
    IdentificationRequest,
    IdentificationStatusRequest,
    KnownUserRequest,
    known_codes,
)
from ..wire.members import Missing, told
from .said import issued, labelled_json, language, posted, registered_url, well_formed

NAMES = ("partnerCode", "serviceCode", "redirectUrl", "lang", "userCode")
HERE = "user_identification"


@rule("itsme.identification.opened-with-post")
def opened_with_post(request: IdentificationRequest) -> Finding | None:
    """Codes in a URL end up in logs, and the service takes nothing but POST."""
    if request.call.method == "POST":
        return None
    return Finding(f"{HERE}, method", expected="POST", actual=request.call.method)


@rule("itsme.identification.has-a-body")
def has_a_body(request: IdentificationRequest) -> Finding | None:
    """There is an error, NO_REQUEST, for just this."""
    if request.call.method != "POST":
        raise DoesNotApply("it was not posted, which is a requirement of its own")
    if request.call.exchange.body_bytes:
        return None
    return Finding(f"{HERE}, body", expected="a JSON object", actual="nothing")


@rule("itsme.identification.body-is-labelled-json")
def labelled(request: IdentificationRequest) -> Finding | None:
    """A body that does not say what it is gets read by luck, or not at all."""
    return labelled_json(request)


@rule("itsme.identification.names-are-spelled-as-documented")
def names_are_spelled_right(request: IdentificationRequest) -> Finding | None:
    """A misspelled member is an unknown one, which nobody reads."""
    said = posted(request)
    for name in said:
        if (meant := _meant(name)) and name != meant:
            return Finding(f"{HERE}, member names", expected=meant, actual=name)
    return None


@rule("itsme.identification.partner-code-is-the-issued-one")
def partner_code(request: IdentificationRequest) -> Finding | None:
    """The code tells for whom the user signs; a label is shown for it."""
    return issued(request, "partnerCode", _of(request, "partnerCode"), "partner_code")


@rule("itsme.identification.service-code-is-the-issued-one")
def service_code(request: IdentificationRequest) -> Finding | None:
    """One partner may have several services, and only one of them signs."""
    return issued(request, "serviceCode", _of(request, "serviceCode"), "service_code")


@rule("itsme.identification.language-is-given")
def language_is_given(request: IdentificationRequest) -> Finding | None:
    """Without it the page opens in a language that the user may not read."""
    value = _of(request, "lang")
    if isinstance(value, str) and value:
        return None
    return Finding(f"{HERE}, lang", expected="a language", actual=told(value))


@rule("itsme.identification.language-is-supported")
def language_is_supported(request: IdentificationRequest) -> Finding | None:
    """Any other value ends the flow with INVALID_LANG before the user sees a page."""
    value = _of(request, "lang")
    if not isinstance(value, str) or not value:
        raise DoesNotApply("there is no language, which is a requirement of its own")
    return language(request, "lang", value)


@rule("itsme.identification.redirect-url-is-well-formed")
def redirect_url_is_one(request: IdentificationRequest) -> Finding | None:
    """A user whom no address brings back is lost."""
    value = _of(request, "redirectUrl")
    if well_formed(value):
        return None
    return Finding(f"{HERE}, redirectUrl", expected="an absolute URL", actual=told(value))


@rule("itsme.identification.redirect-url-is-the-registered-one")
def redirect_url_is_registered(request: IdentificationRequest) -> Finding | None:
    """Users are only sent back to the one address that was registered."""
    return registered_url(request, "redirectUrl", _url(request), query=False)


@rule("itsme.identification.redirect-url-query-is-the-registered-one")
def redirect_url_query_is_registered(request: IdentificationRequest) -> Finding | None:
    """An exact match leaves no room for a parameter, although an example has one."""
    return registered_url(request, "redirectUrl", _url(request), query=True)


@rule("itsme.identification.known-user-code-is-sent")
def known_user_code_is_sent(request: KnownUserRequest) -> Finding | None:
    """It spares the user from typing a phone number that itsme could know."""
    value = _of(request, "userCode")
    if value == request.call.wishes["user_code"]:
        return None
    return Finding(
        f"{HERE}, userCode",
        expected="the code that was handed over",
        actual=told(value),
        hint="keep the user code of each user, and send it the next time",
    )


@rule("itsme.identification.user-code-is-one-of-itsme")
def user_code_is_issued(request: IdentificationRequest) -> Finding | None:
    """A code of anything else finds nobody, or the wrong person."""
    value = posted(request).get("userCode", Missing)
    if value is Missing or value is None:
        return None
    known = known_codes(request.scenario)
    if value and known is None:
        raise NotObservable("nobody told the bench which user codes were issued")
    if value in (*(known or ()), *request.call.known.user_codes):
        return None
    return Finding(
        f"{HERE}, userCode",
        expected="a code that itsme issued to this partner, null, or nothing",
        actual=told(value),
        hint="leave it out for a user whom itsme has not named yet",
    )


STATUS = "user_identification/status"


@rule("itsme.identification-status.asked-with-a-json-post")
def status_is_posted(request: IdentificationStatusRequest) -> Finding | None:
    """Nothing but a JSON POST is documented."""
    if request.call.method != "POST":
        return Finding(f"{STATUS}, method", expected="POST", actual=request.call.method)
    if not request.call.exchange.body_bytes:
        return Finding(f"{STATUS}, body", expected="a JSON object", actual="nothing")
    return labelled_json(request)


@rule("itsme.identification-status.partner-code-is-the-issued-one")
def status_partner_code(request: IdentificationStatusRequest) -> Finding | None:
    """Each call says on its own for whom it is made."""
    value = posted(request).get("partnerCode", Missing)
    return issued(request, "partnerCode", value, "partner_code")


@rule("itsme.identification-status.service-code-is-the-issued-one")
def status_service_code(request: IdentificationStatusRequest) -> Finding | None:
    """Each call says on its own for which service it is made."""
    value = posted(request).get("serviceCode", Missing)
    return issued(request, "serviceCode", value, "service_code")


@rule("itsme.identification-status.id-is-that-of-the-answer")
def status_id(request: IdentificationStatusRequest) -> Finding | None:
    """Only this id names the session; what the browser carries along does not."""
    value = posted(request).get("asyncRespID", Missing)
    if value is Missing or value is None:
        raise DoesNotApply("there is no id, which is a requirement of its own")
    if value in request.call.known.identifications:
        return None
    expected = ", ".join(request.call.known.identifications) or "an id that itsme gave"
    return Finding(f"{STATUS}, asyncRespID", expected=expected, actual=told(value))


def _of(request: IdentificationRequest, name: str) -> object:
    """Return a member; one that is there only misspelled is judged elsewhere."""
    said = posted(request)
    if name not in said and any(_meant(other) == name for other in said):
        raise DoesNotApply(f"{name} is misspelled, which is a requirement of its own")
    return said.get(name, Missing)


def _meant(name: str) -> str | None:
    folded = re.sub("uri$", "url", re.sub(r"[-_]", "", name).lower())
    return next((one for one in NAMES if one.lower() == folded), None)


def _url(request: IdentificationRequest) -> object:
    value = _of(request, "redirectUrl")
    if not well_formed(value):
        raise DoesNotApply("it is no URL, which is a requirement of its own")
    return value
