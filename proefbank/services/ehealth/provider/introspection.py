"""Introspection (RFC 7662) and userinfo: what the realm itself thinks of a token."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proefbank.arming import Armed
from proefbank.exchange import Request, Response, Secret, Trail

from .answers import NO_CACHE, NO_STORE, empty_response, error, faulty, json_response
from .client_auth import INVALID_CLIENT, authenticate
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
        first = findings.found[0]
        refusal = INVALID_CLIENT.get(first.code, (401, "invalid_client"))
        status, code = (400, "invalid_request") if first.code in _FORM_TROUBLE else refusal
        answer = error(status, code, first.detail)
    elif not form.get("token"):
        findings.add("token-missing", "there is no token to introspect")
        answer = error(400, "invalid_request", "Token not provided.")
    else:
        claims = active_claims(shared.ring(realm), form.get("token"), issuer=issuer, now=now)
        if armed is not None and armed.stimulus.kind == "inactive":
            claims = None
        facts["active"] = claims is not None
        answer = json_response(200, _introspected(claims), NO_CACHE)
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


def _challenge(status: int, realm: str, why: str) -> Response:
    challenge = f'Bearer realm="{realm}"{why}'
    return empty_response(status, (("WWW-Authenticate", challenge), *NO_STORE))


def userinfo_answer(shared: Shared, realm: str, request: Request, issuer: str) -> Response:
    """Return a few claims of the person whose access token this is."""
    token = bearer_of(request)
    now = request.received_at
    claims = active_claims(shared.ring(realm), token, issuer=issuer, now=now) if token else None
    if claims is None:
        challenge = ', error="invalid_token", error_description="Token verification failed"'
        answer = _challenge(401, realm, challenge if token else "")
    elif "openid" not in str(claims.get("scope", "")).split():
        lacks = ', error="insufficient_scope", error_description="Missing openid scope"'
        answer = _challenge(403, realm, lacks)
    else:
        data = {name: claims[name] for name in _USER_CLAIMS if name in claims}
        answer = json_response(200, data, NO_CACHE)
    trail = Trail(
        "other",
        facts={"realm": realm, "endpoint": "userinfo"},
        secrets=(Secret("token", token),) if token else (),
    )
    return replace(answer, trail=trail)
