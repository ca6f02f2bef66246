"""`user_identification` and its status: opening a session, and fetching person and certificate.

Documented in sections 2, 3, 5 and 6. The refusals come in the order of a request's members,
the requestor before its URL as the appendix has it.
"""

from __future__ import annotations

from typing import Any

from proefbank.exchange import Request, Response

from .authority import Condition
from .call import Call
from .desk import Desk
from .facts import LANGUAGES
from .parties import Party
from .people import Person
from .reasons import FINAL, Refusal
from .requestor import check_redirect, look_for_codes, settle, whose
from .sessions import IDENTIFYING, IdentificationSession
from .shared import Shared
from .urls import judge_redirect

__all__ = ["Identification", "IdentificationStatus"]

_NOT_ALLOWED = Refusal(400, "NOT_ALLOWED_TO_SIGN")
_CONDITIONS: dict[str, Condition] = {
    "expired-certificate": "expired",
    "not-yet-valid-certificate": "not-yet-valid",
    "revoked-certificate": "revoked",
}
_MEMBERS = {"partnerCode", "serviceCode", "redirectUrl", "userCode", "lang"}
_STATUS_MEMBERS = {"partnerCode", "serviceCode", "asyncRespID"}


class Identification:
    """Opens identification sessions."""

    def __init__(self, shared: Shared, desk: Desk) -> None:
        """Open them in `shared`."""
        self._shared, self._desk = shared, desk

    def handle(self, request: Request) -> Response:
        """Answer a POST on `user_identification`."""
        call = self._desk.receive(request, "identification", method="POST")
        self._desk.read(call)
        party = self._examine(call)
        person = self._person(call, party) if call.body else None

        def perform(call: Call, _: str | None) -> dict[str, Any]:
            return self._open(call, party, person)

        return self._desk.hand_out(call, perform)

    def _examine(self, call: Call) -> Party:
        """Look at everything, whatever is found on the way."""
        members, shared = call.body, self._shared
        if not members and call.refusal is not None:
            return shared.assumed()
        look_for_codes(call, members)
        sent = members.get("redirectUrl")
        if judge_redirect(sent, "") == "invalid":
            refusal = Refusal(400, "INVALID_URL")
            call.add("redirect-url-invalid", "redirectUrl is missing or no URL", refusal)
        lang = members.get("lang")
        if not isinstance(lang, str) or lang.upper() not in LANGUAGES:
            refusal = Refusal(400, "INVALID_LANG")
            call.add("lang-unsupported", "lang is missing or not supported", refusal)
        with shared.lock:
            party = settle(call, members, shared)
        check_redirect(call, sent, party, exact=shared.exact_redirect)
        if members.keys() - _MEMBERS:
            call.note("unknown-members")
        return party

    def _person(self, call: Call, party: Party) -> Person | None:
        """Return whom a userCode stands for; it must have been issued to this partner."""
        code = call.body.get("userCode")
        if code is None:
            call.facts["user_code"] = "none"
            return None
        with self._shared.lock:
            owner = self._shared.people.owner(code)
        call.personal(code if owner else None)
        call.facts["user_code"] = known = whose(owner, party)
        if owner is None or known != "own":
            message = "userCode was not issued to this partner"
            call.add("user-code-unknown", message, _NOT_ALLOWED)
            return None
        call.facts["person"] = owner[1].name
        if owner[1].blocked and not self._shared.blocked_at_sign:
            message = "the account behind userCode may not sign"
            call.add("person-blocked", message, _NOT_ALLOWED, forgivable=False)
        return owner[1]

    def _open(self, call: Call, party: Party, person: Person | None) -> dict[str, Any]:
        shared, members = self._shared, call.body
        lang = members.get("lang")
        lang = lang.upper() if isinstance(lang, str) and lang.upper() in LANGUAGES else "EN"
        sent = members.get("redirectUrl")
        verdict = judge_redirect(sent, party.redirect_url)
        at = call.request.received_at
        with shared.lock:
            session = IdentificationSession(
                id=shared.id(),
                q=shared.q(),
                party=party,
                redirect_url=str(sent) if verdict == "other-query" else party.redirect_url,
                lang=lang,
                created_at=at,
                people=shared.people,
                person=person,
                blocks=not shared.blocked_at_sign,
            )
            shared.sessions.add(session)
            if shared.ready_at_once and session.known:
                session.opened(at)
            call.facts |= {"session": session.id, "state": session.state}
            url = shared.page("identification", session.q, lang, call.request.origin)
        name = "asyncRespId" if call.dialect == "swagger" else "asyncRespID"
        return {"status": "OK", name: session.id, "identificationUrl": url}


class IdentificationStatus:
    """Tells how identification sessions stand."""

    def __init__(self, shared: Shared, desk: Desk) -> None:
        """Look them up in `shared`."""
        self._shared, self._desk = shared, desk

    def handle(self, request: Request) -> Response:
        """Answer a POST on `user_identification/status`."""
        call = self._desk.receive(request, "identification-status", method="POST")
        self._desk.read(call)
        session = self._examine(call)

        def perform(call: Call, kind: str | None) -> dict[str, Any]:
            told = self._tell(session, kind)
            call.personal(told["userCode"])
            return told

        def make_true(reason: str) -> None:
            """Let the session end as the provoked answer says, so that asking again agrees."""
            if session is not None and reason in FINAL:
                session.state = FINAL[reason]

        return self._desk.hand_out(call, perform, make_true=make_true)

    def _examine(self, call: Call) -> IdentificationSession | None:
        members, shared = call.body, self._shared
        if not members and call.refusal is not None:
            return None
        look_for_codes(call, members)
        with shared.lock:
            party = settle(call, members, shared)
            session = self._look_up(call, members.get("asyncRespID"), party)
            if session is not None:
                self._check_state(call, session)
        if members.keys() - _STATUS_MEMBERS:
            call.note("unknown-members")
        return session

    def _look_up(self, call: Call, id_: object, party: Party) -> IdentificationSession | None:
        if id_ in (None, ""):
            refusal = Refusal(400, "MISSING_ASYNC_RESP_ID")
            call.add("session-missing", "asyncRespID is missing", refusal, forgivable=False)
            return None
        session = self._shared.sessions.identification_by_id(id_)
        if session is None:
            signing = self._shared.sessions.signing_by_id(id_) is not None
            code = "session-of-signing" if signing else "session-unknown"
            message = "asyncRespID names no identification session"
            call.add(code, message, Refusal(409), forgivable=False)
        elif session.party.partner_code != party.partner_code:
            message = "asyncRespID names the session of another partner"
            call.add("session-foreign", message, Refusal(409), forgivable=False)
            return None
        return session

    def _check_state(self, call: Call, session: IdentificationSession) -> None:
        """Refuse while the session is not READY; being too early is no violation."""
        state = session.at(call.request.received_at)
        call.facts |= {"session": session.id, "state": state}
        if session.person is not None:
            call.facts["person"] = session.person.name
        if state in IDENTIFYING:
            call.refuse(Refusal(409, "PENDING"), "the person is still busy")
        elif state == "FAILED":
            call.refuse(Refusal(409, "UNEXPECTED_ERROR"), "the identification went wrong")
        elif state == "BLOCKED":
            call.refuse(_NOT_ALLOWED, "the account may not sign")
        elif state != "READY":
            call.refuse(Refusal(409, state), "the certificate was not created")

    def _tell(self, session: IdentificationSession | None, kind: str | None) -> dict[str, Any]:
        """Return person and certificate."""
        if session is None or session.person is None:
            raise RuntimeError("a session that is READY has a person")
        shared, person = self._shared, session.person
        with shared.lock:
            code = shared.people.code(person, session.party.partner_code)
            shared.sessions.tell(session)
            if kind == "other-person":
                person = next(one for one in shared.people if one != person)
        shown = shared.authority.certificate_of(person.holder, _CONDITIONS.get(kind or "", "valid"))
        chain = shown.chain_pem_root_first if kind == "chain-first" else shown.chain_pem
        return {
            "status": "OK",
            "userCode": code,
            "certificate": shown.pem,
            "fullCertificateChain": chain,
        }
