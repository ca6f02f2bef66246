"""Who the client is: a signed JWT as client assertion, addressed to the realm's URL (RFC 7523)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .facts import ASSERTION_TYPE
from .forms import Findings, Form

__all__ = ["INVALID_CLIENT", "Clients", "PublicKey", "authenticate", "decoded"]

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_SKEW = 15
"""Seconds that Keycloak allows clocks to differ."""
_MOST = 50_000
_RSA_ALGS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_EC_ALGS: Mapping[int, str] = {256: "ES256", 384: "ES384", 521: "ES512"}
INVALID_CLIENT: Mapping[str, tuple[int, str]] = dict.fromkeys(
    (
        "assertion-missing",
        "signature-not-registered",
        "aud-not-realm-url",
        "exp-missing",
        "assertion-expired",
        "nbf-in-future",
        "jti-missing",
        "jti-replayed",
    ),
    (400, "invalid_client"),
)
"""What Keycloak answers once it knows which client says so; while it does not, 401."""

_UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, RecursionError)
_NO_CHECKS: Any = dict.fromkeys(
    (f"verify_{name}" for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")), False
)
_NOT_EVEN_SIGNATURE: Any = {"verify_signature": False, **_NO_CHECKS}


@dataclass(slots=True)
class Clients:
    """Clients of one realm and the `jti` values they have used. The provider's lock covers it."""

    keys: dict[str, PublicKey | None] = field(default_factory=dict)
    """Public key by client id; None for a public client, which has none."""
    used: dict[tuple[str, str], float] = field(default_factory=dict)

    def first_use(self, client_id: str, jti: str, until: float, now: float) -> bool:
        """Remember a `jti`; return whether it is new."""
        if self.used.get((client_id, jti), 0.0) > now:
            return False
        if len(self.used) >= _MOST:
            self.used = {key: end for key, end in self.used.items() if end > now}
        self.used[client_id, jti] = until
        return True


def decoded(token: str, key: PublicKey, algorithms: list[str]) -> dict[str, Any] | None:
    """Return the claims of a token that `key` signed, times and all else unchecked; else None."""
    try:
        claims = jwt.decode(token, key, algorithms=algorithms, options=_NO_CHECKS)
    except _UNREADABLE:
        return None
    return dict(claims)


def authenticate(
    form: Form, clients: Clients, *, realm_url: str, now: float, findings: Findings
) -> str | None:
    """Return the client id that is proven; otherwise write down why not and return None.

    A public client only has to name itself.
    """
    named, assertion = form.get("client_id"), form.get("client_assertion")
    if not assertion:
        if named in clients.keys and clients.keys[named] is None:
            return named
        code = "assertion-missing" if named in clients.keys else "client-authentication-missing"
        findings.add(code, "there is no client assertion")
        return None
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        findings.add("assertion-type-wrong", f"client_assertion_type should be {ASSERTION_TYPE}")
    claims = _unverified(assertion)
    if claims is None:
        findings.add("assertion-unreadable", "the client assertion is no JWT that can be read")
        return None
    client_id = _text(claims, "sub")
    key = clients.keys.get(client_id)
    if client_id != _text(claims, "iss"):
        findings.add("iss-not-sub", "iss and sub of the assertion should both be the client id")
    if named and named != client_id:
        findings.add("client-id-differs", "client_id is not the sub of the assertion")
    if key is None:
        findings.add("client-unknown", "no client of this realm has that id and a key")
    elif decoded(assertion, key, _algorithms(key)) is None:
        findings.add("signature-not-registered", "the client's key does not verify the signature")
    _check_audience(claims, realm_url, findings)
    _check_times(claims, clients, client_id, now, findings)
    return None if findings.found else client_id


def _unverified(assertion: str) -> dict[str, Any] | None:
    try:
        claims = jwt.decode(assertion, options=_NOT_EVEN_SIGNATURE)
    except _UNREADABLE:
        return None
    return dict(claims)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _algorithms(key: PublicKey) -> list[str]:
    if isinstance(key, rsa.RSAPublicKey):
        return list(_RSA_ALGS)
    return [_EC_ALGS[key.key_size]] if key.key_size in _EC_ALGS else []


def _check_audience(claims: Mapping[str, Any], realm_url: str, findings: Findings) -> None:
    audience = claims.get("aud")
    if audience != realm_url and not (isinstance(audience, list) and realm_url in audience):
        findings.add("aud-not-realm-url", f"aud of the assertion should be {realm_url}")


def _check_times(
    claims: Mapping[str, Any], clients: Clients, client_id: str, now: float, findings: Findings
) -> None:
    expiry, start, jti = claims.get("exp"), claims.get("nbf"), _text(claims, "jti")
    if not _number(expiry):
        findings.add("exp-missing", "the assertion has no exp")
        expiry = now
    elif expiry <= now - _SKEW:
        findings.add("assertion-expired", "the assertion has expired")
    if start is not None and not (_number(start) and start <= now + _SKEW):
        findings.add("nbf-in-future", "the assertion is not valid yet")
    if not jti:
        findings.add("jti-missing", "the assertion has no jti")
    elif not findings.found and not clients.first_use(client_id, jti, expiry + _SKEW, now):
        findings.add("jti-replayed", "the assertion was used before")


def _number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
