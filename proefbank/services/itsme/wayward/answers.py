"""Clients that read the answer to the identification request in a wrong way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from proefbank.errors import Rejected

from ..reference import Order, SignSession
from .registry import Askew, Json, breaks

_CONFLICT = 409


@breaks("identification-answer.id-is-read-from-async-resp-id")
class ReadsSmallD(Askew):
    """With several documents it reads asyncRespId first, finds nothing, and asks about nobody."""

    def ask_identification(self, session: SignSession) -> Json | None:
        """Ask without an id before asking with it."""
        if len(session.order.documents) > 1:
            body = self.identification_status_body(session) | {"asyncRespID": None}
            self.send("POST", "/user_identification/status", body)
        return super().ask_identification(session)


@breaks("identification-answer.cookie-is-disregarded")
class KeepsCookies(Askew):
    """Sends the cookie back on later calls."""

    def connect(self, settings: Json, ca_file: str) -> None:  # type: ignore[override] # as it is
        """Take an HTTP client with a cookie jar."""
        super().connect(settings, ca_file)
        self.close()
        self.http = httpx.Client(verify=self.tls(ca_file), timeout=5.0, trust_env=False)


@breaks("identification-answer.missing-reason-is-normal")
class WantsReasons(Askew):
    """Asks once more when a good answer has no statusReason."""

    def open_identification(self, order: Order) -> Json:
        """Give it another chance."""
        answer = super().open_identification(order)
        return answer if "statusReason" in answer else super().open_identification(order)


@breaks("identification-answer.ok-is-not-an-identified-user")
class SkipsTheVisit(Askew):
    """Asks at once who a known user is, and takes the answer that it is too early for the end."""

    def open_identification(self, order: Order) -> Json:
        """Open another session, because the first was refused."""
        answer = super().open_identification(order)
        if order.user_code is None:
            return answer
        body = self.who_we_are() | {"asyncRespID": answer["asyncRespID"]}
        early = self.send("POST", "/user_identification/status", body)
        too_early = early.status_code == _CONFLICT
        return super().open_identification(order) if too_early else answer


@breaks("error.other-dialects-are-survived")
class ComparesTheEchoOfTheStatus(Askew):
    """Refuses a status answer that repeats the reqID of the start, as the example does."""

    ids: dict[str, str]

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget all ids."""
        self.ids = {}
        super().scenario(members)

    def sign_status_body(self, session: SignSession) -> Json:
        """Keep the id of the question."""
        body = super().sign_status_body(session)
        self.ids[session.handle] = body["reqID"]
        return body

    def ask_signing(self, session: SignSession) -> Json | None:
        """Compare."""
        answer = super().ask_signing(session)
        if answer is not None and answer.get("reqID") != self.ids[session.handle]:
            raise Rejected("malformed", "the answer is to another request")
        return answer
