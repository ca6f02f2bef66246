"""The token endpoint: everything is verified and written down, the first violation answered."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from proefbank.arming import Armed, wire_plan
from proefbank.exchange import Headers, Request, Response, Secret, Trail

from .answers import json_response
from .examination import Examined, Examiner
from .facts import EMPLOYER, TOKEN_PATH
from .findings import REFUSALS, plain
from .profile import Account
from .scopes import default_scope
from .shared import Shared
from .token_stimuli import NO_STORE, replacement, shaped_body, shaped_members
from .tokens import Issued

__all__ = ["TokenServer"]

_OPAQUE_BYTES = 32
_UNAUTHORIZED = 401


class TokenServer:
    """Computes the answers of the token endpoint; shares lock, tokens and queue with the API."""

    def __init__(self, shared: Shared) -> None:
        """Serve the accounts under the choices of the profile."""
        self._shared = shared
        self._profile = shared.profile
        self._examiner = Examiner(shared)
        self._issues_jwt = shared.profile.token.format == "jwt"
        self._signing_key: ec.EllipticCurvePrivateKey | None = None

    def handle(self, request: Request, origin: str) -> Response:
        """Answer one request to the token endpoint of `origin`."""
        shared = self._shared
        token_url = origin + TOKEN_PATH
        examined = self._examiner.examine(request, token_url)
        client = self._client(examined)
        with shared.lock:
            armed = shared.queue.take("token", success=client is not None)
        answer = issued = None
        if armed is not None:
            answer = replacement(armed, elsewhere=shared.elsewhere, target=request.target)
        if answer is None and client is not None:
            answer, issued = self._grant(client, request, armed, origin)
        elif answer is None:
            answer = self._refuse(examined)
        if armed is not None:
            answer = replace(answer, wire=wire_plan(armed, answer))
        return replace(answer, trail=self._trail(examined, issued, armed, token_url))

    def _client(self, examined: Examined) -> tuple[Account, str | None] | None:
        """Return who gets a token with which scope, or None when it is refused."""
        registered = examined.registered
        good = registered is not None and registered.account.active and examined.check.proven
        if registered is not None and registered.firm and not good:
            return None
        if registered is not None and (self._shared.lenient or examined.findings.refusal is None):
            return registered.account, examined.scope
        if not self._shared.lenient:
            return None
        account = self._profile.first(EMPLOYER) or self._profile.accounts[0]
        return account, default_scope(account, self._profile.scopes)

    def _grant(
        self,
        client: tuple[Account, str | None],
        request: Request,
        armed: Armed | None,
        origin: str,
    ) -> tuple[Response, Issued]:
        account, scope = client
        name = armed.stimulus.name if armed else None
        lifetime = self._profile.token.lifetime_s
        if armed and name == "token-short-lifetime":
            lifetime = max(1, round(armed.params["seconds"]))
        if armed and name == "token-long":
            length = max(1, int(armed.params["characters"]))
            text = secrets.token_urlsafe(length)[:length]
        elif name == "token-jwt" or (
            name != "token-opaque" and (self._issues_jwt or self._shared.readable_tokens)
        ):
            text = self._jwt(account, scope, int(request.received_at), lifetime, origin)
        else:
            text = secrets.token_urlsafe(_OPAQUE_BYTES)
        members: dict[str, Any] = {
            "access_token": text,
            "token_type": "Bearer",
            "expires_in": lifetime,
        }
        if scope is not None:
            members["scope"] = scope
        with self._shared.lock:
            issued = self._shared.tokens.add(text, account, scope, request.received_at + lifetime)
            members = shaped_members(name, members, self._shared.rng)
        headers: Headers = (("Content-Type", "application/json"), *NO_STORE)
        return Response(200, headers, shaped_body(name, members)), issued

    def _jwt(
        self, account: Account, scope: str | None, now: int, lifetime: int, origin: str
    ) -> str:
        if self._signing_key is None:
            self._signing_key = ec.generate_private_key(ec.SECP256R1())
        claims = {
            "iss": origin,
            "sub": account.client_id,
            "client_id": account.client_id,
            "scope": scope or "",
            "iat": now,
            "exp": now + lifetime,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(claims, self._signing_key, algorithm="ES256")

    def _refuse(self, examined: Examined) -> Response:
        refusal = examined.findings.refusal
        code = refusal.code if refusal else "client-unknown"
        error = REFUSALS[code]
        if code == "endpoint-not-v5":
            return json_response(404, {"error": error})
        body = {"error": error, "error_description": plain(refusal.detail if refusal else "")}
        headers: Headers = NO_STORE
        if code == "method-not-post":
            return json_response(405, body, (*headers, ("Allow", "POST")))
        status = 400
        if error == "invalid_client":
            status = self._profile.errors.invalid_client_status
            if code == "basic-authentication":
                status = _UNAUTHORIZED
        if status == _UNAUTHORIZED:
            # RFC 6749 5.2 wants the scheme that was tried, RFC 9110 wants some challenge.
            scheme = "Basic" if code == "basic-authentication" else "PrivateKeyJwt"
            headers = (*headers, ("WWW-Authenticate", f'{scheme} realm="socialsecurity"'))
        return json_response(status, body, headers)

    def _trail(
        self, examined: Examined, issued: Issued | None, armed: Armed | None, token_url: str
    ) -> Trail:
        findings, check, registered = examined.findings, examined.check, examined.registered
        refusal = findings.refusal
        account = issued.account if issued else registered.account if registered else None
        key = check.key or (registered.keys[0] if registered and registered.keys else None)
        error = None if issued or refusal is None else REFUSALS[refusal.code]
        if armed and issued is None and "code" in armed.params:
            error = armed.params["code"]
        granted = () if issued is None else (Secret("token", issued.text),)
        facts = {
            "account": account.name if account else None,
            "capacity": account.capacity if account else None,
            "client_id_known": examined.known,
            "signature": check.state,
            "signed_by_other_account": check.other_account,
            "certificate_sha256": check.key.sha256 if check.key else None,
            "removed_certificate_sha256": check.removed.sha256 if check.removed else None,
            "key_kind": key.kind if key else None,
            "registered_key_kinds": registered.key_kinds if registered else [],
            "expected_audience": token_url,
            "granted": issued is not None,
            "granted_scope": issued.scope if issued else None,
            "token_ref": issued.ref if issued else None,
            "jti_seen_before": examined.jti_seen_before,
            "error": error,
            "refusal": refusal.code if refusal else None,
            "notes": findings.notes,
        }
        return Trail(
            conversation="token",
            violations=tuple(findings.violations),
            facts=facts,
            stimulus=armed.stimulus.name if armed else None,
            secrets=(*examined.request.secrets, *granted),
        )
