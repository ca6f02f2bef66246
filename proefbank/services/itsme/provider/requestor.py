"""The partner behind a call: its codes, and whether the connection is that partner's."""

from __future__ import annotations

from typing import Any

from .arrival import FORBIDDEN
from .call import Call
from .parties import Party
from .people import Person
from .reasons import Refusal
from .shared import Shared
from .urls import UrlVerdict, judge_redirect

__all__ = ["check_redirect", "look_for_codes", "settle", "whose"]

_INVALID = Refusal(400, "INVALID_REQUESTOR")
_LONGEST_URL = 255
"""As the swagger has it; the document has no limit."""


def look_for_codes(call: Call, members: dict[str, Any]) -> None:
    """Write down codes that are not there; null and empty count as that."""
    for member, name in (("partnerCode", "partner"), ("serviceCode", "service")):
        if members.get(member) in (None, ""):
            refusal = Refusal(400, f"MISSING_{name.upper()}_CODE")
            call.add(f"{name}-code-missing", f"{member} is missing", refusal)


def settle(call: Call, members: dict[str, Any], shared: Shared) -> Party:
    """Find the partner; whom a wrong code stands for, only a lenient provider goes on as."""
    codes = members.get("partnerCode"), members.get("serviceCode")
    party = shared.parties.find(*codes)
    if party is None:
        if not any(code in (None, "") for code in codes):
            code, message = _what_is_wrong(codes, shared)
            call.add(code, message, _INVALID)
        party = call.owners[0] if call.owners else shared.assumed()
    elif call.certificate == "registered" and party not in call.owners:
        call.certificate = "other"
        message = "the certificate shown is registered on another partner"
        call.add("certificate-of-another-partner", message, _INVALID)
    if call.source == "allowed" and not party.admits(call.request.source):
        call.source = "foreign"
        message = "the call came from an address that is not this partner's"
        call.add("address-foreign", message, FORBIDDEN)
    call.party = party
    return party


def _what_is_wrong(codes: tuple[object, object], shared: Shared) -> tuple[str, str]:
    partner, service = codes
    known = next((one for one in shared.parties if one.partner_code == partner), None)
    if known is None:
        return "partner-code-unknown", "partnerCode is no code that was issued"
    if service == known.login_service_code:
        return "service-not-for-signing", "serviceCode is that of a service that does not sign"
    return "service-code-unknown", "serviceCode is no code of this partner"


def check_redirect(call: Call, sent: object, party: Party, *, exact: bool) -> UrlVerdict:
    """Compare a redirect URL with the registered one (sections 2, 3, 7 and 9)."""
    call.facts["redirect"] = verdict = judge_redirect(sent, party.redirect_url)
    if isinstance(sent, str) and len(sent) > _LONGEST_URL:
        call.note("redirect-url-long")
    if verdict == "other" or (exact and verdict == "other-query"):
        message = "redirectUrl is not the registered one"
        call.add("redirect-url-other", message, Refusal(400, "UNAUTHORIZED_URL"))
    elif verdict == "other-query":
        call.note("redirect-url-other-query")
    return verdict


def whose(owner: tuple[str, Person] | None, party: Party) -> str:
    """Tell whether a code is this partner's `own`, a `foreign` one, or `unknown`."""
    if owner is None:
        return "unknown"
    return "own" if owner[0] == party.partner_code else "foreign"
