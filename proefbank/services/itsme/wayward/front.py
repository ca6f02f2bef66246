"""Clients that send the browser astray, or believe it when it comes back."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from proefbank.errors import Rejected

from ..reference import Order, SignSession
from .registry import Askew, Json, breaks

__all__ = ["Swift", "is_bare", "of_the_air"]


def is_bare(returned_to: str | None) -> bool:
    """Whether the browser came back without the parameter that we had added."""
    return "scaContext=" not in (returned_to or "")


def of_the_air(session: SignSession) -> Json:
    """Return what would be handed over in the end, with signatures that nobody made."""
    nothing = base64.b64encode(bytes(256)).decode("ascii")
    code = session.identity.user_code if session.identity else ""
    values = [{"id": one.id, "value": nothing} for one in session.order.documents]
    return {"signatures": values, "certificate": "", "user_code": code}


class Fetching(Askew):
    """Base: looks at a page itself before it sends the user there."""

    page = ""

    def address_in(self, members: Json, name: str) -> str:
        """Get it, and forget it."""
        address = super().address_in(members, name)
        if name == self.page:
            self.by_another_way("GET", address)
        return address


@breaks("front.browser-goes-to-the-identification-url")
class FetchesThePage(Fetching):
    """Gets the identification page itself, and sends the user there too."""

    page = "identificationUrl"


@breaks("front.browser-goes-to-the-signing-url")
class FetchesTheSigningPage(Fetching):
    """Gets the signing page itself, and sends the user there too."""

    page = "signingUrl"


@breaks("front.provider-parameters-stay")
class LowersTheLanguage(Askew):
    """Writes the language in the address of the page in small letters."""

    def address_in(self, members: Json, name: str) -> str:
        """Rewrite it."""
        before, mark, rest = super().address_in(members, name).partition("language=")
        return f"{before}{mark}{rest[:2].lower()}{rest[2:]}"


@breaks("front.own-parameters-are-added-to-identification-url")
class OwnQ(Askew):
    """Adds a parameter of its own to the identification page, and calls it q."""

    def address_in(self, members: Json, name: str) -> str:
        """Add it behind the other."""
        address = super().address_in(members, name)
        return f"{address}&q=ours" if name == "identificationUrl" else address


@breaks("front.own-parameters-are-added-to-signing-url")
class LanguageOnceMore(Askew):
    """Adds a language of its own to the signing page, beside that of itsme."""

    def address_in(self, members: Json, name: str) -> str:
        """Add it behind the other."""
        address = super().address_in(members, name)
        return f"{address}&language=EN" if name == "signingUrl" else address


@breaks("front.sessions-of-two-users-stay-apart")
class OneSessionForAll(Askew):
    """Keeps one current identification for all users: the one begun last."""

    def identification_status_body(self, session: SignSession) -> Json:
        """Ask about the newest."""
        newest = list(self.sessions.values())[-1]
        return super().identification_status_body(session) | {
            "asyncRespID": newest.identification_id
        }


class Swift(Askew):
    """Base: knows when each session began."""

    began: dict[str, float]

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget all sessions."""
        self.began = {}
        super().scenario(members)

    def begin(self, order: Order) -> Json:
        """Write the time down."""
        told = super().begin(order)
        self.began[told["session"]] = self.time.now()
        return told


@breaks("front.identification-may-take-minutes")
class GivesUpEarly(Swift):
    """Gives up when the identification takes more than ninety seconds."""

    def proceed(self, session: SignSession) -> Json:
        """Look at the clock."""
        late = self.time.now() - self.began[session.handle] > 90  # noqa: PLR2004 - seconds
        if late and session.phase == "identifying":
            raise Rejected("user_expired", "the user took too long")
        return super().proceed(session)


@breaks("front.returns-are-told-apart")
class SecondReturnIsFirst(Askew):
    """With several documents it takes the return from signing for one from identification."""

    taken: set[str]

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget all sessions."""
        self.taken = set()
        super().scenario(members)

    def proceed(self, session: SignSession) -> Json:
        """Ask for the certificate again, the first time."""
        several = len(session.order.documents) > 1
        if several and session.phase == "signing" and session.handle not in self.taken:
            self.taken.add(session.handle)
            self.ask_identification(session)
            return {"redirect": session.redirect}
        return super().proceed(session)


@breaks("front.signing-uses-the-signing-url")
class ReusesIdentificationUrl(Askew):
    """With several documents it sends the user to the identification page first, to sign."""

    pages: dict[str, str]
    signing: dict[str, str]

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget all pages."""
        self.pages, self.signing = {}, {}
        super().scenario(members)

    def begin(self, order: Order) -> Json:
        """Keep the page."""
        told = super().begin(order)
        self.pages[told["session"]] = told["redirect"]
        return told

    def start_signing(self, session: SignSession, told: Json) -> Json:
        """Send the user where he was before."""
        found = super().start_signing(session, told)
        if len(session.order.documents) == 1:
            return found
        self.signing[session.handle] = found["redirect"]
        page, _, _ = self.pages[session.handle].partition("&scaContext=")
        return {"redirect": session.leave_for(page)}

    def proceed(self, session: SignSession) -> Json:
        """Send him to sign, now that he is back."""
        if page := self.signing.pop(session.handle, None):
            return {"redirect": session.leave_for(page.partition("&scaContext=")[0])}
        return super().proceed(session)


@breaks("front.return-proves-nothing")
class BelievesTheReturn(Askew):
    """Takes a return without its own parameter for proof that the user signed."""

    def sign_resume(self, session: str, returned_to: str | None) -> Json:
        """Ask nobody."""
        found = self.sessions.get(session)
        if found is not None and found.phase == "signing" and is_bare(returned_to):
            return of_the_air(found)
        return super().sign_resume(session, returned_to)


@breaks("flow.success-comes-after-sign-status")
class SuccessOnReturn(Askew):
    """Tells the user that all is signed when he is back, though the session is pending."""

    def sign_resume(self, session: str, returned_to: str | None) -> Json:
        """Turn pending into signed."""
        told = super().sign_resume(session, returned_to)
        found = self.sessions[session]
        if told.get("pending") and found.phase == "signing" and not is_bare(returned_to):
            return of_the_air(found)
        return told


@breaks("front.repeated-return-does-no-harm")
class SecondSessionOnReload(Askew):
    """Opens one more sign session when the first return comes twice."""

    def sign_resume(self, session: str, returned_to: str | None) -> Json:
        """Do what was done before."""
        found = self.sessions.get(session)
        open_ = found is not None and found.phase == "signing" and found.result is None
        if found is not None and open_ and found.is_repeated(returned_to):
            self.open_signing(found)
        return super().sign_resume(session, returned_to)


def last_of(sessions: Sequence[SignSession]) -> SignSession | None:
    """Return the session whose documents were sent last."""
    return next((one for one in reversed(sessions) if one.signing_id), None)


@breaks("sign-answer.resp-id-is-kept")
class RespIdOfTheLastStart(Askew):
    """Asks first for the signatures of the session opened last, whoever came back."""

    def ask_signing(self, session: SignSession) -> Json | None:
        """Ask about another, if there is one."""
        last = last_of(list(self.sessions.values()))
        if last is not None and last is not session:
            self.ask_first(session, asyncRespID=last.signing_id)
        return super().ask_signing(session)
