"""social-auth-core: its OpenID Connect backend, which takes its keys from the key set."""

from __future__ import annotations

from collections.abc import Callable

import requests
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import AuthProviderError, AuthResponseError
from social_core.strategy import BaseStrategy

from .jwt_realms import CLAIMS, Consumer, Json, class_of

CODES = {
    "response_expired": "expired",
    "response_not_yet_valid": "not_yet_valid",
    "invalid_signature": "invalid_signature",  # of a kid that is not found, too
    "malformed_response": "provider_error",
}
MORE = {"ID_TOKEN_MAX_AGE": 10**9}
"""Or a token, which it takes for an ID token, would have to be fresh."""
KINDS = {requests.JSONDecodeError: "provider_error", requests.RequestException: "transport"}


class Strategy(BaseStrategy):
    """What each framework adds to the library: its settings and its requests."""

    def get_setting(self, name: str) -> object:
        return self.told[name]

    def get_request_data(self, *, merge: bool = True) -> Json:  # noqa: ARG002
        return {}

    def build_absolute_uri(self, path: str | None = None) -> str:
        return f"https://api.invalid{path or '/'}"


class Backend(OpenIdConnectAuth):
    def validate_authorized_party(self, claims: Json, client_id: str) -> None:
        """Let `azp` pass: in an access token it names the caller."""


class OpenIdConnect(Consumer):
    """The checks of an ID token but for `azp` and the nonce, by a backend for each request."""

    distribution = "social-auth-core"

    def open(self, realm: Json, ca_file: str) -> Callable[[str], Json]:
        strategy, settings = Strategy(), {"OIDC_ENDPOINT": realm["issuer"], "VERIFY_SSL": ca_file}
        strategy.told = settings | {"KEY": realm["audience"], "SECRET": "", **MORE}
        for cached in (Backend.get_jwks_keys_for_uri, Backend.get_openid_configuration):
            cached.invalidate()  # it belongs to the class
        return lambda token: Backend(strategy).validate_and_return_refresh_id_token(token, token)

    def classify(self, error: Exception) -> str | None:
        if isinstance(error, AuthResponseError):
            return CODES.get(error.code) or CLAIMS.get(error.claim or "", "malformed")
        if isinstance(error, AuthProviderError):
            return "provider_error" if error.status_code else "transport"
        return class_of(error, KINDS)
