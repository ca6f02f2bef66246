"""Starting a sign session: the hashes of documents, and what the signer is to be shown.

Documented in sections 7 and 8. The refusals come in this order: codes, URL, language,
requestor, URL again, what is missing, the person, the digests, their number, the texts.
"""

from __future__ import annotations

from typing import Any

from proefbank.exchange import Response

from .call import Call
from .desk import Desk
from .dialects import result
from .facts import LANGUAGES, MAJ_PENDING
from .hashes import Hashes, check_count, read_hashes
from .parties import Party
from .people import Person
from .reasons import Refusal
from .requestor import check_redirect, look_for_codes, settle, whose
from .sessions import SignSession, Texts
from .shared import Shared
from .texts import read_texts
from .urls import judge_redirect

__all__ = ["SignStart"]

_INCOMPLETE = Refusal(400, "INCOMPLETE_REQUEST")
_NOT_ALLOWED = Refusal(400, "NOT_ALLOWED_TO_SIGN")
_MEMBERS = {"inDocs", "reqID", "asyncRespID", "optInp"}


class SignStart:
    """Opens sign sessions."""

    def __init__(self, shared: Shared, desk: Desk) -> None:
        """Open them in `shared`."""
        self._shared, self._desk = shared, desk

    def handle(self, call: Call) -> Response:
        """Answer a request to start."""
        order = _Order(self._shared.assumed())
        if call.body or call.refusal is None:
            self._examine(call, order)

        def perform(call: Call, _: str | None) -> dict[str, Any]:
            return self._open(call, order)

        return self._desk.hand_out(call, perform)

    def _examine(self, call: Call, order: _Order) -> None:
        """Look at everything, whatever is found on the way."""
        members, shared = call.body, self._shared
        options = _object(members.get("optInp"))
        itsme = _object(options.get("itsme"))
        look_for_codes(call, itsme)
        sent = itsme.get("redirectUrl")
        if judge_redirect(sent, "") == "invalid":
            refusal = Refusal(400, "INVALID_URL")
            call.add("redirect-url-invalid", "redirectUrl is missing or no URL", refusal)
        order.lang = _language(call, options.get("lang"))
        with shared.lock:
            order.party = party = settle(call, itsme, shared)
        verdict = check_redirect(call, sent, party, exact=shared.exact_redirect)
        order.redirect_url = str(sent) if verdict == "other-query" else party.redirect_url
        _check_complete(call, members, itsme)
        order.person = self._signer(call, _object(itsme.get("signer")).get("userCode"), party)
        single = shared.single_digest or call.dialect == "swagger"
        order.hashes = read_hashes(
            call, members.get("inDocs"), alphabet=shared.hash_alphabet, single=single
        )
        check_count(call, order.hashes, batch=party.batch)
        order.texts = read_texts(call, itsme, shared.offer)
        if members.keys() - _MEMBERS:
            call.note("unknown-members")

    def _signer(self, call: Call, code: object, party: Party) -> Person | None:
        """Return who is to sign; must be known to this partner and have a certificate."""
        sessions, people = self._shared.sessions, self._shared.people
        with self._shared.lock:
            owner = people.owner(code)
            call.personal(code if owner else None)
            person = owner[1] if owner else None
            told = sessions.told(party)
        known, lately = whose(owner, party), told[-1] if told else None
        if code in (None, ""):
            known = "none"
            message = "optInp.itsme.signer.userCode is missing"
            call.add("user-code-missing", message, _INCOMPLETE, forgivable=lately is not None)
        elif person is None:
            message = "userCode was never issued"
            call.add("user-code-unknown", message, _NOT_ALLOWED, forgivable=lately is not None)
        elif known != "own":
            message = "userCode was issued to another partner"
            call.add("user-code-foreign", message, _NOT_ALLOWED)
        call.facts |= {
            "user_code": known,
            "person": person.name if person else None,
            "identified": person in told,
        }
        person = person or lately
        if person is not None:
            self._check_eligible(call, person)
        return person

    def _check_eligible(self, call: Call, person: Person) -> None:
        with self._shared.lock:
            certified = self._shared.people.certified(person)
        if person.blocked:
            message = "the account behind userCode may not sign"
            call.add("person-blocked", message, _NOT_ALLOWED, forgivable=False)
        elif not certified:
            message = "the person behind userCode has no certificate yet"
            call.add("person-without-certificate", message, _NOT_ALLOWED, forgivable=False)

    def _open(self, call: Call, order: _Order) -> dict[str, Any]:
        shared, person = self._shared, order.person
        if person is None:
            raise RuntimeError("without a signer the call was refused")
        with shared.lock:
            numbers = list(range(len(order.hashes.pairs)))
            if shared.varied:
                shared.rng.shuffle(numbers)
            session = SignSession(
                id=shared.id(),
                q=shared.q(),
                party=order.party,
                person=person,
                redirect_url=order.redirect_url or order.party.redirect_url,
                lang=order.lang,
                req_id=call.echo["reqID"],
                hashes=tuple(order.hashes.pairs),
                texts=order.texts,
                created_at=call.request.received_at,
                lifetime=shared.sign_lifetime,
                order=tuple(numbers),
            )
            shared.sessions.add(session)
            call.facts |= {"session": session.id, "state": session.state}
            lang = order.lang or LANGUAGES[0]
            url = shared.page("signing", session.q, lang, call.request.origin)
            code = shared.people.code(person, order.party.partner_code)
        call.personal(code)
        return {
            "result": result(MAJ_PENDING, call.dialect),
            **call.echo,
            "respID": session.id,
            "optOutp": {"itsme": {"signingUrl": url, "userCode": code}},
        }


class _Order:
    """What is to be signed, gathered while a request is examined."""

    __slots__ = ("hashes", "lang", "party", "person", "redirect_url", "texts")

    def __init__(self, party: Party) -> None:
        self.party = party
        self.person: Person | None = None
        self.hashes = Hashes()
        self.texts = Texts()
        self.lang: str | None = None
        self.redirect_url = ""


def _object(given: object) -> dict[str, Any]:
    """Return an object, or an empty one in place of what is none."""
    return given if isinstance(given, dict) else {}


def _language(call: Call, given: object) -> str | None:
    if given is None:
        return None
    if isinstance(given, str) and given.upper() in LANGUAGES:
        return given.upper()
    call.add("lang-unsupported", "optInp.lang is not supported", Refusal(400, "INVALID_LANG"))
    return None


def _check_complete(call: Call, members: dict[str, Any], itsme: dict[str, Any]) -> None:
    req_id = members.get("reqID")
    if not isinstance(req_id, str) or not req_id:
        call.add("req-id-missing", "reqID is missing", _INCOMPLETE)
    if members.get("asyncRespID") is not None:
        call.add("session-id-at-start", "asyncRespID is not null at a start", None)
    if not isinstance(members.get("optInp"), dict):
        call.add("options-missing", "optInp is missing, or no object", _INCOMPLETE)
    elif not itsme:
        call.add("itsme-missing", "optInp.itsme is missing, or no object", _INCOMPLETE)
    if not isinstance(itsme.get("signer"), dict):
        call.add("signer-missing", "optInp.itsme.signer is missing, or no object", _INCOMPLETE)
