"""The prober: sends one request at a time to a provider, as a stage says.

Well-formed ones, and ones with something wrong on purpose. It judges nothing and hides nothing:
each order is one request, so that the journal shows order, request and answer side by side.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proefbank import __version__
from proefbank.clients.adapter import Hello, Implementation, LogLine, Operation, Outcome
from proefbank.clock import Clock
from proefbank.keys import KeyKind, key_for

__all__ = ["Prober"]

Json = Mapping[str, Any]
TIMEOUT = 15.0
"""Seconds of real time that one answer may take."""
LIFETIME = 300
"""Seconds that an assertion in good order lives."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ITSME_ROOT = "/qes-partners/1.0.0/"
SIMULATED = Implementation("simulated services of Proefbank", __version__, "Python")
"""What is judged, unless it is something else."""
_CURVES = {256: "ES256", 384: "ES384", 521: "ES512"}


class Prober:
    """Who speaks to the provider of one service; a client to the bench, and never judged."""

    def __init__(
        self,
        service: str,
        *,
        ca_file: Path,
        clock: Clock,
        seed: int = 0,
        openapi: Path | None = None,
        judged: Implementation | None = None,
        reads_only: bool = False,
    ) -> None:
        """Trust `ca_file` and nothing else; `openapi` is the user's document of the FLA API.

        With `reads_only` nothing that could change anything is made from a document. What is
        `judged` is the simulator, unless it is told.
        """
        self.service, self.reads_only = service, reads_only
        self.simulated, self.judged = judged is None, judged or SIMULATED
        self.seed = seed
        self.openapi = openapi
        self.ca_file, self._clock = ca_file, clock
        self._told: Json = {}
        self._http: httpx.Client | None = None
        self._token = ""
        self._sent = 0
        self._speaks: Mapping[str, Callable[[Json], httpx.Request]] = {
            "socialsecurity": self._to_social_security,
            "ehealth": self._to_ehealth,
            "itsme": self._to_itsme,
        }

    # What a bench asks of a client.

    def hello(self) -> Hello:
        """Tell what is judged: not this prober, but the provider that it speaks to."""
        return Hello(self.judged, (self.service,), clock="settable")

    def scenario(self, members: Mapping[str, object]) -> Outcome | None:
        """Forget everything and use `members`."""
        told = members[self.service]
        self._told = told if isinstance(told, dict) else {}
        self._token, self._sent = "", 0
        self._close()
        return None

    def call(self, op: str, args: Mapping[str, object], timeout: float) -> Outcome:  # noqa: ARG002
        """Send one request (`probe`), or fire at a whole document (`explore`)."""
        if op == "explore":
            from proefbank.providing.exploring import explored  # noqa: PLC0415 - schemathesis is heavy

            return Outcome.accepted(explored(self, args))
        try:
            answer = self.client.send(self._speaks[self.service](args))
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return Outcome.rejected("transport", type(problem).__name__)
        return Outcome.accepted({"status": answer.status_code, **self._kept(args, answer)})

    def calls(self, operations: Sequence[Operation], timeout: float) -> list[Outcome]:
        """Send several, one after the other."""
        return [self.call(op, args, timeout) for op, args in operations]

    def clock(self, now: float) -> Outcome | None:  # noqa: ARG002 - the bench's is used
        """Its clock is the bench's."""
        return None

    def bye(self) -> None:
        """Close the connections."""
        self._close()

    def drain_log(self) -> list[LogLine]:
        """Nothing is printed."""
        return []

    # How it speaks.

    @property
    def client(self) -> httpx.Client:
        """The HTTP client of the scenario, with the client certificate if one was told."""
        if self._http is None:
            context = ssl.create_default_context(cafile=str(self.ca_file))
            if certificate := self._told.get("client_certificate_file"):
                context.load_cert_chain(certificate, self._told["client_key_file"])
            self._http = httpx.Client(verify=context, timeout=TIMEOUT, trust_env=False)
        return self._http

    def _close(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = None

    def _kept(self, args: Json, answer: httpx.Response) -> dict[str, object]:
        """Return the texts in the answer that a script asked for, to go on with."""
        try:
            body = answer.json()
        except ValueError:
            return {}
        if not isinstance(body, dict):
            return {}
        if answer.is_success and isinstance(body.get("access_token"), str):
            self._token = body["access_token"]
        wanted = args.get("keep")
        found = {path: _at(body, path) for path in wanted} if isinstance(wanted, list) else {}
        return {path: value for path, value in found.items() if isinstance(value, str)}

    def _to_ehealth(self, args: Json) -> httpx.Request:
        keys = str(self._told["jwks_uri"])
        # Where the key set is asked for; an issuer is a name, and may be that of elsewhere.
        door = urlsplit(keys)._replace(path="", query="").geturl()
        realm = urlsplit(str(self._told["issuer"])).path
        discovery = f"{door}{realm}/.well-known/openid-configuration"
        url = discovery if args["to"] == "discovery" else keys
        return self.client.build_request("GET", url, headers={"Accept": "application/json"})

    def _to_itsme(self, args: Json) -> httpx.Request:
        url = f"{str(self._told['base_url']).rstrip('/')}{ITSME_ROOT}{args['to']}"
        headers = {"Accept": "application/json"}
        if "body" not in args:
            return self.client.build_request("GET", url, headers=headers)
        body = args["body"]
        content = b"" if body is None else json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
        return self.client.build_request("POST", url, headers=headers, content=content)

    def _to_social_security(self, args: Json) -> httpx.Request:
        if args["to"] == "token":
            return self.token_request(args)
        headers = {"Accept": "application/json, application/problem+json"}
        bearer = args.get("bearer", "own")
        if bearer is not None:
            headers["Authorization"] = f"Bearer {self._token if bearer == 'own' else bearer}"
        url = str(self._told["api_base"]) + str(args["path"])
        return self.client.build_request(
            str(args["method"]), url, headers=headers, json=args.get("body")
        )

    @property
    def bearer(self) -> str:
        """The last token that came; empty if none did."""
        return self._token

    @property
    def told(self) -> Json:
        """The members of the scenario."""
        return self._told

    def token_request(self, args: Json) -> httpx.Request:
        """Return a request for a token.

        `claims` replaces claims of the assertion (null leaves one out; `exp` counts from now),
        `form` does so with parameters, and `signer` = `stranger` signs with a key that nobody
        registered.
        """
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(args),
        }
        if scope := self._told.get("scope"):
            form["scope"] = str(scope)
        form = _replaced(form, args.get("form"))
        return self.client.build_request(
            "POST",
            str(self._told["token_endpoint"]),
            data=form,
            headers={"Accept": "application/json"},
        )

    def _assertion(self, args: Json) -> str:
        self._sent += 1
        client_id = str(self._told["client_id"])
        fresh = hashlib.sha256(f"{self.seed}/{self._clock.now()}/{self._sent}".encode()).digest()
        claims: dict[str, Any] = {
            "iss": client_id,
            "sub": client_id,
            "aud": str(self._told["audience"]),
            "exp": LIFETIME,
            "jti": base64.urlsafe_b64encode(fresh).rstrip(b"=").decode(),
        }
        claims = _replaced(claims, args.get("claims"))
        if "exp" in claims:
            claims["exp"] = round(self._clock.now()) + claims["exp"]
        key = _key_in(Path(self._told["private_key_file"]).read_bytes())
        kind: KeyKind = "RSA-2048" if isinstance(key, rsa.RSAPrivateKey) else "EC P-384"
        if args.get("signer") == "stranger":
            key = key_for("prober/stranger", kind).private
        is_ec = isinstance(key, ec.EllipticCurvePrivateKey)
        algorithm = _CURVES[key.curve.key_size] if is_ec else "RS256"
        return jwt.encode(claims, key, algorithm=algorithm)


@lru_cache(8)
def _key_in(pem: bytes) -> Any:
    """Return a private key; to load one takes ten times as long as to sign with it."""
    return load_pem_private_key(pem, None)


def _replaced(members: dict[str, Any], by: object) -> dict[str, Any]:
    """Return members with some replaced, and those left out that are None."""
    new = {**members, **by} if isinstance(by, Mapping) else members
    return {name: value for name, value in new.items() if value is not None}


def _at(body: object, path: str) -> object:
    """Return what stands at a dotted path, None if nothing does."""
    for step in path.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body
