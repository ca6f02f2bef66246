"""Introspection (RFC 7662) and userinfo: what the realm itself thinks of a token."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proefbank.exchange import Request, Response, Secret, Trail

from .answers import CORS, NO_CACHE, NO_STORE, error, faulty, json_response
from .arming import Armed
from .client_auth import authenticate
from .forms import Findings, bearer_of, read_form
from .shared import Shared
from .verification import active_claims

__all__ = ["introspection_answer", "userinfo_answer"]

_FORM_TROUBLE = frozenset({"media-type-not-form", "body-not-form", "parameter-repeated"})
_USER_CLAIMS = ("sub", "preferred_username", "name", "given_name", "family_name", "locale")


def introspection_answer(
    shared: Shared, realm: str, request: Request, issuer: str, armed: Armed | None
) -> Response:
    """Say whether a token is active, to a client that proves who it is."""
    findings, now = Findings(), request.received_at
    form = read_form(request, findings)
    with shared.lock:
        client = authenticate(
            form, shared.clients[realm], realm_url=issuer, now=now, findings=findings
        )
        public = client is not None and shared.clients[realm].keys.get(client) is None
    if public:
        findings.add("client-public", "only a confidential client may introspect")
    facts: dict[str, Any] = {"realm": realm, "state": shared.timeline.state_at(now)}
    forced = faulty(armed, elsewhere=None) if armed is not None else None
    if forced is not None:
        answer = forced
    elif findings.found:
        status = 400 if findings.first in _FORM_TROUBLE else 401
        answer = error(status, "invalid_request", "Authentication failed.", NO_STORE)
    elif not form.get("token"):
        findings.add("token-missing", "there is no token to introspect")
        answer = error(400, "invalid_request", "Token not provided.", NO_STORE)
    else:
        claims = active_claims(shared.ring(realm), form.get("token"), issuer=issuer, now=now)
        if armed is not None and armed.stimulus.kind == "inactive":
            claims = None
        facts["active"] = claims is not None
        answer = json_response(200, _introspected(claims), NO_STORE)
    trail = Trail(
        "introspect",
        violations=tuple(findings.found),
        facts=facts,
        stimulus=armed.stimulus.name if armed is not None else None,
        secrets=form.secrets,
    )
    return replace(answer, trail=trail)


def _introspected(claims: dict[str, Any] | None) -> dict[str, Any]:
    if claims is None:
        return {"active": False}
    named = {"client_id": claims.get("azp"), "username": claims.get("preferred_username")}
    return {**claims, **named, "token_type": "Bearer", "active": True}


def userinfo_answer(shared: Shared, realm: str, request: Request, issuer: str) -> Response:
    """Return a few claims of the person whose access token this is."""
    token = bearer_of(request)
    now = request.received_at
    claims = active_claims(shared.ring(realm), token, issuer=issuer, now=now) if token else None
    if claims is None:
        challenge = f'Bearer realm="{realm}"' + (', error="invalid_token"' if token else "")
        answer = error(
            401, "invalid_token", "Token verification failed", (("WWW-Authenticate", challenge),)
        )
    else:
        data = {name: claims[name] for name in _USER_CLAIMS if name in claims}
        answer = json_response(200, data, (*NO_CACHE, *CORS))
    trail = Trail(
        "other",
        facts={"realm": realm, "endpoint": "userinfo"},
        secrets=(Secret("token", token),) if token else (),
    )
    return replace(answer, trail=trail)
