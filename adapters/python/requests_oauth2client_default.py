"""requests-oauth2client: ``PrivateKeyJwt`` and ``OAuth2ClientCredentialsAuth``, its defaults."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
from jwskate import Jwk
from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth, PrivateKeyJwt
from requests_oauth2client.exceptions import EndpointError, InvalidTokenResponse

from lines import Json, api_value, serve


class Client:
    def __init__(self, service: Json, ca_file: str) -> None:
        key = Jwk.from_pem(Path(service["private_key_file"]).read_text())
        auth = PrivateKeyJwt(  # refuses a key without kid
            service["client_id"], key.with_kid_thumbprint(), alg="RS256", aud=service["audience"]
        )
        self.session = requests.Session()
        self.session.verify = ca_file
        self.oauth = OAuth2Client(service["token_endpoint"], auth=auth, session=self.session)
        self.bearer = OAuth2ClientCredentialsAuth(self.oauth, scope=service["scope"])
        self.api_base = service["api_base"]

    def fetch(self, scope: str | None) -> Json:
        token = self.oauth.client_credentials(scope=scope)
        found = {"token_type": token.token_type, "expires_in": token.expires_in}
        return {"access_token": token.access_token, **found}

    def call(self, method: str, path: str, body: Any) -> Json:
        reply = self.session.request(method, self.api_base + path, json=body, auth=self.bearer)
        return api_value(reply.status_code, reply.headers.get("Content-Type"), reply.text)


def classify(error: Exception) -> str | None:
    match error:
        case InvalidTokenResponse(response=response):  # an answer it could not read
            return "malformed" if response.ok else "provider_error"
        case ValueError():
            return "malformed"
        case EndpointError() | requests.TooManyRedirects():
            return "provider_error"
        case requests.RequestException():
            return "transport"
    return None


if __name__ == "__main__":
    serve("requests-oauth2client", version("requests-oauth2client"), Client, classify)
