"""Negative control: httpx-auth has no ``private_key_jwt``; it sends a made-up secret by Basic."""

from __future__ import annotations

import ssl
from importlib.metadata import version
from typing import Any

import httpx
from httpx_auth import GrantNotProvided, InvalidGrantRequest, OAuth2, OAuth2ClientCredentials

from lines import Json, api_value, serve


class Client:
    def __init__(self, service: Json, ca_file: str) -> None:
        OAuth2.token_cache.clear()  # one cache for the whole process
        self.service, self.trust = service, ssl.create_default_context(cafile=ca_file)
        self.api = httpx.Client(verify=self.trust, auth=self.auth(service["scope"]))

    def auth(self, scope: str | None) -> OAuth2ClientCredentials:
        return OAuth2ClientCredentials(
            self.service["token_endpoint"],
            self.service["client_id"],
            client_secret="there-is-no-secret",
            scope=scope,
            client=httpx.Client(verify=self.trust),
        )

    def fetch(self, scope: str | None) -> Json:
        _, token, *lifetime = self.auth(scope).request_new_token()
        expires_in = lifetime[0] if lifetime else None
        # The library never looks at token_type: what it gets is always sent as Bearer.
        return {"access_token": token, "token_type": "Bearer", "expires_in": expires_in}

    def call(self, method: str, path: str, body: Any) -> Json:
        reply = self.api.request(method, self.service["api_base"] + path, json=body)
        return api_value(reply.status_code, reply.headers.get("Content-Type"), reply.text)


def classify(error: Exception) -> str | None:
    match error:
        case GrantNotProvided() | ValueError():
            return "malformed"
        case InvalidGrantRequest():
            return "provider_error"
        case httpx.TransportError():
            return "transport"
    return None


if __name__ == "__main__":
    serve("httpx-auth", version("httpx-auth"), Client, classify)
