"""Clients that open a sign session in a wrong way."""

from __future__ import annotations

import httpx

from ..reference import SignSession
from .identification import with_path
from .registry import Askew, Json, breaks


@breaks("sign-start.opened-with-a-json-post")
class UnlabelledSignStart(Askew):
    """Sends the sign request as plain text."""

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Call JSON plain text."""
        if path == "/sign_document" and body is not None and body["inDocs"] is not None:
            return self.post(path, body, "text/plain")
        return super().send(method, path, body)


class OtherStart(Askew):
    """Base: changes the body of the sign request."""

    def other(self, body: Json, itsme: Json) -> None:
        """Change it; `itsme` is its part of that name."""

    def sign_body(self, session: SignSession) -> Json:
        """Send the changed one."""
        body = super().sign_body(session)
        self.other(body, self.itsme_of(body))
        return body


@breaks("sign-start.request-ids-differ")
class ConstantRequestId(OtherStart):
    """Uses one id for all sign requests."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Say the same each time."""
        body["reqID"] = "request"


@breaks("sign-start.async-resp-id-is-null")
class NullInQuotes(OtherStart):
    """Sends the text null where the null of JSON belongs."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Quote it."""
        body["asyncRespID"] = "null"


@breaks("sign-start.itsme-part-is-there")
class FlatOptions(OtherStart):
    """Puts the members of optInp.itsme into optInp."""

    def other(self, body: Json, itsme: Json) -> None:
        """Flatten."""
        body["optInp"] = {"lang": body["optInp"]["lang"], **itsme}


@breaks("sign-start.signer-is-named")
class UserCodeBesideSigner(OtherStart):
    """Puts the user code beside the signer."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Move it."""
        itsme["userCode"] = itsme.pop("signer")["userCode"]


@breaks("sign-start.partner-code-is-the-issued-one")
class StartWithoutPartner(OtherStart):
    """Leaves the partner code out of the sign request."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Drop it."""
        del itsme["partnerCode"]


@breaks("sign-start.service-code-is-the-issued-one")
class LoginService(OtherStart):
    """Sends the code of another service of the partner."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Take the one for logging in."""
        itsme["serviceCode"] = f"{itsme['serviceCode']}_LOGIN"


@breaks("sign-start.redirect-url-is-the-registered-one")
class SecondCallback(OtherStart):
    """Has the user come back to another path after signing."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Lengthen the path."""
        itsme["redirectUrl"] = with_path(itsme["redirectUrl"], "/signed")


@breaks("sign-start.language-is-supported")
class RegionalSignLanguage(OtherStart):
    """Adds a region to the language of the sign request."""

    def other(self, body: Json, itsme: Json) -> None:  # noqa: ARG002
        """Add Belgium."""
        body["optInp"]["lang"] = f"{body['optInp']['lang'].lower()}-BE"
