"""Clients that ask for an identification in a wrong way."""

from __future__ import annotations

import httpx

from ..reference import Order, SignSession
from .registry import Askew, Json, breaks

OPEN = "/user_identification"


@breaks("identification.opened-with-post")
class LooksFirst(Askew):
    """Sends GET to the path before it posts."""

    def open_identification(self, order: Order) -> Json:
        """Look whether anybody is there."""
        self.send("GET", OPEN)
        return super().open_identification(order)


@breaks("identification.body-is-labelled-json")
class UnlabelledIdentification(Askew):
    """Sends the identification request as plain text."""

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Call JSON plain text."""
        if path == OPEN and body is not None:
            return self.post(path, body, "text/plain")
        return super().send(method, path, body)


@breaks("identification.has-a-body")
class EmptyPost(Askew):
    """Posts nothing first, and the whole request after the refusal."""

    def open_identification(self, order: Order) -> Json:
        """Knock."""
        self.send("POST", OPEN)
        return super().open_identification(order)


class OtherIdentification(Askew):
    """Base: changes the members of the identification request."""

    def other(self, body: Json) -> Json:
        """Return the members as they are sent."""
        return body

    def identification_body(self, order: Order) -> Json:
        """Send the changed ones."""
        return self.other(super().identification_body(order))


@breaks("identification.names-are-spelled-as-documented")
class SnakeCaseNames(OtherIdentification):
    """Sends redirect_url for redirectUrl."""

    def other(self, body: Json) -> Json:
        """Rename it."""
        return body | {"redirect_url": body.pop("redirectUrl")}


@breaks("identification.partner-code-is-the-issued-one")
class LowerCasePartner(OtherIdentification):
    """Sends the partner code in lower case."""

    def other(self, body: Json) -> Json:
        """Fold it."""
        return body | {"partnerCode": body["partnerCode"].lower()}


@breaks("identification.service-code-is-the-issued-one")
class PrefixedService(OtherIdentification):
    """Puts the prefix of the login service before the service code."""

    def other(self, body: Json) -> Json:
        """Add it."""
        return body | {"serviceCode": f"service:{body['serviceCode']}"}


@breaks("identification.language-is-given")
class NoLanguage(OtherIdentification):
    """Leaves the language out."""

    def other(self, body: Json) -> Json:
        """Drop it."""
        return {name: value for name, value in body.items() if name != "lang"}


@breaks("identification.language-is-supported")
class RegionalLanguage(OtherIdentification):
    """Adds a region to the language."""

    def other(self, body: Json) -> Json:
        """Add Belgium."""
        return body | {"lang": f"{body['lang'].lower()}-BE"}


@breaks("identification.redirect-url-is-well-formed")
class SchemelessRedirect(OtherIdentification):
    """Leaves the scheme of the redirect URL out."""

    def other(self, body: Json) -> Json:
        """Cut it."""
        return body | {"redirectUrl": body["redirectUrl"].partition("://")[2]}


@breaks("identification.redirect-url-is-the-registered-one")
class TrailingSlash(OtherIdentification):
    """Ends the redirect URL with a slash more."""

    def other(self, body: Json) -> Json:
        """Add it."""
        return body | {"redirectUrl": with_path(body["redirectUrl"], "/")}


@breaks("identification.redirect-url-query-is-the-registered-one")
class ContextInRedirect(OtherIdentification):
    """Adds a parameter of its own to the redirect URL of both requests."""

    def other(self, body: Json) -> Json:
        """Add it."""
        return body | {"redirectUrl": with_query(body["redirectUrl"])}

    def sign_body(self, session: SignSession) -> Json:
        """Add it here too."""
        body = super().sign_body(session)
        itsme = self.itsme_of(body)
        itsme["redirectUrl"] = with_query(itsme["redirectUrl"])
        return body


@breaks("identification.known-user-code-is-sent")
class AnonymousAgain(OtherIdentification):
    """Never sends a user code."""

    def other(self, body: Json) -> Json:
        """Drop it."""
        return {name: value for name, value in body.items() if name != "userCode"}


@breaks("identification.user-code-is-one-of-itsme")
class EmptyUserCode(OtherIdentification):
    """Sends an empty text where there is no user code."""

    def other(self, body: Json) -> Json:
        """Fill the gap with nothing."""
        return {"userCode": "", **body}


def with_path(url: str, more: str) -> str:
    """Return a URL whose path is longer."""
    before, mark, query = url.partition("?")
    return f"{before}{more}{mark}{query}"


def with_query(url: str) -> str:
    """Return a URL with one more parameter."""
    return f"{url}{'&' if '?' in url else '?'}session=42"
