"""Authlib on requests, with its ``claims=`` option: the only way it offers to shorten ``exp``."""

from __future__ import annotations

import time
from importlib.metadata import version

import authlib_requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from lines import serve


class Client(authlib_requests.Client):
    def session(self, scope: str | None) -> OAuth2Session:
        session = super().session(scope)
        claims = {"exp": int(time.time()) + 300}
        session.register_client_auth_method(PrivateKeyJWT(self.service["audience"], claims))
        return session


if __name__ == "__main__":
    serve("Authlib (requests, claims=)", version("authlib"), Client, authlib_requests.classify)
