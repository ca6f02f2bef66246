"""Authlib's ``OAuth2Session`` on requests, ``private_key_jwt``; the rest as the library has it."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from authlib.integrations.base_client import OAuthError, UnsupportedTokenTypeError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from requests import HTTPError, RequestException, TooManyRedirects

from lines import Json, api_value, serve


class Client:
    def __init__(self, service: Json, ca_file: str) -> None:
        self.service, self.ca_file = service, ca_file
        self.tokens, self.api = self.session(None), self.session(service["scope"])

    def session(self, scope: str | None) -> OAuth2Session:
        """Return a session as an application makes it: once, at its start."""
        session = OAuth2Session(
            self.service["client_id"],
            Path(self.service["private_key_file"]).read_text(),
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint=self.service["token_endpoint"],
            scope=scope,
        )
        session.register_client_auth_method(PrivateKeyJWT(self.service["audience"]))
        session.verify = self.ca_file
        return session

    def fetch(self, scope: str | None) -> Json:
        token = self.tokens.fetch_token(scope=scope)
        found = {name: token.get(name) for name in ("token_type", "expires_in")}
        return {"access_token": token["access_token"], **found}

    def call(self, method: str, path: str, body: Any) -> Json:
        if not self.api.token:  # the first is ours to fetch; the session renews what expires
            self.api.fetch_token()
        reply = self.api.request(method, self.service["api_base"] + path, json=body)
        return api_value(reply.status_code, reply.headers.get("Content-Type"), reply.text)


def classify(error: Exception) -> str | None:
    match error:
        case UnsupportedTokenTypeError() | ValueError() | KeyError():
            return "malformed"
        case OAuthError() | HTTPError() | TooManyRedirects():
            return "provider_error"
        case RequestException():
            return "transport"
    return None


if __name__ == "__main__":
    serve("Authlib (requests)", version("authlib"), Client, classify)
