"""fastapi-keycloak: the dependency of its documentation, and ``token_is_valid``."""

from __future__ import annotations

from collections.abc import Callable

import requests
from fastapi import HTTPException
from fastapi_keycloak import FastAPIKeycloak
from jose import exceptions, jwt

from .jwt_realms import Consumer, Json, class_of

KINDS = {HTTPException: "unclassified", requests.RequestException: "transport"}
WORDS = {
    "has expired": "expired",
    "not yet valid": "not_yet_valid",
    "audience": "wrong_audience",
    "The specified": "forbidden_algorithm",  # alg; or key, a JWKError that the library lets out
    "Signature verification": "invalid_signature",
}


class Idp(FastAPIKeycloak):
    def _get_admin_token(self) -> None:
        """Go without: eHealth gives nobody an administrator's account of its realm."""


class CurrentUser(Consumer):
    """``get_current_user()``, which wants every token to be for the audience ``account``."""

    distribution = "fastapi-keycloak"

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        server, _, name = realm["issuer"].partition("/realms/")
        told = {"client_id": realm["audience"], "client_secret": "", "admin_client_secret": ""}
        more = {"callback_uri": "https://api.invalid/", "ssl_verification": ca_file}
        return self.verifier(Idp(server, realm=name, **told, **more), realm["audience"])

    def verifier(self, idp: FastAPIKeycloak, audience: str) -> Callable[[str], Json]:  # noqa: ARG002
        user = idp.get_current_user()
        return lambda token: user(token).model_dump()

    def classify(self, error: Exception) -> str | None:
        error = error.__cause__ or error if isinstance(error, HTTPException) else error
        if not isinstance(error, exceptions.JOSEError):
            return class_of(error, KINDS)
        return next((kind for words, kind in WORDS.items() if words in str(error)), "malformed")


class TokenIsValid(CurrentUser):
    """The method that answers yes or no, told the audience."""

    def verifier(self, idp: FastAPIKeycloak, audience: str) -> Callable[[str], Json]:
        def verify(token: str) -> Json:
            if not idp.token_is_valid(token, audience=audience):
                raise HTTPException(401)
            return jwt.get_unverified_claims(token)

        return verify
