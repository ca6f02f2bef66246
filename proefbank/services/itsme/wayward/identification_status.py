"""Clients that ask in a wrong way whether somebody was identified."""

from __future__ import annotations

from typing import Any

import httpx

from ..reference import SignSession
from .registry import Askew, Json, breaks

STATUS = "/user_identification/status"


@breaks("identification-status.asked-with-a-json-post")
class UnlabelledStatus(Askew):
    """Sends the status request as plain text."""

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Call JSON plain text."""
        if path == STATUS and body is not None:
            return self.post(path, body, "text/plain")
        return super().send(method, path, body)


class OtherStatus(Askew):
    """Base: leaves a member out of the identification status request."""

    left_out = ""

    def identification_status_body(self, session: SignSession) -> Json:
        """Send the others."""
        body = super().identification_status_body(session)
        return {name: value for name, value in body.items() if name != self.left_out}


@breaks("identification-status.partner-code-is-the-issued-one")
class StatusWithoutPartner(OtherStatus):
    """Leaves the partner code out of the status request."""

    left_out = "partnerCode"


@breaks("identification-status.service-code-is-the-issued-one")
class StatusWithoutService(OtherStatus):
    """Leaves the service code out of the status request."""

    left_out = "serviceCode"


@breaks("identification-status.id-is-that-of-the-answer")
class AsksWithQ(Askew):
    """Asks first with the q of the URL, which names the page and not the session."""

    def ask_identification(self, session: SignSession) -> Json | None:
        """Ask twice."""
        wrong = {"asyncRespID": httpx.URL(session.redirect).params.get("q", "")}
        self.send("POST", STATUS, self.identification_status_body(session) | wrong)
        return super().ask_identification(session)


@breaks("identification-status.pending-is-waited-for")
class GivesUpOnPending(Askew):
    """Reports PENDING as a failure."""

    def is_still_identifying(self, response: httpx.Response) -> bool:  # noqa: ARG002
        """Know of no patience."""
        return False


@breaks("identification-status.polls-leave-time")
class TightLoop(Askew):
    """Asks thirty times in a row while the identification is pending."""

    def ask_identification(self, session: SignSession) -> Json | None:
        """Ask and ask."""
        answers: Any = (super(TightLoop, self).ask_identification(session) for _ in range(30))
        return next((answer for answer in answers if answer is not None), None)
