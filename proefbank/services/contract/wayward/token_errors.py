"""Token servers that refuse in the wrong way, or not at all."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from proefbank.exchange import Request, Response

from .registry import breaks, header, members, remade

on = partial(breaks, service="socialsecurity", path="/REST/oauth/v5/token")
LATER = 1000
"""Seconds ahead after which an assertion lives longer than it may."""


def form(request: Request) -> dict[str, str]:
    """Return the parameters that were sent."""
    told = parse_qs(request.body.decode(), keep_blank_values=True)
    return {name: values[0] for name, values in told.items()}


def claims(request: Request) -> dict[str, Any]:
    """Return the claims of the assertion; empty if there is none."""
    part = [*form(request).get("client_assertion", "").split("."), "", ""][1]
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def forgiven(response: Response) -> Response:
    """Return a grant in place of a refusal."""
    body = {
        "access_token": "made-up-on-purpose",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "scope:proefbank:nobody:knows",
    }
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return replace(response, status=200, headers=headers, body=json.dumps(body).encode())


def told(response: Response) -> str:
    """Return the error of a refusal."""
    return str(members(response).get("error"))


@on("token-error.unknown-client-is-refused")
def knows_everybody(request: Request, response: Response) -> Response:
    """Grants tokens to clients that nobody registered."""
    strange = "000000" in str(claims(request).get("iss"))
    return forgiven(response) if strange else response


@on("token-error.other-audience-is-refused")
def any_audience(request: Request, response: Response) -> Response:
    """Takes assertions that are addressed to others."""
    return forgiven(response) if "elsewhere" in str(claims(request).get("aud")) else response


@on("token-error.expired-assertion-is-refused")
def any_age(request: Request, response: Response) -> Response:
    """Calls an assertion that has expired a bad grant."""
    expired = claims(request).get("exp", request.received_at) < request.received_at
    return remade(response, {"error": "invalid_grant"}) if expired else response


@on("token-error.long-lived-assertion-is-refused")
def any_lifetime(request: Request, response: Response) -> Response:
    """Takes assertions that live for twenty minutes."""
    long = claims(request).get("exp", 0) > request.received_at + LATER
    return forgiven(response) if long else response


@on("token-error.foreign-signature-is-refused")
def any_signature(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Does not look at signatures."""
    forged = any(item.code == "signature-not-registered" for item in response.trail.violations)
    return forgiven(response) if forged else response


@on("token-error.nobody-is-refused")
def anybody(request: Request, response: Response) -> Response:
    """Grants tokens to whoever asks without saying who it is."""
    return response if "client_assertion" in form(request) else forgiven(response)


@on("token-error.missing-grant-type-is-invalid-request")
def grant_type_not_found(request: Request, response: Response) -> Response:
    """Calls a request without grant_type unauthorized."""
    if "grant_type" in form(request):
        return response
    return remade(response, {"error": "unauthorized_client"})


@on("token-error.other-grant-type-is-unsupported")
def grant_type_invalid(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Calls a grant type that there is not an invalid request."""
    if told(response) != "unsupported_grant_type":
        return response
    return remade(response, {"error": "invalid_request"})


@on("token-error.unknown-scope-is-not-granted")
def any_scope(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Grants scopes that there are not."""
    return forgiven(response) if told(response) == "invalid_scope" else response


@on("token-error.answer-is-json")
def refusal_as_page(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that refusals are pages."""
    return (
        header(response, "Content-Type", "text/html") if "error" in members(response) else response
    )


@on("token-error.description-is-plain")
def quoting(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Puts quotes into the description of an error."""
    if "error" not in members(response):
        return response
    return remade(response, {"error_description": 'not "granted"'})


@on("token-error.challenge-comes-with-401")
def no_challenge(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Refuses with 401 and without a challenge."""
    return header(response, "WWW-Authenticate", None)
