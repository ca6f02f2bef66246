"""Clients that ask for the signatures in a wrong way."""

from __future__ import annotations

from typing import Any

from proefbank.errors import Rejected

from ..reference import SignSession
from .registry import Askew, Json, breaks


@breaks("sign-status.asked-on-the-same-endpoint")
class LooksForStatusPath(Askew):
    """Tries a path of its own for the status first."""

    def ask_signing(self, session: SignSession) -> Json | None:
        """Look there, and then in the right place."""
        self.send("POST", "/sign_document/status", self.sign_status_body(session))
        return super().ask_signing(session)


class OtherStatus(Askew):
    """Base: changes the body of the status request."""

    def other(self, body: Json, itsme: Json) -> None:
        """Change it; `itsme` is its part of that name."""

    def sign_status_body(self, session: SignSession) -> Json:
        """Send the changed one."""
        body = super().sign_status_body(session)
        self.other(body, self.itsme_of(body))
        return body


@breaks("sign-status.documents-are-null")
class DocumentsNullInQuotes(OtherStatus):
    """Sends the text null where the null of JSON belongs."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Quote it."""
        body["inDocs"] = "null"


@breaks("sign-status.request-has-an-id")
class StatusWithoutRequestId(OtherStatus):
    """Leaves the id of the request out."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Drop it."""
        del body["reqID"]


@breaks("sign-status.partner-code-is-the-issued-one")
class SignStatusWithoutPartner(OtherStatus):
    """Leaves the partner code out."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Drop it."""
        del itsme["partnerCode"]


@breaks("sign-status.service-code-is-the-issued-one")
class SignStatusWithoutService(OtherStatus):
    """Leaves the service code out."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Drop it."""
        del itsme["serviceCode"]


class AsksFirst(Askew):
    """Base: asks with another id before it asks with the right one."""

    def wrong(self, session: SignSession) -> object:
        """Return the other id."""
        return session.signing_id

    def ask_signing(self, session: SignSession) -> Json | None:
        """Ask twice."""
        self.ask_first(session, asyncRespID=self.wrong(session))
        return super().ask_signing(session)


@breaks("sign-status.id-is-that-of-the-start")
class AsksByRequestId(AsksFirst):
    """Asks first with an id of its own making."""

    def wrong(self, session: SignSession) -> object:  # noqa: ARG002
        """Take that of a request."""
        return self.request_id()


@breaks("sign-status.id-is-not-that-of-the-identification")
class AsksByIdentificationId(AsksFirst):
    """Asks first with the id of the identification session."""

    def wrong(self, session: SignSession) -> object:
        """Mistake one for the other."""
        return session.identification_id


@breaks("sign-status.id-is-there")
class AsksWithoutId(AsksFirst):
    """Asks first without any id."""

    def wrong(self, session: SignSession) -> object:  # noqa: ARG002
        """Say null."""
        return None


@breaks("sign-status.pending-is-waited-for")
class GivesUpOnPendingSignature(Askew):
    """Reports Pending as a failure."""

    def ask_signing(self, session: SignSession) -> Json | None:
        """Know of no patience."""
        answer = super().ask_signing(session)
        if answer is None:
            raise Rejected("provider_error", "not signed")
        return answer


@breaks("sign-status.polling-ends-with-the-session")
class AsksOnceMore(Askew):
    """Asks for the status again after Success."""

    def sign_resume(self, session: str, returned_to: str | None) -> Json:
        """Ask whenever the user comes by."""
        found: Any = self.sessions.get(session)
        if found is not None and found.result is not None:
            self.ask_signing(found)
        return super().sign_resume(session, returned_to)


@breaks("sign-status.polling-opens-no-session")
class PollsWithTheStart(Askew):
    """Sends the sign request again when the status is pending."""

    def ask_signing(self, session: SignSession) -> Json | None:
        """Start over, for good measure."""
        answer = super().ask_signing(session)
        if answer is None:
            self.send("POST", "/sign_document", self.sign_body(session))
        return answer
