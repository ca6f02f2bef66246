"""The reference client: a conforming client of the token server and the FLA API.

It speaks the Python adapter protocol. Each decision stands in a method of its own, so that a
wayward client can get exactly one of them wrong.
"""

from __future__ import annotations

import json
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proefbank import __version__
from proefbank.clock import Clock
from proefbank.errors import Rejected

__all__ = ["ReferenceClient", "Token"]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 300
"""Seconds that an assertion lives: half of what the document allows (5.1)."""
EARLY = 10
"""Seconds before its end that a token is no longer used."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and until when it may be used (None: not told, so not kept)."""

    value: str
    expires_at: float | None


class ReferenceClient:
    """A client that does what the documents ask, and no more."""

    name = "proefbank reference client"
    version = __version__
    capabilities = ("token", "api")

    def __init__(self) -> None:
        """Start with nothing; `scenario` brings the rest."""
        self.time = Clock()
        self.settings: Mapping[str, Any] = {}
        self.http: httpx.Client | None = None
        self.tokens: dict[str | None, Token] = {}
        self.wait_until: dict[str, float] = {}

    # The verbs of the adapter protocol.

    def scenario(self, members: Mapping[str, Any]) -> None:
        """Forget everything and take up the settings of a new scenario."""
        self.close()
        self.settings = members["socialsecurity"]
        self.http = self.connect(members["ca_file"])
        self.key = self.load_key(Path(self.settings["private_key_file"]))
        self.tokens.clear()
        self.wait_until.clear()
        self.time.reset()

    def close(self) -> None:
        """Let go of the connections."""
        if self.http is not None:
            self.http.close()

    def clock(self, now: float) -> None:
        """Live at `now` from here on."""
        self.time.set(now)

    def token_fetch(self, scope: str | None) -> dict[str, object]:
        """Fetch a token from the token endpoint, never from the cache."""
        answer = self.request_token(scope)
        return {
            "access_token": answer["access_token"],
            "token_type": answer["token_type"],
            "expires_in": answer.get("expires_in"),
        }

    def api_call(self, method: str, path: str, body: object) -> dict[str, object]:
        """Call the API with a bearer token; renew it once if the API calls it expired."""
        token = self.usable_token(self.settings["scope"])
        response = self.call_api(method, path, body, token)
        if self.problem_type(response) in self.renewable(response):
            self.tokens.clear()
            token = self.usable_token(self.settings["scope"])
            response = self.call_api(method, path, body, token)
        return self.api_result(response)

    # The token.

    def usable_token(self, scope: str | None) -> str:
        """Return the cached token for `scope` while it lives, else a new one."""
        kept = self.tokens.get(self.cache_key(scope))
        if kept and kept.expires_at is not None and kept.expires_at - EARLY > self.time.now():
            return kept.value
        return str(self.request_token(scope)["access_token"])

    def cache_key(self, scope: str | None) -> str | None:
        """What tokens are kept apart by; clients and environments are apart by scenario."""
        return scope

    def request_token(self, scope: str | None) -> dict[str, Any]:
        """Ask for a token, check the answer, keep it, and return the answer's members."""
        self.mind_waiting("token")
        response = self.send_token_request(scope)
        self.note_waiting("token", response)
        answer = self.checked_token_answer(response)
        lifetime = self.lifetime_of(answer)
        self.tokens[self.cache_key(scope)] = Token(
            answer["access_token"], None if lifetime is None else self.time.now() + lifetime
        )
        return answer

    def lifetime_of(self, answer: Mapping[str, Any]) -> float | None:
        """Seconds that the token lives, or None when the server did not say."""
        told = answer.get("expires_in")
        return float(told) if isinstance(told, int | float | str) and str(told).isdigit() else None

    def checked_token_answer(self, response: httpx.Response) -> dict[str, Any]:
        """Return the members of a usable answer; refuse every other one."""
        if response.status_code != httpx.codes.OK:
            raise Rejected("provider_error", f"token endpoint answered {response.status_code}")
        if not response.headers.get("content-type", "").lower().startswith("application/json"):
            raise Rejected("malformed", "the token answer is not application/json")
        try:
            answer = response.json()
        except ValueError as problem:
            raise Rejected("malformed", "the token answer is not JSON") from problem
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise Rejected("malformed", "the token answer has no access_token")
        if str(answer.get("token_type", "")).lower() != "bearer":
            raise Rejected("malformed", "the token is of a type this client does not know")
        return answer

    def send_token_request(self, scope: str | None) -> httpx.Response:
        """Send the token request: one POST with the assertion in the form."""
        return self.send(
            "POST", self.token_url(), headers=self.token_headers(), data=self.form(scope)
        )

    def token_url(self) -> str:
        """Where tokens come from."""
        return str(self.settings["token_endpoint"])

    def token_headers(self) -> dict[str, str]:
        """Header fields of the token request besides what the HTTP library sets."""
        return {"Accept": "application/json"}

    def form(self, scope: str | None) -> dict[str, Any]:
        """Parameters of the token request."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        }
        return form if scope is None else form | {"scope": scope}

    # The client assertion.

    def assertion(self) -> str:
        """Return a fresh client assertion, signed."""
        claims = {name: value for name, value in self.claims().items() if value is not None}
        return self.sign(claims)

    def claims(self) -> dict[str, Any]:
        """Claims of the assertion (Opzetten kanaal REST API, 5.1)."""
        return {
            "iss": self.settings["client_id"],
            "sub": self.settings["client_id"],
            "aud": self.settings["audience"],
            "exp": int(self.time.now()) + LIFETIME,
            "jti": str(uuid.uuid4()),
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign the claims with the key whose certificate the account holds."""
        return jwt.encode(claims, self.key, algorithm=self.algorithm())

    def algorithm(self) -> str:
        """Return the JWS algorithm that fits the key (RFC 7518, 3.3 and 3.4)."""
        if isinstance(self.key, RSAPrivateKey):
            return "RS256"
        return {384: "ES384", 521: "ES512"}[self.key.curve.key_size]

    def load_key(self, file: Path) -> RSAPrivateKey | EllipticCurvePrivateKey:
        """Read the private key."""
        # The bench minted this key a moment ago: checking its primes again costs 70 ms.
        key = load_pem_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey)  # noqa: S101
        return key

    # The API.

    def call_api(self, method: str, path: str, body: object, token: str) -> httpx.Response:
        """Make one call with the token in the Authorization header."""
        self.mind_waiting("api")
        response = self.send(
            method,
            self.api_url(path, token),
            headers=self.api_headers(token, body),
            content=None if body is None else self.payload(body),
        )
        self.note_waiting("api", response)
        return response

    def api_url(self, path: str, token: str) -> str:  # noqa: ARG002 - for the wayward
        """Where the resource is."""
        return f"{self.settings['api_base'].rstrip('/')}/{path.lstrip('/')}"

    def api_headers(self, token: str, body: object) -> dict[str, str]:
        """Header fields of an API call."""
        fields = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json, application/problem+json",
            "BelGov-Trace-Id": str(uuid.uuid4()),
        }
        return fields if body is None else fields | {"Content-Type": "application/json"}

    def payload(self, body: object) -> bytes:
        """Encode the body as JSON in UTF-8."""
        return json.dumps(body, ensure_ascii=False).encode()

    def problem_type(self, response: httpx.Response) -> str:
        """Return the `type` of a problem, or nothing if the answer is none."""
        media = response.headers.get("content-type", "")
        if response.is_success or not media.startswith("application/problem+json"):
            return ""
        try:
            return str(response.json().get("type", ""))
        except (ValueError, AttributeError):
            return ""

    def renewable(self, response: httpx.Response) -> tuple[str, ...]:
        """Problem types after which a new token and one more try make sense."""
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return ()
        return (
            "urn:problem-type:belgif:expiredAccessToken",
            "urn:problem-type:belgif:invalidAccessToken",
        )

    def api_result(self, response: httpx.Response) -> dict[str, object]:
        """Tell what came: the status decides before the body is read."""
        if response.is_success:
            return {"status": response.status_code, "body": self.decoded(response)}
        refused = "not_allowed" if response.status_code == httpx.codes.FORBIDDEN else None
        detail = f"the API answered {response.status_code} {self.problem_type(response)}".strip()
        raise Rejected(refused or "provider_error", detail)

    def decoded(self, response: httpx.Response) -> object:
        """Return the body as JSON where it says so, else as text, None if empty."""
        if not response.content:
            return None
        if "json" not in response.headers.get("content-type", ""):
            return response.text
        try:
            return response.json()
        except ValueError as problem:
            raise Rejected("malformed", "the API's answer is not JSON") from problem

    # The wire.

    def connect(self, ca_file: str) -> httpx.Client:
        """Make an HTTP client of our own; no proxy or CA of the environment comes between."""
        return httpx.Client(verify=self.trust(ca_file), timeout=5.0, trust_env=False)

    def trust(self, ca_file: str) -> ssl.SSLContext:
        """Trust the one CA that the scenario names, and check host names."""
        return ssl.create_default_context(cafile=ca_file)

    def send(self, method: str, url: str, **parts: Any) -> httpx.Response:
        """Send one request; no redirect is followed, no failure repeated."""
        assert self.http is not None  # noqa: S101 - a scenario comes before any call
        try:
            return self.http.request(method, url, **parts)
        except httpx.HTTPError as problem:
            raise Rejected("transport", type(problem).__name__) from problem

    def mind_waiting(self, conversation: str) -> None:
        """Refuse to send while the other side has asked us to wait."""
        if self.time.now() < self.wait_until.get(conversation, 0.0):
            raise Rejected("provider_error", f"asked to wait before the next {conversation} call")

    def note_waiting(self, conversation: str, response: httpx.Response) -> None:
        """Remember until when we were asked to wait, in the header or in the problem."""
        if response.status_code not in (429, 503):
            return
        told = response.headers.get("retry-after", "") or self.hint_in_body(response)
        if told.isdigit():
            self.wait_until[conversation] = self.time.now() + int(told)
        elif told:
            self.wait_until[conversation] = moment(told)

    def hint_in_body(self, response: httpx.Response) -> str:
        """Return what a problem says of waiting: `retryAfterSec`, or the date `retryAfter`."""
        if "problem+json" not in response.headers.get("content-type", ""):
            return ""
        try:
            problem = response.json()
        except ValueError:
            return ""
        told = problem.get("retryAfterSec") or problem.get("retryAfter") or ""
        return str(told)


def moment(told: str) -> float:
    """Return the instant of an HTTP date or an ISO 8601 one, in epoch seconds."""
    try:
        return parsedate_to_datetime(told).timestamp()
    except ValueError:
        return datetime.fromisoformat(told).timestamp()
