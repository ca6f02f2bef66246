"""How a sign session stands, and its signatures once it is done (sections 10 and 11).

Not documented is what a session that was refused or lapsed answers: here 409 with an error of
the responder, as the swagger declares it. A session may be asked about as often as one likes.
"""

from __future__ import annotations

from typing import Any

from proefbank.exchange import Response

from .call import Call
from .desk import Desk
from .dialects import result
from .facts import MAJ_PENDING, MAJ_SUCCESS
from .reasons import Refusal
from .requestor import look_for_codes, settle
from .sessions import SIGNING, SignSession
from .shared import Shared
from .signing import signature_values
from .stimuli import SIGNATURE_FAULTS

__all__ = ["SignStatus"]

_NO_PAYLOAD = Refusal(409)
_ENDED = {
    "S_REFUSED": Refusal(409, "REJECTED"),
    "S_EXPIRED": Refusal(409, "EXPIRED"),
    "S_FAILED": Refusal(409, "TECHNICAL_ERROR"),
}
_MEMBERS = {"inDocs", "reqID", "asyncRespID", "optInp"}


class SignStatus:
    """Tells how sign sessions stand."""

    def __init__(self, shared: Shared, desk: Desk) -> None:
        """Look them up in `shared`."""
        self._shared, self._desk = shared, desk

    def handle(self, call: Call, session: SignSession | None) -> Response:
        """Answer a request about a session, which is None if there is none of that id."""
        session = self._examine(call, session)
        state = self._state(call, session)

        def perform(call: Call, kind: str | None) -> dict[str, Any]:
            return self._tell(call, session, state, kind)

        return self._desk.hand_out(call, perform, success=state == "S_DONE")

    def refuse_start(self, call: Call, id_: object) -> Response:
        """Answer a start that has an id, though of no session: the id wins, and means nothing."""
        call.add("session-id-at-start", "asyncRespID is not null at a start", None)
        self._unknown(call, id_)
        return self._desk.hand_out(call, _never)

    def _examine(self, call: Call, session: SignSession | None) -> SignSession | None:
        members, shared = call.body, self._shared
        options = members.get("optInp")
        itsme = options.get("itsme") if isinstance(options, dict) else None
        codes = itsme if isinstance(itsme, dict) else {}
        look_for_codes(call, codes)
        with shared.lock:
            party = settle(call, codes, shared)
        req_id = members.get("reqID")
        if not isinstance(req_id, str) or not req_id:
            message = "reqID is missing"
            call.add("req-id-missing", message, Refusal(400, "INCOMPLETE_REQUEST"))
        if "inDocs" not in members:
            call.note("documents-absent")
        elif members["inDocs"] is not None:
            call.add("documents-at-status", "inDocs is not null in a status request", None)
        if members.keys() - _MEMBERS:
            call.note("unknown-members")
        id_ = members.get("asyncRespID")
        if id_ in (None, ""):
            refusal = Refusal(400, "NO_HASH_PROVIDED" if id_ is None else "MISSING_ASYNC_RESP_ID")
            message = "asyncRespID is missing, and there is nothing to sign"
            call.add("session-missing", message, refusal, forgivable=False)
        elif session is None:
            self._unknown(call, id_)
        elif session.party.partner_code != party.partner_code:
            message = "asyncRespID names the session of another partner"
            call.add("session-foreign", message, _NO_PAYLOAD, forgivable=False)
            return None
        return session

    def _unknown(self, call: Call, id_: object) -> None:
        with self._shared.lock:
            other = self._shared.sessions.identification_by_id(id_) is not None
        code = "session-of-identification" if other else "session-unknown"
        message = "asyncRespID names no sign session"
        call.add(code, message, _NO_PAYLOAD, forgivable=False)

    def _state(self, call: Call, session: SignSession | None) -> str | None:
        """Return the state, refusing a session that ended without signatures."""
        if session is None:
            return None
        with self._shared.lock:
            state = session.at(call.request.received_at)
            again = session.delivered
        call.echo["respID"] = session.id
        call.facts |= {"session": session.id, "state": state, "person": session.person.name}
        if state in _ENDED:
            call.refuse(_ENDED[state], "the session ended without signatures")
        if state == "S_DONE" and again:
            call.note("asked-after-success")
            if self._shared.delivers_once:
                call.refuse(_NO_PAYLOAD, "the session is over")
        return state

    def _tell(
        self, call: Call, session: SignSession | None, state: str | None, kind: str | None
    ) -> dict[str, Any]:
        if session is None:
            raise RuntimeError("without a session the call was refused")
        echo = dict(call.echo)
        if call.dialect == "literal" or kind == "start-req-id":
            echo["reqID"] = session.req_id
        if state in SIGNING:
            return {"result": result(MAJ_PENDING, call.dialect), **echo}
        values = self._values(session, kind if kind in SIGNATURE_FAULTS else None)
        with self._shared.lock:
            session.delivered = True
        signed = [
            {"b64Sig": {"value": values[number]}, "whichDoc": session.hashes[number][0]}
            for number in session.order or range(len(values))
        ]
        return {"result": result(MAJ_SUCCESS, call.dialect), **echo, "sigObj": signed}

    def _values(self, session: SignSession, fault: str | None) -> tuple[str, ...]:
        """Sign when first asked, which takes a millisecond a hash; the lock is not held."""
        if fault is None and session.values is not None:
            return session.values
        signer = self._shared.authority.certificate_of(session.person.holder)
        digests = {str(number): digest for number, (_, digest) in enumerate(session.hashes)}
        values = tuple(signature_values(signer, digests, fault).values())
        if fault is None:
            session.values = values
        return values


def _never(_: Call, __: str | None) -> dict[str, Any]:
    raise RuntimeError("the call was refused")
