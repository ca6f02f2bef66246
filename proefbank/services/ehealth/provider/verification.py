"""Verifying the realm's own tokens, as introspection, exchange and userinfo do.

Only enabled keys count: from step 3 on a token of the old key is no longer active.
"""

from __future__ import annotations

from typing import Any

import jwt

from .client_auth import decoded
from .keyring import KeyRing

__all__ = ["active_claims"]


def active_claims(ring: KeyRing, token: str, *, issuer: str, now: float) -> dict[str, Any] | None:
    """Return the claims of a token of this realm that is active at `now`, or None."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    component = ring.verifier(now, kid)
    if component is None:
        return None
    claims = decoded(token, component.material.private.public_key(), ["RS256"])
    if claims is None or claims.get("iss") != issuer:
        return None
    expiry, start = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expiry, int | float) or not isinstance(start, int | float):
        return None
    return claims if start <= now < expiry else None
