"""Authlib: ``JsonWebToken.decode`` with a key set that is fetched as its OpenID clients do it."""

from __future__ import annotations

from collections.abc import Callable

import requests
from authlib.jose import JsonWebKey, JsonWebToken, errors

from .jwt_realms import CLAIMS, Consumer, Json, class_of, wanted_of

KINDS = {
    errors.ExpiredTokenError: "expired",
    errors.InvalidTokenError: "not_yet_valid",  # raised for nbf and iat alone
    errors.BadSignatureError: "invalid_signature",
    errors.UnsupportedAlgorithmError: "forbidden_algorithm",
    errors.InvalidCritHeaderParameterNameError: "wrong_kind",
    (requests.HTTPError, requests.JSONDecodeError): "provider_error",
    requests.RequestException: "transport",
    (errors.JoseError, ValueError): "malformed",  # what is too long is a ValueError
}


class FetchedOnce(Consumer):
    """A key set that is fetched for the first token and kept."""

    distribution, again = "authlib", False

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        wanted = {claim: {"essential": True, "value": value} for claim, value in wanted_of(realm)}
        tokens, kept = JsonWebToken(realm.get("algorithms") or ["RS256"]), []

        def load_key(header: Json, payload: bytes, *, fetch: bool = False) -> object:
            if fetch or not kept:
                answer = requests.get(realm["jwks_uri"], verify=ca_file, timeout=5)
                answer.raise_for_status()
                kept[:] = [JsonWebKey.import_key_set(answer.json())]
            try:
                return kept[0].find_by_kid(header.get("kid"))
            except ValueError:
                if fetch or not self.again:
                    raise
                return load_key(header, payload, fetch=True)

        def verify(token: str) -> Json:
            claims = tokens.decode(token, load_key, claims_options=wanted)
            claims.validate()
            return dict(claims)

        return verify

    def classify(self, error: Exception) -> str | None:
        named = "unknown_key" if str(error) == "Key not found" else None  # a ValueError
        return named or CLAIMS.get(getattr(error, "claim_name", "")) or class_of(error, KINDS)


class FetchedAgain(FetchedOnce):
    """The same, fetched again for each kid that is not in it."""

    again = True
