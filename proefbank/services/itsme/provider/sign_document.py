"""`sign_document`: one address for starting a sign session and for asking how it stands.

Only the body tells which of the two is meant (sections 7 and 10).
"""

from __future__ import annotations

from typing import Any

from proefbank.exchange import Request, Response

from .desk import Desk
from .sessions import SignSession
from .shared import Shared
from .sign_start import SignStart
from .sign_status import SignStatus

__all__ = ["SignDocument"]


class SignDocument:
    """Both uses of the address."""

    def __init__(self, shared: Shared, desk: Desk) -> None:
        """Keep sessions in `shared`."""
        self._shared, self._desk = shared, desk
        self._start = SignStart(shared, desk)
        self._status = SignStatus(shared, desk)

    def handle(self, request: Request) -> Response:
        """Answer a POST on `sign_document`."""
        call = self._desk.receive(request, "sign-start", method="POST")
        self._desk.read(call)
        members = call.body
        req_id = members.get("reqID")
        call.echo["reqID"] = req_id if isinstance(req_id, str) else ""
        id_ = members.get("asyncRespID")
        with self._shared.lock:
            session = self._shared.sessions.signing_by_id(id_)
        if _means_status(members, session):
            call.conversation = "sign-status"
            return self._status.handle(call, session)
        if id_ is not None and not call.lenient:
            return self._status.refuse_start(call, id_)
        return self._start.handle(call)


def _means_status(members: dict[str, Any], session: SignSession | None) -> bool:
    """Whether a client wants to know how a session stands.

    An id wins over hashes, by the swagger's words; a request without hashes cannot be a start,
    whether or not it has an id.
    """
    if not members:
        return False
    return session is not None or members.get("inDocs") is None
