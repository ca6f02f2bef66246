"""PyJWT: ``PyJWKClient`` and ``jwt.decode``, used as its documentation shows."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from urllib.error import HTTPError

import jwt

from .jwt_realms import CLAIMS, Consumer, Json, class_of

KINDS = {
    jwt.ExpiredSignatureError: "expired",
    jwt.ImmatureSignatureError: "not_yet_valid",
    jwt.InvalidAudienceError: "wrong_audience",
    jwt.InvalidIssuerError: "wrong_issuer",
    jwt.InvalidAlgorithmError: "forbidden_algorithm",
    jwt.InvalidSignatureError: "invalid_signature",
    jwt.InvalidTokenError: "malformed",
    (jwt.PyJWKSetError, jwt.PyJWKError): "provider_error",  # a set that cannot be used
    jwt.PyJWKClientError: "provider_error",
}


class Default(Consumer):
    """The sample for a JWKS endpoint in its "Usage Examples", and the issuer."""

    distribution, cache_keys = "pyjwt", False
    required: tuple[str, ...] = ()

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        trust = ssl.create_default_context(cafile=ca_file)
        keys = jwt.PyJWKClient(realm["jwks_uri"], cache_keys=self.cache_keys, ssl_context=trust)
        options = {"require": self.required}
        more = {"audience": realm["audience"], "issuer": realm["issuer"], "options": options}
        algorithms, key = realm.get("algorithms") or ["RS256"], keys.get_signing_key_from_jwt
        return lambda token: jwt.decode(token, key(token), algorithms, **more)

    def classify(self, error: Exception) -> str | None:
        if isinstance(error, jwt.PyJWKClientConnectionError):
            return "provider_error" if isinstance(error.__cause__, HTTPError) else "transport"
        if isinstance(error, jwt.MissingRequiredClaimError) and error.claim in ("aud", "iss"):
            return CLAIMS[error.claim]
        return "unknown_key" if "Unable to find" in str(error) else class_of(error, KINDS)


class CachedKeys(Default):
    """The documented option that keeps each key by its kid, without an end."""

    cache_keys = True


class RequiredClaims(Default):
    """The documented option that insists on claims."""

    required = ("exp", "iat", "iss", "aud")
