"""How each stimulus of the layer `token` shapes the token server's answer."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from proefbank.arming import Armed
from proefbank.exchange import Headers, Response

from .answers import html, json_bytes, json_response, redirect, with_retry

__all__ = ["NO_STORE", "replacement", "shaped_body", "shaped_members"]

NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))

_TRANSPORT = frozenset(("token-delay", "token-dribble"))
_TRUNCATED = 12


def replacement(armed: Armed, *, elsewhere: str | None, target: str) -> Response | None:
    """Return the answer given instead of any other, or None when the stimulus only shapes."""
    stimulus, params = armed.stimulus, armed.params
    if stimulus.needs_success or stimulus.name in _TRANSPORT:
        return None
    if stimulus.name.startswith("token-error-"):
        body = {"error": params["code"], "error_description": "Refused on purpose by the bench"}
        if stimulus.name.startswith("token-error-with-token-"):
            body |= {"access_token": "not-a-token", "token_type": "Bearer"}
        challenge: Headers = ()
        if params["status"] == 401:  # noqa: PLR2004 - RFC 9110 wants a challenge with it
            challenge = (("WWW-Authenticate", 'PrivateKeyJwt realm="socialsecurity"'),)
        return json_response(params["status"], body, (*NO_STORE, *challenge))
    return _BUILDERS[stimulus.name](params, elsewhere, target)


def _html_error(params: Mapping[str, Any], _elsewhere: str | None, _target: str) -> Response:
    return html(params["status"], "Service error", "The service cannot be reached.")


def _unavailable(params: Mapping[str, Any], _elsewhere: str | None, _target: str) -> Response:
    body = {"error": "temporarily_unavailable", "error_description": "Try again later"}
    return json_response(params["status"], body, (*NO_STORE, *with_retry(params)))


def _empty(_params: Mapping[str, Any], _elsewhere: str | None, _target: str) -> Response:
    return Response(200, (("Content-Type", "application/json"), *NO_STORE))


def _no_token(_params: Mapping[str, Any], _elsewhere: str | None, _target: str) -> Response:
    return json_response(200, {"token_type": "Bearer", "expires_in": 600}, NO_STORE)


def _login_page(_params: Mapping[str, Any], _elsewhere: str | None, _target: str) -> Response:
    return html(200, "Log in", "Log in to go on.")


def _reset(_params: Mapping[str, Any], _elsewhere: str | None, _target: str) -> Response:
    return Response(500)


_BUILDERS = {
    "token-html-500": _html_error,
    "token-html-502": _html_error,
    "token-429-retry-after": _unavailable,
    "token-503-retry-after": _unavailable,
    "token-empty-body": _empty,
    "token-no-access-token": _no_token,
    "token-wrong-media-type": _login_page,
    "token-reset": _reset,
    "token-redirect-elsewhere": redirect,
}


def shaped_members(name: str | None, members: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return the members of a token response as the stimulus `name` wants them."""
    if name == "token-extra-members":
        return {
            **members,  # first as ever: their order is another stimulus
            "issued_by": "proefbank",
            f"x_{rng.randrange(10**6):06d}": {"nested": [1, None, True]},
            "id_token_hint": None,
            "not_before_policy": rng.randrange(1000),
        }
    if name == "token-reordered-members":
        order = list(members)
        while order == list(members):
            rng.shuffle(order)
        return {key: members[key] for key in order}
    if name in ("token-no-expires-in", "token-no-scope"):
        left_out = name.removeprefix("token-no-").replace("-", "_")
        return {key: value for key, value in members.items() if key != left_out}
    if name == "token-type-lowercase":
        return {**members, "token_type": "bearer"}
    if name == "token-type-mac":
        return {**members, "token_type": "mac"}
    return members


def shaped_body(name: str | None, members: dict[str, Any]) -> bytes:
    """Return the body of a token response; the token in it is always whole."""
    body = json_bytes(members)
    return body[:-_TRUNCATED] if name == "token-truncated-json" else body
