"""Authlib's ``OAuth2Client`` on httpx, ``private_key_jwt``; the rest as the library has it."""

from __future__ import annotations

import ssl
from importlib.metadata import version
from pathlib import Path
from typing import Any

from authlib.integrations.base_client import OAuthError, UnsupportedTokenTypeError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from httpx2 import HTTPStatusError, TransportError

from lines import Json, api_value, serve


class Client:
    def __init__(self, service: Json, ca_file: str) -> None:
        self.service, self.trust = service, ssl.create_default_context(cafile=ca_file)
        self.tokens, self.api = self.client(None), self.client(service["scope"])

    def client(self, scope: str | None) -> OAuth2Client:
        """Return a client as an application makes it: once, at its start."""
        client = OAuth2Client(
            self.service["client_id"],
            Path(self.service["private_key_file"]).read_text(),
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint=self.service["token_endpoint"],
            scope=scope,
            verify=self.trust,
        )
        client.register_client_auth_method(PrivateKeyJWT(self.service["audience"]))
        return client

    def fetch(self, scope: str | None) -> Json:
        token = self.tokens.fetch_token(scope=scope)
        found = {name: token.get(name) for name in ("token_type", "expires_in")}
        return {"access_token": token["access_token"], **found}

    def call(self, method: str, path: str, body: Any) -> Json:
        if not self.api.token:  # the first is ours to fetch; the client renews what expires
            self.api.fetch_token()
        reply = self.api.request(method, self.service["api_base"] + path, json=body)
        return api_value(reply.status_code, reply.headers.get("Content-Type"), reply.text)


def classify(error: Exception) -> str | None:
    match error:
        case UnsupportedTokenTypeError() | ValueError() | KeyError():
            return "malformed"
        case OAuthError() | HTTPStatusError():
            return "provider_error"
        case TransportError():
            return "transport"
    return None


if __name__ == "__main__":
    serve("Authlib (httpx)", version("authlib"), Client, classify)
