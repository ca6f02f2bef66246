"""joserfc: ``jwt.decode`` and ``JWTClaimsRegistry``, with a key set fetched as Authlib does it."""

from __future__ import annotations

from collections.abc import Callable

import requests
from joserfc import errors, jwt
from joserfc.jwk import KeySet

from .jwt_realms import CLAIMS, Consumer, Json, class_of, wanted_of

KINDS = {
    errors.ExpiredTokenError: "expired",
    errors.BadSignatureError: "invalid_signature",
    errors.InvalidKeyIdError: "unknown_key",
    (errors.UnsupportedAlgorithmError, errors.ConflictAlgorithmError): "forbidden_algorithm",
    errors.UnsupportedKeyAlgorithmError: "forbidden_algorithm",
    errors.UnsupportedHeaderError: "wrong_kind",
    errors.JoseError: "malformed",
    (requests.HTTPError, requests.JSONDecodeError): "provider_error",
    requests.RequestException: "transport",
}


class FetchedOnce(Consumer):
    """A key set that is fetched for the first token and kept."""

    distribution, again = "joserfc", False

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        wanted = {claim: {"essential": True, "value": value} for claim, value in wanted_of(realm)}
        registry, algorithms = jwt.JWTClaimsRegistry(**wanted), realm.get("algorithms")
        kept: list[KeySet] = []

        def verify(token: str, *, fetch: bool = False) -> Json:
            if fetch or not kept:
                answer = requests.get(realm["jwks_uri"], verify=ca_file, timeout=5)
                answer.raise_for_status()
                kept[:] = [KeySet.import_key_set(answer.json())]
            try:
                claims = jwt.decode(token, kept[0], algorithms or ["RS256"]).claims
            except errors.InvalidKeyIdError:
                if fetch or not self.again:
                    raise
                return verify(token, fetch=True)
            registry.validate(claims)
            return claims

        return verify

    def classify(self, error: Exception) -> str | None:
        return CLAIMS.get(getattr(error, "claim", "")) or class_of(error, KINDS)


class FetchedAgain(FetchedOnce):
    """The same, fetched again for each kid that is not in it."""

    again = True
