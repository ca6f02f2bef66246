"""Token servers that grant a token in the wrong way."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from proefbank.exchange import Request, Response

from .registry import breaks, header, members, remade

on = partial(breaks, service="socialsecurity", path="/REST/oauth/v5/token")


def granted(response: Response, **changes: object) -> Response:
    """Return a granted token with members changed; refusals stay as they are."""
    return remade(response, changes) if "access_token" in members(response) else response


@on("token.granted-with-200")
def token_created(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Answers 201 to a good request for a token."""
    return replace(response, status=201) if response.status == 200 else response  # noqa: PLR2004


@on("token.answer-is-json")
def token_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Says that the token is plain text."""
    if "access_token" not in members(response):
        return response
    return header(response, "Content-Type", "text/plain")


@on("token.not-stored")
def token_stored(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Lets caches keep the token for a minute."""
    return header(response, "Cache-Control", "max-age=60")


@on("token.pragma-no-cache")
def token_without_pragma(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Leaves out Pragma."""
    return header(response, "Pragma", None)


@on("token.has-an-access-token", ends=True)
def token_in_a_box(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Wraps the token in an object."""
    return granted(response, access_token={"value": members(response).get("access_token")})


@on("token.type-is-bearer")
def token_of_type_mac(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Issues a token of type mac."""
    return granted(response, token_type="mac")  # noqa: S106 - no secret


@on("token.tells-its-lifetime")
def token_without_lifetime(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Does not tell how long the token lives."""
    return granted(response, expires_in=None)


@on("token.lifetime-is-in-seconds")
def token_lifetime_as_text(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Tells the lifetime as a text."""
    return granted(response, expires_in="600")


@on("token.tells-its-scope")
def token_without_scope(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Does not tell the scope of the token."""
    return granted(response, scope=None)


@on("token.scope-is-well-formed")
def token_scope_with_commas(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Puts the scope between quotes and adds a comma."""
    return granted(response, scope=f'"{members(response).get("scope")}", "more"')


@on("token.no-refresh-token")
def token_with_refresh(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Hands out a refresh token as well."""
    return granted(response, refresh_token="made-up-on-purpose")  # noqa: S106 - no secret
