"""A social security provider, its accounts' keys, and a client that can do anything wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization

from proefbank.exchange import Request, Response
from proefbank.keys import SigningKey, key_for
from proefbank.pki import self_signed
from proefbank.services.socialsecurity.provider import Profile, SocialSecurity

from .socialsecurity_jws import b64, compact, jws

__all__ = [
    "API",
    "ASSERTION_TYPE",
    "DAY",
    "EMPLOYER",
    "FORM",
    "MANDATARY",
    "NOW",
    "NO_ASSERTION",
    "ORIGIN",
    "SCOPE",
    "TOKEN_URL",
    "TRAINING",
    "TRANSPORT",
    "Bench",
    "certificate",
    "claims_of",
    "codes",
    "error",
    "fact",
    "form",
    "hs256",
    "key_of",
    "peopled",
    "problem",
    "with_certificate",
]

NOW = 1_750_000_000.0
DAY = 86_400.0
ORIGIN = "https://127.0.0.1:4433"
TOKEN_URL = f"{ORIGIN}/REST/oauth/v5/token"
API = f"{ORIGIN}/REST/federalLearningAccount/v1"
FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "scope:sigedis:gestion:careerpro-federal-learning-account"
TRANSPORT = ("delay", "dribble", "reset", "cut-body")
EMPLOYER, MANDATARY, TRAINING = "employer", "mandatary", "training-provider"


def certificate(key: SigningKey, *, start: float = -DAY, end: float = 400 * DAY) -> Any:
    return self_signed(
        key,
        organisation="Voorbeeld NV",
        enterprise_number="0000000196",
        valid_from=NOW + start,
        valid_to=NOW + end,
    )


def key_of(account: str) -> SigningKey:
    return key_for(f"selftest-{account}", "EC P-384")


class Bench:
    """A provider, its accounts' keys, and a client that can do anything wrong."""

    def __init__(self, profile: Profile | None = None, *, lenient: bool = False) -> None:
        self.profile = profile or Profile()
        self.now = NOW
        self.count = 0
        self.provider = SocialSecurity(
            self.profile,
            certificates={
                account.name: [certificate(key_of(account.name))]
                for account in self.profile.accounts
            },
            rng=random.Random(7),
            lenient=lenient,
        )

    def assertion(
        self,
        account: str = EMPLOYER,
        *,
        key: SigningKey | None = None,
        alg: str | None = None,
        header: Mapping[str, Any] | None = None,
        drop: tuple[str, ...] = (),
        **claims: Any,
    ) -> str:
        self.count += 1
        client_id = self.profile.account(account).client_id
        payload = {
            "iss": client_id,
            "sub": client_id,
            "aud": TOKEN_URL,
            "exp": int(self.now) + 300,
            "jti": f"jti-{self.count}",
            **claims,
        }
        payload = {name: value for name, value in payload.items() if name not in drop}
        signer = key or key_of(account)
        return compact(payload, signer, alg or signer.alg, header)

    def post(
        self,
        assertion: str | None = None,
        *,
        method: str = "POST",
        url: str = TOKEN_URL,
        body: bytes | None = None,
        headers: tuple[tuple[str, str], ...] = (("Content-Type", FORM),),
        drop: tuple[str, ...] = (),
        **parameters: str,
    ) -> Response:
        sent = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion if assertion is not None else self.assertion(),
            **parameters,
        }
        sent = {name: value for name, value in sent.items() if name not in drop}
        return self.provider.handle(
            Request.to(
                url,
                method=method,
                headers=headers,
                body=urlencode(sent).encode() if body is None else body,
                received_at=self.now,
            )
        )

    def token(self, account: str = EMPLOYER) -> str:
        answer = self.post(self.assertion(account))
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["access_token"])

    def call(
        self,
        token: str | None,
        *,
        method: str = "POST",
        path: str = "/registrations",
        body: Any = None,
        raw: bytes | None = None,
        headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),),
    ) -> Response:
        data = {"enterpriseNumber": "0000000196", "reference": "r"} if body is None else body
        content = raw if raw is not None else b"" if method == "GET" else json.dumps(data).encode()
        bearer = () if token is None else (("Authorization", f"Bearer {token}"),)
        return self.provider.handle(
            Request.to(
                API + path,
                method=method,
                headers=(*bearer, *headers),
                body=content,
                received_at=self.now,
            )
        )


def codes(answer: Response) -> list[str]:
    return [violation.code for violation in answer.trail.violations]


def fact(answer: Response, name: str) -> Any:
    return answer.trail.facts[name]


def error(answer: Response) -> str:
    return str(json.loads(answer.body)["error"])


def problem(answer: Response) -> dict[str, Any]:
    assert answer.header("content-type") == "application/problem+json", answer
    data: dict[str, Any] = json.loads(answer.body)
    assert data["status"] == answer.status
    assert data["type"] == fact(answer, "problem")
    return data


def form(**parameters: str) -> bytes:
    return urlencode(parameters).encode()


NO_ASSERTION = ("client_assertion", "client_assertion_type")


def hs256(bench: Bench) -> str:
    """Key an HMAC with the registered certificate, as a confused client would."""
    made = certificate(key_of(EMPLOYER))
    bench.provider.register(EMPLOYER, [made])
    pem = made.public_bytes(serialization.Encoding.PEM)
    head = jws(b'{"alg":"HS256"}', claims_of(bench), "").removesuffix(".")
    return f"{head}.{b64(hmac.digest(pem, head.encode(), hashlib.sha256))}"


def claims_of(bench: Bench) -> bytes:
    payload = bench.assertion().split(".")[1]
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


def with_certificate(bench: Bench, start: float, end: float) -> str:
    bench.provider.register(EMPLOYER, [certificate(key_of(EMPLOYER), start=start, end=end)])
    return bench.assertion()


def peopled() -> Bench:
    """Return a bench with accounts in every bad state."""
    profile = Profile()
    first = profile.accounts[0]
    extra = (
        replace(first, name="inactive", client_id="inactive", active=False),
        replace(first, name="elsewhere", client_id="elsewhere", environment="prod"),
        replace(first, name="bare", client_id="bare"),
        replace(first, name="dimona-only", client_id="dimona", authorisations=("Dimona",)),
    )
    bench = Bench(replace(profile, accounts=(*profile.accounts, *extra)))
    bench.provider.register("bare", [])
    return bench
