"""Clients that get the token request wrong."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from ..reference import ReferenceClient
from .registry import Lingering, breaks

FORM = "application/x-www-form-urlencoded"


class RawForm(ReferenceClient):
    """Base: sends a body and headers of its own making."""

    media_type: str | None = FORM

    def body(self, form: dict[str, Any]) -> bytes:
        """Encode the parameters."""
        return urlencode(form).encode()

    def send_token_request(self, scope: str | None) -> httpx.Response:
        """POST what `body` makes."""
        told = {"Content-Type": self.media_type} if self.media_type else {}
        return self.send(
            "POST",
            self.token_url(),
            headers=self.token_headers() | told,
            content=self.body(self.form(scope)),
        )


@breaks("token-request.goes-to-the-chosen-environment")
class StickyTokenHost(Lingering):
    """Keeps the token host of the first environment it was told."""

    def token_url(self) -> str:
        """Put the first host before the path."""
        url = urlsplit(super().token_url())
        return url._replace(netloc=self.past.setdefault("host", url.netloc)).geturl()


@breaks("token-request.path-is-the-v5-token-endpoint")
class OldTokenPath(ReferenceClient):
    """Posts to version 3 of the token server, with the audience of version 5."""

    def token_url(self) -> str:
        """Go two versions back."""
        return super().token_url().replace("/v5/", "/v3/")


@breaks("token-request.method-is-post")
class PutsTokenRequest(ReferenceClient):
    """Sends the token request with PUT."""

    def send_token_request(self, scope: str | None) -> httpx.Response:
        """Send the same form with another method."""
        return self.send(
            "PUT", self.token_url(), headers=self.token_headers(), data=self.form(scope)
        )


@breaks("token-request.says-form-urlencoded")
class MislabelledForm(RawForm):
    """Sends the form as plain text."""

    media_type = "text/plain"


@breaks("token-request.body-is-form-urlencoded")
class JsonInForm(RawForm):
    """Sends JSON and calls it a form."""

    def body(self, form: dict[str, Any]) -> bytes:
        """Encode as JSON."""
        return json.dumps(form).encode()


@breaks("token-request.form-is-utf-8")
class Latin1Form(RawForm):
    """Says that its form is in Latin-1."""

    media_type = f"{FORM}; charset=ISO-8859-1"


@breaks("token-request.grant-type-is-client-credentials")
class JwtBearerGrant(ReferenceClient):
    """Uses the JWT bearer grant."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Name the other grant."""
        return super().form(scope) | {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}


@breaks("token-request.assertion-type-is-jwt-bearer")
class SamlAssertionType(ReferenceClient):
    """Says that its JWT is a SAML assertion."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Name the other type."""
        saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
        return super().form(scope) | {"client_assertion_type": saml}


@breaks("token-request.carries-one-assertion")
class TwoAssertionsInOne(ReferenceClient):
    """Puts two JWTs into client_assertion."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Add a second one after a space."""
        form = super().form(scope)
        return form | {"client_assertion": f"{form['client_assertion']} {self.assertion()}"}


@breaks("token-request.sends-no-client-secret")
class SendsSecret(ReferenceClient):
    """Adds a client secret beside the assertion."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Add one."""
        return super().form(scope) | {"client_secret": "made-up-secret"}


@breaks("token-request.authenticates-by-assertion-alone")
class BasicBesideAssertion(ReferenceClient):
    """Adds Basic credentials beside the assertion."""

    def token_headers(self) -> dict[str, str]:
        """Add them."""
        return super().token_headers() | {"Authorization": "Basic bWFkZTp1cA=="}


@breaks("token-request.sends-each-parameter-once")
class RepeatsGrantType(ReferenceClient):
    """Sends grant_type twice."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Give it two values that are the same."""
        return super().form(scope) | {"grant_type": ["client_credentials"] * 2}


@breaks("token-request.keeps-parameters-out-of-the-url")
class QueryCopy(ReferenceClient):
    """Repeats grant_type in the query."""

    def token_url(self) -> str:
        """Add a query."""
        return f"{super().token_url()}?grant_type=client_credentials"


@breaks("token-request.client-id-names-the-subject")
class StaleClientIdParameter(ReferenceClient):
    """Sends the client id of some other account as a parameter."""

    def form(self, scope: str | None) -> dict[str, Any]:
        """Add it."""
        return super().form(scope) | {"client_id": "self_service_chaman_000009_elsewhere0"}


@breaks("token-request.assertion-stays-with-the-token-endpoint")
class PostsAlongRedirect(ReferenceClient):
    """Follows a redirect to another host with the whole form."""

    def send_token_request(self, scope: str | None) -> httpx.Response:
        """Follow once."""
        response = super().send_token_request(scope)
        if response.is_redirect:
            return self.send("POST", response.headers["location"], data=self.form(scope))
        return response
