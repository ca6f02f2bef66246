"""The token endpoint: client credentials, and token exchange as RFC 8693 has it, no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proefbank.exchange import Request, Response, Secret, Trail

from .answers import NO_STORE, error, json_response
from .claims import Party
from .client_auth import INVALID_CLIENT, authenticate
from .facts import LIFETIME, TOKEN_EXCHANGE, TOKEN_TYPE
from .forms import Findings, Form, read_form
from .shared import Order, Shared
from .verification import active_claims

__all__ = ["token_answer"]

_REFUSALS: Mapping[str, tuple[int, str]] = {
    "media-type-not-form": (400, "invalid_request"),
    "body-not-form": (400, "invalid_request"),
    "parameter-repeated": (400, "invalid_request"),
    "grant-type-missing": (400, "invalid_request"),
    "grant-type-unknown": (400, "unsupported_grant_type"),
    "subject-token-missing": (400, "invalid_request"),
    "subject-token-type-wrong": (400, "invalid_request"),
    "requested-token-type-wrong": (400, "invalid_request"),
    "audience-missing": (400, "invalid_request"),
    "subject-token-inactive": (400, "invalid_token"),
    **INVALID_CLIENT,
}
"""What is answered to a finding; anything else is the client's identity: 401 invalid_client."""

_INVALID_CLIENT = (401, "invalid_client")
_GRANTS = ("client_credentials", TOKEN_EXCHANGE)


def token_answer(shared: Shared, realm: str, request: Request, issuer: str) -> Response:
    """Answer one request to the token endpoint of the realm `issuer`."""
    findings, now = Findings(), request.received_at
    form = read_form(request, findings)
    grant = form.get("grant_type")
    if not grant:
        findings.add("grant-type-missing", "there is no grant_type")
    elif grant not in _GRANTS:
        findings.add("grant-type-unknown", f"grant_type should be {' or '.join(_GRANTS)}")
    with shared.lock:
        client = authenticate(
            form, shared.clients[realm], realm_url=issuer, now=now, findings=findings
        )
    subject = None
    if grant == TOKEN_EXCHANGE:
        subject = _subject(shared, realm, form, issuer=issuer, now=now, findings=findings)
    secrets = form.secrets
    facts: dict[str, Any] = {"realm": realm, "grant": grant if grant in _GRANTS else None}
    if client is None or findings.found:
        answer = _refusal(findings)
    else:
        answer, token, kid = _granted(shared, realm, form, client, subject, issuer, now)
        secrets = (*secrets, Secret("token", token))
        facts |= {"kid": kid, "state": shared.timeline.state_at(now)}
    facts["granted"] = answer.status == 200  # noqa: PLR2004 - the one status of a grant
    trail = Trail("token", violations=tuple(findings.found), facts=facts, secrets=secrets)
    return replace(answer, trail=trail)


def _refusal(findings: Findings) -> Response:
    first = findings.first or "client-unknown"
    status, code = _REFUSALS.get(first, _INVALID_CLIENT)
    description = findings.found[0].detail if findings.found else "Invalid client"
    return error(status, code, description, NO_STORE)


def _subject(
    shared: Shared, realm: str, form: Form, *, issuer: str, now: float, findings: Findings
) -> dict[str, Any] | None:
    token = form.get("subject_token")
    if not token:
        findings.add("subject-token-missing", "there is no subject_token")
    if form.get("subject_token_type") != TOKEN_TYPE:
        findings.add("subject-token-type-wrong", f"subject_token_type should be {TOKEN_TYPE}")
    if form.get("requested_token_type") not in ("", TOKEN_TYPE):
        findings.add("requested-token-type-wrong", f"requested_token_type should be {TOKEN_TYPE}")
    if not form.get("audience"):
        findings.add("audience-missing", "there is no audience")
    claims = active_claims(shared.ring(realm), token, issuer=issuer, now=now) if token else None
    if token and claims is None:
        findings.add("subject-token-inactive", "the subject token is not active")
    return claims


def _granted(
    shared: Shared,
    realm: str,
    form: Form,
    client: str,
    subject: dict[str, Any] | None,
    issuer: str,
    now: float,
) -> tuple[Response, str, str]:
    audience = form.get("audience") if subject is not None else shared.party.audience
    workshop = shared.workshop(Order(realm, now), issuer, Party(audience, client))
    members: dict[str, Any] = {
        "access_token": "",
        "expires_in": LIFETIME,
        "refresh_expires_in": 0,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "scope": "profile",
    }
    if subject is None:
        claims = workshop.claims("machine")
    else:
        claims = workshop.claims("exchanged", sub=subject.get("sub"))
        members["issued_token_type"] = TOKEN_TYPE
    members["access_token"] = token = workshop.well_formed(claims)
    return json_response(200, members, NO_STORE), token, workshop.signer.kid
