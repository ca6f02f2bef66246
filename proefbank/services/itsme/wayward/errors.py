"""Clients that do the wrong thing when itsme says no."""

from __future__ import annotations

import json
from typing import ClassVar

import httpx

from proefbank.errors import Rejected

from ..reference import SignSession
from .registry import Askew, Json, breaks

_OK, _CONFLICT, _BROKEN = 200, 409, 500
KNOWN = frozenset(
    {
        "",
        "BATCH_TOO_LARGE",
        "EXPIRED",
        "INVALID_LANG",
        "INVALID_REQUESTOR",
        "INVALID_URL",
        "MISSING_ASYNC_RESP_ID",
        "MISSING_PARTNER_CODE",
        "MISSING_SERVICE_CODE",
        "NOT_ALLOWED_TO_SIGN",
        "NO_HASH_PROVIDED",
        "NO_REQUEST",
        "ONLY_SINGLE_HASH_SUPPORTED",
        "PENDING",
        "REJECTED",
        "TECHNICAL_ERROR",
        "UNAUTHORIZED_URL",
        "UNEXPECTED_ERROR",
        "UNKNOWN",
    }
)


@breaks("error.documented-error-ends-the-step")
class AsksOnAfterAnError(Askew):
    """Asks for the signatures though the request to sign was refused for its codes."""

    def open_signing(self, session: SignSession) -> Json:
        """See what comes of it."""
        try:
            return super().open_signing(session)
        except Rejected as refusal:
            if "INVALID_REQUESTOR" in refusal.detail:
                self.ask_first(session, asyncRespID=self.request_id())
            raise


class Repeating(Askew):
    """Base: sends a refused request again, and thinks no more of it."""

    reason = ""
    statuses: ClassVar[tuple[int, ...]] = (400, 409)
    times = 1

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Repeat it for one reason."""
        answer = super().send(method, path, body)
        if answer.status_code in self.statuses and f'"{self.reason}"' in answer.text:
            for _ in range(self.times):
                super().send(method, path, body)
        return answer


@breaks("error.not-allowed-is-final")
class TriesAgainWhenNotAllowed(Repeating):
    """Repeats a request at once that was refused as NOT_ALLOWED_TO_SIGN."""

    reason = "NOT_ALLOWED_TO_SIGN"


@breaks("error.unexpected-error-is-not-repeated-at-once")
class InstantRetry(Repeating):
    """Repeats a request at once, five times, that was refused as UNEXPECTED_ERROR."""

    reason = "UNEXPECTED_ERROR"
    times = 5


@breaks("error.configuration-errors-are-not-repeated")
class LoopsOnRequestor(Repeating):
    """Repeats a request that was refused as INVALID_REQUESTOR."""

    reason = "INVALID_REQUESTOR"
    times = 3


class AskingOnTheDead(Askew):
    """Base: goes on asking for the status of a session that is over."""

    ended = ""

    def sign_resume(self, session: str, returned_to: str | None) -> Json:
        """Ask again before saying what was said before."""
        found = self.sessions.get(session)
        refusal = found.refusal if found is not None else None
        over = refusal is not None and refusal.reject_class == self.ended
        if found is not None and over and found.phase == "identifying":
            body = self.identification_status_body(found)
            self.send("POST", "/user_identification/status", body)
        return super().sign_resume(session, returned_to)


@breaks("error.rejected-needs-a-new-session")
class AsksTheRejectedSession(AskingOnTheDead):
    """Goes on asking for the status of a rejected session."""

    ended = "user_rejected"


@breaks("error.expired-needs-a-new-session")
class AsksTheExpiredSession(AskingOnTheDead):
    """Goes on asking for the status of an expired session."""

    ended = "user_expired"


@breaks("error.unknown-error-is-told")
class SilentAboutUnknown(Askew):
    """Says pending after UNKNOWN."""

    def is_still_identifying(self, response: httpx.Response) -> bool:
        """Hope for the best."""
        unknown = self.reason_in(self.members(response)) == "UNKNOWN"
        return unknown or super().is_still_identifying(response)


@breaks("error.status-and-reason-are-read-together")
class UnexpectedIsPending(Askew):
    """Takes a conflict for pending when its reason is not the user's."""

    def is_still_identifying(self, response: httpx.Response) -> bool:
        """Read the status alone."""
        unexpected = self.reason_in(self.members(response)) == "UNEXPECTED_ERROR"
        conflict = response.status_code == _CONFLICT
        return (conflict and unexpected) or super().is_still_identifying(response)


@breaks("error.single-hash-refusal-is-not-repeated")
class RepeatsTheBatch(Askew):
    """Sends the same batch again when only single hashes are taken."""

    def open_signing(self, session: SignSession) -> Json:
        """Insist."""
        try:
            return super().open_signing(session)
        except Rejected as refusal:
            if "ONLY_SINGLE_HASH_SUPPORTED" in refusal.detail:
                self.send("POST", "/sign_document", self.sign_body(session))
            raise


@breaks("error.batch-refusal-drops-no-document")
class DropsTheSurplus(Askew):
    """Sends the first two documents only when the batch is too large, and tells nobody."""

    def open_signing(self, session: SignSession) -> Json:
        """Send less."""
        try:
            return super().open_signing(session)
        except Rejected as refusal:
            if "BATCH_TOO_LARGE" not in refusal.detail or len(session.to_be_signed) == 1:
                raise
            session.to_be_signed = session.to_be_signed[:2]
            return super().open_signing(session)


@breaks("error.empty-409-is-an-error")
class ParsesNothing(Askew):
    """Parses the body of a conflict before it looks whether there is one."""

    def members(self, response: httpx.Response) -> Json | None:
        """Fail on an empty one."""
        if response.status_code == _CONFLICT and not response.content:
            json.loads(response.text)
        return super().members(response)


@breaks("error.http-500-is-an-error")
class ParsesHtml(Askew):
    """Parses the body of an HTTP 500 as JSON."""

    def members(self, response: httpx.Response) -> Json | None:
        """Fail on a page."""
        if response.status_code == _BROKEN:
            json.loads(response.text)
        return super().members(response)


@breaks("error.broken-answers-are-survived")
class WantsWholeJson(Askew):
    """Takes it for granted that JSON is whole where JSON is announced."""

    def members(self, response: httpx.Response) -> Json | None:
        """Fail on half of it."""
        if response.status_code == _OK:
            json.loads(response.text)
        return super().members(response)


@breaks("error.unknown-reasons-are-survived")
class WantsAKnownReason(Askew):
    """Has words for the reasons it knows, and none for any other."""

    def refusal(self, status: int, reason: str) -> Rejected:
        """Look it up."""
        if reason not in KNOWN:
            raise KeyError(reason)
        return super().refusal(status, reason)


@breaks("error.refused-signature-is-not-signed")
class WaitsForEver(Askew):
    """Takes a sign session that the user refused, or let lapse, for pending."""

    def ask_signing(self, session: SignSession) -> Json | None:
        """Wait."""
        try:
            return super().ask_signing(session)
        except Rejected as refusal:
            over = refusal.reject_class in ("user_rejected", "user_expired")
            if over and f" {_CONFLICT} " in refusal.detail:
                return None
            raise


@breaks("error.slow-answers-are-waited-for")
class Impatient(Askew):
    """Gives up a request to sign that is answered after nine tenths of a second."""

    patience = 0.9

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Look at the watch."""
        answer = super().send(method, path, body)
        starts = body is not None and bool(body.get("inDocs"))
        if starts and answer.elapsed.total_seconds() > self.patience:
            raise Rejected("transport", "ReadTimeout")
        return answer
