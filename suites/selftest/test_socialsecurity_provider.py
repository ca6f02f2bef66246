"""The simulated social security provider on trial: every check, every mode, every stimulus."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response
from proefbank.keys import SigningKey, key_for
from proefbank.pki import self_signed
from proefbank.services.socialsecurity.provider import (
    CATALOGUE,
    Profile,
    SocialSecurity,
    load_profile,
    simulator_openapi,
)
from proefbank.services.socialsecurity.provider.enterprise_numbers import (
    check_digits_fit,
    synthetic,
    well_formed,
)
from proefbank.services.socialsecurity.provider.findings import REFUSALS
from proefbank.services.socialsecurity.provider.profile import default_sample
from proefbank.services.socialsecurity.provider.stimuli import OAUTH_ERRORS

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


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(
    payload: Any, key: SigningKey | None, alg: str, header: Mapping[str, Any] | None = None
) -> str:
    """Make a compact JWS, also one that no library would make."""
    start = {"alg": alg, **(header or {})}
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signing_input = f"{b64(json.dumps(start).encode())}.{b64(raw)}"
    if key is None:
        return f"{signing_input}."
    algorithm = jwt.get_algorithm_by_name(alg)
    return f"{signing_input}.{b64(algorithm.sign(signing_input.encode(), key.private))}"


def jws(header: bytes, claims: bytes, signature: str = "AAAA") -> str:
    """Put parts together that nobody signed."""
    return f"{b64(header)}.{b64(claims)}.{signature}"


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


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- the profile

ONE_ACCOUNT = """
[[accounts]]
name = "a"
client_id = "b"
capacity = "employer"
enterprise_number = "0000000196"
"""
ONE_MANDATE = """
[[mandates]]
principal = "0000000196"
mandatary = "0000000295"
"""


def test_defaults_need_no_file() -> None:
    profile = load_profile()
    numbers = [account.enterprise_number for account in profile.accounts]
    assert numbers[:3] == ["0000000196", "0000000295", "0000000394"]
    assert all(well_formed(number) and check_digits_fit(number) for number in numbers)
    assert profile.scopes.training_provider is None
    assert profile.stranger() not in (*numbers, *profile.principals("0000000295"))
    assert profile.environments["acc"].token_url.startswith("https://services-acpt.")
    assert profile.fla.sample == default_sample()


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("[assertion]\nmax_lifetme_s = 3", "assertion.max_lifetme_s", "'max_lifetime_s'"),
        ("[assertion]\nmax_lifetime_s = '3'", "assertion.max_lifetime_s", "whole number"),
        ("[assertion]\nmax_lifetime_s = 0", "assertion.max_lifetime_s", "below 1"),
        ("[assertion]\nalgs_ok = ['HS256']", "assertion.algs_ok", "HS256"),
        ("[assertion]\nalgs_ok = [1]", "assertion.algs_ok", "texts"),
        ("[token]\nformat = 'jvt'", "token.format", "'jwt'"),
        ("[errors]\ninvalid_client_status = 403", "errors.invalid_client_status", "403"),
        ("[fla]\nenterprise_number = ['x']", "fla.enterprise_number", "JSON pointer"),
        ("tokens = 3", "tokens", "'token'"),
        ("token = 3", "token", "a table"),
        ("[[accounts]]\nclient_id = 'x'", "accounts[1].name", "missing"),
        ("[[accounts]]\nname='a'\nclient_id='b'", "accounts[1].capacity", "missing"),
        (
            ONE_ACCOUNT.replace("0196", "0197"),
            "accounts[1].enterprise_number",
            "check digits",
        ),
        (
            ONE_MANDATE + "from_quarter='2024'",
            "mandates[1].from_quarter",
            "2024Q3",
        ),
        (
            ONE_MANDATE + ONE_MANDATE.replace("0295", "0394"),
            "mandates",
            "two mandataries",
        ),
        ("environment = 'accc'", "environment", "'acc'"),
        ("waivers = [3]", "waivers", "tables"),
        ("= 3", "", "not TOML"),
    ],
)
def test_a_bad_profile_is_told_by_file_and_key(
    tmp_path: Path, text: str, key: str, said: str
) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInvocation) as caught:
        load_profile(path)
    assert str(path) in caught.value.where
    assert key in caught.value.where
    assert said in str(caught.value)
    assert caught.value.hint


def test_profile_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="cannot be read"):
        load_profile(tmp_path / "none.toml")


def test_a_whole_profile(tmp_path: Path) -> None:
    key = key_of(EMPLOYER)
    made = certificate(key)
    (tmp_path / "a.cer").write_bytes(made.public_bytes(serialization.Encoding.DER))
    (tmp_path / "b.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "api.json").write_text(json.dumps(USER_API), encoding="utf-8")
    text = """
        environment = "prod"
        [token]
        lifetime_s = 60
        format = "jwt"
        [errors]
        invalid_client_status = 400
        [scopes]
        training_provider = "scope:x"
        further = {Dimona = "scope:dimona"}
        [fla]
        openapi = "api.json"
        enterprise_number = ["/trainings/*/employer"]
        [fla.sample]
        method = "POST"
        path = "/trainings"
        [[accounts]]
        name = "one"
        client_id = "opaque"
        capacity = "employer"
        enterprise_number = "0000000196"
        environment = "prod"
        certificates = ["a.cer", "b.pem"]
        [[mandates]]
        principal = "0000000196"
        mandatary = "0000000295"
        to_quarter = "2025Q4"
        [[mandates]]
        principal = "0000000196"
        mandatary = "0000000394"
        from_quarter = "2026Q1"
        [[waivers]]
        requirement = "x"
    """
    path = tmp_path / "profile.toml"
    path.write_text(text, encoding="utf-8")
    profile = load_profile(path)
    assert profile.account("one").certificates == (made, made)
    assert profile.waivers == ({"requirement": "x"},)
    assert profile.fla.sample["path"] == "/trainings"
    provider = SocialSecurity(profile, certificates={}, rng=random.Random(1))
    assert len(provider.state()["accounts"][0]["certificates"]) == 1


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nx"])
def test_a_file_that_is_no_certificate(tmp_path: Path, content: bytes) -> None:
    expect_bad_certificate(tmp_path, content, "is not a certificate")


def test_a_private_key_is_refused_as_certificate(tmp_path: Path) -> None:
    expect_bad_certificate(tmp_path, key_of(EMPLOYER).pem_private(), "private key")


def expect_bad_certificate(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.cer").write_bytes(content)
    path = tmp_path / "p.toml"
    path.write_text(ONE_ACCOUNT + "certificates=['x.cer']", encoding="utf-8")
    with pytest.raises(BadInvocation, match=said) as caught:
        load_profile(path)
    assert "accounts[1].certificates" in caught.value.where


# --- a good token request


def test_a_good_request_gets_a_token(bench: Bench) -> None:
    answer = bench.post()
    body = json.loads(answer.body)
    assert answer.status == 200
    assert list(body) == ["access_token", "token_type", "expires_in", "scope"]
    assert len(body["access_token"]) >= 43
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert body["scope"] == f"{SCOPE}:employer"
    assert answer.header("content-type") == "application/json"
    assert answer.header("cache-control") == "no-store"
    assert answer.header("pragma") == "no-cache"
    assert answer.trail.conversation == "token"
    assert codes(answer) == []
    facts = answer.trail.facts
    assert json.loads(json.dumps(facts)) == facts
    assert facts["account"] == EMPLOYER
    assert facts["signature"] == "registered"
    assert facts["key_kind"] == "EC P-384"
    assert facts["token_ref"] == 1
    assert facts["expected_audience"] == TOKEN_URL
    assert {secret.kind for secret in answer.trail.secrets} == {"token", "assertion"}


@pytest.mark.parametrize(
    ("kind", "alg", "noted"),
    [
        ("RSA-2048", "RS256", False),
        ("RSA-2048", "RS384", True),
        ("RSA-2048", "PS512", True),
        ("EC P-384", "ES384", False),
        ("EC P-521", "ES512", False),
    ],
)
def test_algorithms_that_pass(bench: Bench, kind: Any, alg: str, noted: bool) -> None:
    key = key_for("selftest-algorithms", kind)
    bench.provider.register(EMPLOYER, [certificate(key)])
    answer = bench.post(bench.assertion(key=key, alg=alg))
    assert answer.status == 200, answer.body
    assert ("alg-undocumented" in fact(answer, "notes")) is noted
    assert fact(answer, "key_kind") == kind


def test_variants_that_pass(bench: Bench) -> None:
    for assertion in (
        bench.assertion(aud=[TOKEN_URL]),
        bench.assertion(aud=[TOKEN_URL, "https://example.invalid"]),
        bench.assertion(iat=int(NOW), nbf=int(NOW)),
        bench.assertion(exp=NOW + 629.5),
        bench.assertion(exp=NOW - 29),
        bench.assertion(iat=NOW + 59, nbf=NOW + 59),
        bench.assertion(header={"typ": "JWT", "kid": "1234", "x5t": "x"}),
        bench.assertion(something={"else": 1}),
    ):
        answer = bench.post(assertion)
        assert codes(answer) == [], answer.body
        assert answer.status == 200
    other = bench.post(
        headers=(("content-type", 'Application/X-WWW-Form-URLencoded; charset="UTF-8"'),),
        client_id=bench.profile.account(EMPLOYER).client_id,
        scope="",
        unknown="x",
    )
    assert other.status == 200
    assert "client-id-sent" in fact(other, "notes")


def test_scopes(bench: Bench) -> None:
    asked = f"{SCOPE}:employer"
    both = f"{asked} scope:dimona:declaration:declarant"
    assert fact(bench.post(scope=asked), "granted_scope") == asked
    assert fact(bench.post(scope=both), "granted_scope") == both
    training = bench.assertion(TRAINING)
    answer = bench.post(training)
    assert "scope" not in json.loads(answer.body)
    made_up = bench.post(bench.assertion(TRAINING), scope="scope:made:up")
    assert made_up.status == 200
    assert "scope-undocumented" in fact(made_up, "notes")


def test_narrowing_a_scope() -> None:
    profile = Profile()
    bench = Bench(replace(profile, errors=replace(profile.errors, scope_policy="narrow")))
    wanted = f"{SCOPE}:employer"
    answer = bench.post(scope=f"{wanted} {SCOPE}:provider")
    assert fact(answer, "granted_scope") == wanted
    assert codes(answer) == ["scope-of-other-capacity"]
    assert bench.post(scope=f"{SCOPE}:provider").status == 400


# --- violations


def form(**parameters: str) -> bytes:
    return urlencode(parameters).encode()


SECRET_HEADERS = (("Content-Type", FORM), ("Authorization", "Basic eDp5"))
NO_ASSERTION = ("client_assertion", "client_assertion_type")

TOKEN_VIOLATIONS: dict[str, Callable[[Bench], Response]] = {
    "endpoint-not-v5": lambda b: b.post(url=TOKEN_URL.replace("v5", "v3")),
    "method-not-post": lambda b: b.post(method="PUT"),
    "media-type-missing": lambda b: b.post(headers=()),
    "media-type-repeated": lambda b: b.post(headers=(("Content-Type", FORM),) * 2),
    "media-type-not-form": lambda b: b.post(headers=(("Content-Type", "text/plain"),)),
    "charset-not-utf-8": lambda b: b.post(headers=(("Content-Type", f"{FORM}; charset=latin1"),)),
    "body-not-utf-8": lambda b: b.post(
        body=form(
            grant_type="client_credentials",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=b.assertion(),
        )
        + b"&x=%ff"
    ),
    "body-not-form": lambda b: b.post(
        body=form(
            grant_type="client_credentials",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=b.assertion(),
        )
        + b"&x=%zz"
    ),
    "parameters-in-query": lambda b: b.post(
        url=f"{TOKEN_URL}?grant_type=client_credentials", drop=("grant_type",)
    ),
    "parameter-repeated": lambda b: b.post(
        body=form(
            grant_type="client_credentials",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=b.assertion(),
        )
        + b"&grant_type=client_credentials"
    ),
    "grant-type-missing": lambda b: b.post(drop=("grant_type",)),
    "grant-type-unknown": lambda b: b.post(grant_type="password"),
    "authentication-methods-combined": lambda b: b.post(client_secret="x"),
    "basic-authentication": lambda b: b.post(headers=SECRET_HEADERS, drop=NO_ASSERTION),
    "client-secret-used": lambda b: b.post(
        client_secret="x",
        drop=NO_ASSERTION,
    ),
    "client-authentication-missing": lambda b: b.post(drop=NO_ASSERTION),
    "assertion-type-missing": lambda b: b.post(drop=("client_assertion_type",)),
    "assertion-type-wrong": lambda b: b.post(client_assertion_type=ASSERTION_TYPE.upper()),
    "assertion-missing": lambda b: b.post(drop=("client_assertion",)),
    "assertion-not-compact": lambda b: b.post('{"payload":"e30","signatures":[]}'),
    "assertion-encrypted": lambda b: b.post("a.b.c.d.e"),
    "assertion-not-base64url": lambda b: b.post(b.assertion() + "=="),
    "header-not-json": lambda b: b.post(jws(b"[]", b"{}")),
    "header-member-repeated": lambda b: b.post(jws(b'{"alg":"ES384","alg":"ES384"}', b"{}")),
    "claims-not-json": lambda b: b.post(compact(b"{'exp': NaN}", key_of(EMPLOYER), "ES384")),
    "claim-repeated": lambda b: b.post(compact(b'{"exp":1,"exp":2}', key_of(EMPLOYER), "ES384")),
    "crit-unknown": lambda b: b.post(b.assertion(header={"crit": ["exp"]})),
    "alg-missing": lambda b: b.post(b.assertion(header={"alg": 5})),
    "alg-none": lambda b: b.post(compact({}, None, "none") + "AAAA"),
    "alg-symmetric": lambda b: b.post(hs256(b)),
    "alg-not-accepted": lambda b: b.post(b.assertion(key=key_for("selftest-p256", "EC P-256"))),
    "sub-missing": lambda b: b.post(b.assertion(drop=("sub",))),
    "client-unknown": lambda b: b.post(b.assertion(sub="nobody", iss="nobody")),
    "client-of-other-environment": lambda b: b.post(b.assertion("elsewhere")),
    "client-id-differs": lambda b: b.post(client_id="other"),
    "no-certificate-registered": lambda b: b.post(b.assertion("bare")),
    "alg-does-not-fit-key": lambda b: b.post(
        b.assertion(key=key_for("selftest-algorithms", "EC P-521"))
    ),
    "signature-absent": lambda b: b.post(compact(json.loads(claims_of(b)), None, "ES384")),
    "signature-not-registered": lambda b: b.post(b.assertion(key=key_of(MANDATARY))),
    "certificate-expired": lambda b: b.post(with_certificate(b, -2 * DAY, -DAY)),
    "certificate-not-yet-valid": lambda b: b.post(with_certificate(b, DAY, 2 * DAY)),
    "iss-missing": lambda b: b.post(b.assertion(drop=("iss",))),
    "iss-not-sub": lambda b: b.post(b.assertion(iss="Voorbeeld NV")),
    "aud-missing": lambda b: b.post(b.assertion(drop=("aud",))),
    "aud-not-token-url": lambda b: b.post(b.assertion(aud="https://oauth.socialsecurity.be")),
    "exp-missing": lambda b: b.post(b.assertion(drop=("exp",))),
    "exp-not-number": lambda b: b.post(b.assertion(exp="soon")),
    "exp-not-seconds": lambda b: b.post(b.assertion(exp=int(NOW + 300) * 1000)),
    "exp-past": lambda b: b.post(b.assertion(exp=NOW - 31)),
    "exp-too-far": lambda b: b.post(b.assertion(exp=NOW + 3600)),
    "lifetime-too-long": lambda b: b.post(b.assertion(exp=NOW + 500, iat=NOW - 500)),
    "nbf-not-number": lambda b: b.post(b.assertion(nbf=True)),
    "nbf-future": lambda b: b.post(b.assertion(nbf=NOW + 90)),
    "iat-not-number": lambda b: b.post(b.assertion(iat=[])),
    "iat-future": lambda b: b.post(b.assertion(iat=NOW + 90)),
    "jti-missing": lambda b: b.post(b.assertion(drop=("jti",))),
    "jti-not-text": lambda b: b.post(b.assertion(jti=5)),
    "jti-replayed": lambda b: (b.post(b.assertion(jti="same")), b.post(b.assertion(jti="same")))[1],
    "channel-inactive": lambda b: b.post(b.assertion("inactive")),
    "scope-malformed": lambda b: b.post(scope=f"{SCOPE}:employer,x"),
    "scope-without-prefix": lambda b: b.post(scope=f"{SCOPE}:employer".removeprefix("scope:")),
    "scope-of-other-capacity": lambda b: b.post(scope=f"{SCOPE}:provider"),
    "scope-not-authorised": lambda b: b.post(b.assertion("dimona-only"), scope=f"{SCOPE}:employer"),
    "scope-unknown": lambda b: b.post(scope="scope:unknown"),
}


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


def test_every_violation_is_tried() -> None:
    assert set(TOKEN_VIOLATIONS) == set(REFUSALS)


@pytest.mark.parametrize("code", TOKEN_VIOLATIONS)
def test_every_violation_is_found_and_refused(code: str) -> None:
    bench = peopled()
    answer = TOKEN_VIOLATIONS[code](bench)
    assert code in codes(answer)
    assert fact(answer, "granted") is False
    refusal = fact(answer, "refusal")
    assert refusal == codes(answer)[0]
    assert fact(answer, "error") == error(answer) == REFUSALS[refusal]
    order = [list(REFUSALS).index(one) for one in codes(answer)]
    assert order == sorted(order)
    assert not any("%" in one.detail and "{" in one.detail for one in answer.trail.violations)


ALONE = [
    code
    for code in TOKEN_VIOLATIONS
    if code
    not in {
        # A broken form or alg leaves other things broken too; so do these.
        "client-authentication-missing", "assertion-missing", "assertion-not-compact",
        "assertion-encrypted", "header-not-json", "header-member-repeated", "claims-not-json",
        "claim-repeated", "alg-missing", "alg-none", "client-unknown", "sub-missing",
        "alg-not-accepted", "alg-does-not-fit-key", "basic-authentication", "client-secret-used",
    }
]  # fmt: skip


@pytest.mark.parametrize("code", ALONE)
def test_one_defect_is_one_violation(code: str) -> None:
    assert codes(TOKEN_VIOLATIONS[code](peopled())) == [code]


@pytest.mark.parametrize("code", TOKEN_VIOLATIONS)
def test_lenient_mode_grants_and_still_tells(code: str) -> None:
    bench = peopled()
    bench.provider.lenient = True
    answer = TOKEN_VIOLATIONS[code](bench)
    assert code in codes(answer)
    assert answer.status == 200
    token = json.loads(answer.body)["access_token"]
    assert fact(bench.call(token, method="GET"), "token") == "valid"


def test_lenient_mode_reads_get_and_json(bench: Bench) -> None:
    bench.provider.lenient = True
    members = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": bench.assertion(MANDATARY),
    }
    json_headers = (("Content-Type", "application/json"),)
    answer = bench.post(body=json.dumps(members).encode(), headers=json_headers)
    assert fact(answer, "account") == MANDATARY
    assert codes(answer) == ["media-type-not-form"]
    members["client_assertion"] = bench.assertion(TRAINING)
    url = f"{TOKEN_URL}?{urlencode(members)}"
    answer = bench.post(url=url, method="GET", body=b"", headers=())
    assert fact(answer, "account") == TRAINING
    assert codes(answer) == ["method-not-post", "parameters-in-query"]
    assert fact(bench.post(body=b"\xff\x00", headers=()), "account") == EMPLOYER


def test_statuses_and_challenges() -> None:
    bench = peopled()
    statuses = {code: TOKEN_VIOLATIONS[code](peopled()) for code in TOKEN_VIOLATIONS}
    for code, answer in statuses.items():
        expected = {"method-not-post": 405, "endpoint-not-v5": 404}.get(
            fact(answer, "refusal"), 401 if error(answer) == "invalid_client" else 400
        )
        assert answer.status == expected, code
        assert (answer.header("www-authenticate") is not None) == (answer.status == 401)
    assert statuses["method-not-post"].header("allow") == "POST"
    basic = statuses["basic-authentication"].header("www-authenticate")
    assert basic is not None
    assert basic.startswith("Basic ")
    lower = replace(bench.profile, errors=replace(bench.profile.errors, invalid_client_status=400))
    other = Bench(lower)
    assert other.post(other.assertion(aud="x")).status == 400
    assert other.post(headers=SECRET_HEADERS, drop=NO_ASSERTION).status == 401


def test_one_bad_request_tells_everything(bench: Bench) -> None:
    bench.post(bench.assertion(jti="again"))
    assertion = bench.assertion(
        key=key_of(MANDATARY), aud="x", exp=NOW + 9999, jti="again", iss="y", nbf=NOW + 500
    )
    answer = bench.post(assertion, scope="scope:x", grant_type="password")
    assert codes(answer) == [
        "grant-type-unknown",
        "signature-not-registered",
        "iss-not-sub",
        "aud-not-token-url",
        "exp-too-far",
        "nbf-future",
        "jti-replayed",
        "scope-unknown",
    ]
    assert error(answer) == "unsupported_grant_type"
    assert fact(answer, "signed_by_other_account") == MANDATARY


# --- signatures, certificates, replay


def test_signature_facts(bench: Bench) -> None:
    def seen(answer: Response) -> tuple[Any, Any]:
        return fact(answer, "signature"), fact(answer, "client_id_known")

    assert seen(bench.post()) == ("registered", True)
    assert seen(bench.post(bench.assertion(key=key_of(MANDATARY)))) == ("unregistered-key", True)
    assert seen(bench.post(bench.assertion(sub="x", iss="x"))) == ("unverifiable", False)
    assert seen(bench.post(bench.assertion(sub="0000000196"))) == ("registered", False)
    assert seen(bench.post(drop=NO_ASSERTION)) == ("absent", False)
    assert seen(bench.post(compact({}, None, "none"))) == ("absent", False)
    assert seen(bench.post(with_certificate(bench, -2 * DAY, -DAY)))[0] == "expired-certificate"
    noted = fact(bench.post(hs256(bench)), "notes")
    assert "hmac-keyed-with-certificate" in noted


def test_es256_on_p384_is_refused_but_the_key_is_recognised(bench: Bench) -> None:
    key = key_of(EMPLOYER)
    head = jws(b'{"alg":"ES256"}', claims_of(bench), "").removesuffix(".")
    der = key.private.sign(head.encode(), ec.ECDSA(hashes.SHA256()))  # type: ignore[call-arg,arg-type]
    r, s = decode_dss_signature(der)
    raw = r.to_bytes(48, "big") + s.to_bytes(48, "big")
    answer = bench.post(f"{head}.{b64(raw)}")
    assert codes(answer) == ["alg-not-accepted", "alg-does-not-fit-key"]
    assert fact(answer, "signature") == "registered"


def test_rollover_with_two_certificates(bench: Bench) -> None:
    old, new = key_of(EMPLOYER), key_for("selftest-new", "RSA-2048")
    bench.provider.register(EMPLOYER, [certificate(old), certificate(new)])
    for key in (old, new, old):
        answer = bench.post(bench.assertion(key=key))
        assert answer.status == 200
        assert fact(answer, "key_kind") == key.kind
    assert fact(answer, "registered_key_kinds") == ["EC P-384", "RSA-2048"]
    bench.provider.register(EMPLOYER, [certificate(new)])
    assert bench.post(bench.assertion(key=old)).status == 401
    with pytest.raises(KeyError):
        bench.provider.register("nobody", [])
    renewed = [certificate(old, start=-9 * DAY, end=-DAY), certificate(old)]
    bench.provider.register(EMPLOYER, renewed)
    assert fact(bench.post(bench.assertion(key=old)), "signature") == "registered"


def test_replay(bench: Bench) -> None:
    assertion = bench.assertion(jti="once")
    assert bench.post(assertion).status == 200
    again = bench.post(assertion)
    assert codes(again) == ["jti-replayed"]
    assert fact(again, "jti_seen_before") is True
    assert bench.post(bench.assertion(MANDATARY, jti="once")).status == 200
    bench.now += 300 + 60 + 1
    assert bench.post(bench.assertion(jti="once")).status == 200
    bench.provider.reset()
    assert bench.post(bench.assertion(jti="once")).status == 200


def test_a_jti_is_not_burnt_by_somebody_else(bench: Bench) -> None:
    forged = bench.post(bench.assertion(key=key_of(MANDATARY), jti="mine"))
    assert forged.status == 401
    assert bench.post(bench.assertion(jti="mine")).status == 200


def test_replay_can_be_switched_off() -> None:
    profile = Profile()
    relaxed = replace(profile, assertion=replace(profile.assertion, jti_replay=False))
    bench = Bench(relaxed)
    assertion = bench.assertion()
    assert bench.post(assertion).status == 200
    again = bench.post(assertion)
    assert again.status == 200
    assert fact(again, "jti_seen_before") is True


def test_parallel_replay_is_seen_once(bench: Bench) -> None:
    assertion = bench.assertion()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(bench.post(assertion).status))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [401] * 7


def test_audience_follows_origin_and_profile() -> None:
    profile = Profile()
    legacy = "https://oauth.example.invalid"
    bench = Bench(
        replace(profile, assertion=replace(profile.assertion, accepted_audiences=(legacy,)))
    )
    assert bench.post(bench.assertion(aud=legacy)).status == 200
    bench.provider.origin = "https://localhost:1"
    assert codes(bench.post()) == ["aud-not-token-url"]
    assert bench.post(bench.assertion(aud="https://localhost:1/REST/oauth/v5/token")).status == 200


@pytest.mark.parametrize(
    "assertion",
    [
        "..", "a.b.c", "." * 50, "é.é.é", "e30.e30.e30", "bnVsbA.bnVsbA.", "AAA.AAA.AAA", "A.A.A",
        jws(b"{}", b"[" * 20_000), jws(b"{" * 9, b"[" * 900 + b"]" * 900, ""),
        jws(b'{"alg":"RS256"}', b'{"exp":1e999,"jti":"a","sub":"b"}'),
        jws(b'{"alg":"ES384","alg":1}x', b'{"a":NaN}'),
        jws(b'{"alg":"ES384"}', rb'{"sub":"\ud800","aud":"\ud800"}'),
    ],
)  # fmt: skip
def test_no_assertion_is_too_odd(bench: Bench, assertion: str) -> None:
    answer = bench.post(assertion)
    assert answer.status in {400, 401}
    json.dumps(answer.trail.facts)
    " ".join(one.detail for one in answer.trail.violations).encode("ascii")


def test_deep_and_huge_claims(bench: Bench) -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    for claim in ("aud", "exp", "jti", "iss", "sub"):
        for value in (deep, 10**400, 1e308, {"a": deep}):
            claims: dict[str, Any] = {claim: value}
            assert bench.post(bench.assertion(**claims)).status == 401


# --- stimuli


def strike(bench: Bench, name: str, **params: Any) -> Response:
    bench.provider.elsewhere = "https://127.0.0.1:9999"
    token = bench.token() if name.startswith("api-") else None
    bench.provider.arm(name, **params)
    answer = bench.post() if token is None else bench.call(token)
    assert answer.trail.stimulus == name
    assert codes(answer) in ([], ["token-revoked"])
    assert bench.provider.state()["armed"] == []
    return answer


NAMES = [name for name, one in CATALOGUE.items() if one.layer in {"token", "api"}]


@pytest.mark.parametrize("name", NAMES)
def test_every_stimulus_strikes_once(name: str) -> None:
    bench = Bench()
    answer = strike(bench, name)
    status = next((int(part) for part in name.split("-") if part.isdigit()), None)
    if status:
        assert answer.status == status
    kind = name.partition("-")[2]
    assert answer.wire.plain == (kind not in TRANSPORT)
    after = bench.post() if name.startswith("token-") else bench.call(bench.token())
    assert after.trail.stimulus is None
    assert after.status in {200, 201}


def test_all_oauth_errors_in_both_forms() -> None:
    for code in OAUTH_ERRORS:
        for status in (400, 401):
            answer = strike(Bench(), f"token-error-{code.replace('_', '-')}-{status}")
            assert (answer.status, error(answer)) == (status, code)
            assert fact(answer, "error") == code
            assert fact(answer, "granted") is False


def test_token_shapes() -> None:
    def body(name: str, **params: Any) -> dict[str, Any]:
        answer = strike(Bench(), name, **params)
        assert answer.status == 200
        data: dict[str, Any] = json.loads(answer.body)
        return data

    usual = ["access_token", "token_type", "expires_in", "scope"]
    assert set(body("token-extra-members")) > set(usual)
    assert list(body("token-reordered-members")) != usual
    assert sorted(body("token-reordered-members")) == sorted(usual)
    assert "expires_in" not in body("token-no-expires-in")
    assert "scope" not in body("token-no-scope")
    assert body("token-type-lowercase")["token_type"] == "bearer"
    assert body("token-type-mac")["token_type"] == "mac"
    assert body("token-short-lifetime", seconds=7)["expires_in"] == 7
    assert len(body("token-long")["access_token"]) == 6000
    assert body("token-jwt")["access_token"].count(".") == 2
    assert "access_token" not in body("token-no-access-token")
    for name in ("token-empty-body", "token-truncated-json", "token-wrong-media-type"):
        answer = strike(Bench(), name)
        assert answer.status == 200
        with pytest.raises(ValueError, match=r".*"):
            json.loads(answer.body)
    assert (strike(Bench(), "token-wrong-media-type").header("content-type") or "").startswith(
        "text/html"
    )


def test_jwt_tokens_by_profile() -> None:
    profile = Profile()
    bench = Bench(replace(profile, token=replace(profile.token, format="jwt")))
    token = bench.token()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] == NOW + 600
    assert bench.call(token).status == 201
    assert "." not in json.loads(strike(bench, "token-opaque").body)["access_token"]


def test_wire_plans() -> None:
    assert strike(Bench(), "token-delay", seconds=3).wire.delay == 3
    assert strike(Bench(), "api-dribble", interval=0.5).wire.dribble == 0.5
    assert strike(Bench(), "api-reset").wire.reset
    cut = strike(Bench(), "token-cut-body")
    assert cut.wire.cut_after
    assert 0 < cut.wire.cut_after < len(cut.body)


def test_waiting_and_redirects() -> None:
    assert strike(Bench(), "token-429-retry-after", seconds=30).header("retry-after") == "30"
    dated = strike(Bench(), "api-429-retry-after-date", seconds=60)
    assert dated.header("retry-after") == "Sun, 15 Jun 2025 15:07:40 GMT"
    hinted = strike(Bench(), "api-429-hint-in-body", seconds=60)
    assert hinted.header("retry-after") is None
    assert problem(hinted)["retryAfterSec"] == 60
    moved = strike(Bench(), "api-redirect-elsewhere")
    where = moved.header("location")
    assert where == "https://127.0.0.1:9999/REST/federalLearningAccount/v1/registrations"
    bench = Bench()
    with pytest.raises(ValueError, match="elsewhere"):
        bench.provider.arm("token-redirect-elsewhere")


def test_what_arrives_elsewhere(bench: Bench) -> None:
    request = Request.to(
        "https://127.0.0.1:9999/REST/oauth/v5/token",
        method="POST",
        headers=(("Content-Type", FORM), ("Authorization", "Bearer abc")),
        body=form(client_assertion="x.y.z"),
    )
    answer = bench.provider.handle(replace(request, listener="elsewhere"))
    assert answer.status == 200
    assert answer.trail.conversation == "elsewhere"
    assert answer.trail.facts == {"carried_authorization": True, "carried_assertion": True}
    kinds = [secret.kind for secret in answer.trail.secrets]
    assert "assertion" in kinds
    assert kinds.count("token") == 2
    plain = Request.to("https://127.0.0.1:9999/x")
    answer = bench.provider.handle(replace(plain, listener="elsewhere"))
    assert answer.trail.facts == {"carried_authorization": False, "carried_assertion": False}


def test_tokens_end_as_the_stimulus_says(bench: Bench) -> None:
    for name, state, kind in (
        ("api-expired-token", "expired", "expiredAccessToken"),
        ("api-invalid-token", "revoked", "invalidAccessToken"),
    ):
        token = bench.token()
        bench.provider.arm(name)
        struck = bench.call(token)
        assert fact(struck, "token") == "valid"
        assert problem(struck)["type"].endswith(kind)
        again = bench.call(token)
        assert again.trail.stimulus is None
        assert fact(again, "token") == state
        assert problem(again)["type"].endswith(kind)
    token = bench.token()
    bench.provider.arm("api-revoke-early")
    revoked = bench.call(token)
    assert (revoked.status, fact(revoked, "token")) == (401, "revoked")


def test_changed_texts_keep_the_type(bench: Bench) -> None:
    for kind in CATALOGUE["api-changed-texts"].choices:
        token = bench.token()
        bench.provider.arm("api-changed-texts", problem=kind)
        data = problem(bench.call(token))
        assert data["type"] == f"urn:problem-type:belgif:{kind}"
    usual = problem(strike(Bench(), "api-expired-token"))
    changed = problem(strike(Bench(), "api-changed-texts"))
    assert usual["type"] == changed["type"]
    assert usual["title"] != changed["title"]


def test_strict_accept(bench: Bench) -> None:
    token = bench.token()
    content = ("Content-Type", "application/json")
    for accept, status in (
        ("text/html", 406),
        ("application/json", 406),
        ("application/json;q=0, */*;q=0.0", 406),
        ("application/json, application/problem+json", 201),
        ("*/*", 201),
        ("Application/*;q=0.5", 201),
    ):
        bench.provider.arm("api-strict-accept")
        assert bench.call(token, headers=(content, ("Accept", accept))).status == status
    assert "accept-missing" in fact(bench.call(token), "notes")
    bench.provider.strict_accept = True
    assert bench.call(token, headers=(content, ("Accept", "text/html"))).status == 406


def test_arming_is_checked(bench: Bench) -> None:
    provider = bench.provider
    with pytest.raises(ValueError, match="token-html-500"):
        provider.arm("token-htm-500")
    with pytest.raises(ValueError, match="door"):
        provider.arm("tls-unknown-ca")
    with pytest.raises(ValueError, match="at least one"):
        provider.arm("token-html-500", times=0)
    with pytest.raises(ValueError, match="no parameter"):
        provider.arm("token-html-500", colour="red")
    with pytest.raises(ValueError, match="should be like"):
        provider.arm("token-delay", seconds="long")
    with pytest.raises(ValueError, match="one of"):
        provider.arm("api-changed-texts", problem="weather")
    assert {one.layer for one in CATALOGUE.values()} == {"token", "api", "tls"}


def test_stimuli_queue_up(bench: Bench) -> None:
    provider = bench.provider
    provider.arm(CATALOGUE["token-html-500"], times=2)
    provider.arm("token-jwt")
    provider.arm("token-html-502")
    seen = [bench.post().trail.stimulus for _ in range(3)]
    assert seen == ["token-html-500", "token-html-500", "token-jwt"]
    provider.disarm("token-html-502")
    assert bench.post().trail.stimulus is None
    provider.arm("token-jwt")
    refused = bench.post(bench.assertion(aud="x"))
    assert (refused.status, refused.trail.stimulus) == (401, None)
    assert bench.post().trail.stimulus == "token-jwt"
    provider.arm("token-html-500")
    provider.disarm()
    assert bench.post().status == 200


def test_an_assertion_is_used_up_by_a_provoked_error(bench: Bench) -> None:
    assertion = bench.assertion()
    bench.provider.arm("token-503-retry-after")
    first = bench.post(assertion)
    assert (first.status, codes(first)) == (503, [])
    assert codes(bench.post(assertion)) == ["jti-replayed"]


# --- the API


def test_a_registration_and_back(bench: Bench) -> None:
    token = bench.token()
    made = bench.call(token)
    assert made.status == 201
    location = made.header("location")
    assert location is not None
    assert location.startswith(f"{API}/registrations/")
    assert fact(made, "operation") == "createRegistration"
    assert fact(made, "body_valid") is True
    read = bench.call(token, method="GET", path=location.removeprefix(API))
    assert json.loads(read.body) == json.loads(made.body)
    listed = bench.call(token, method="GET", path="/registrations?enterpriseNumber=0000000196")
    assert json.loads(listed.body)["total"] == 1
    other = bench.token("second-employer")
    assert bench.call(other, method="GET", path=location.removeprefix(API)).status == 404
    bench.provider.reset()
    assert bench.call(token).status == 401


def with_authorization(bench: Bench, *values: str, path: str = "/registrations") -> Response:
    headers = tuple(("Authorization", value) for value in values)
    return bench.call(None, method="GET", path=path, headers=headers)


def test_bearer_states(bench: Bench) -> None:
    token = bench.token()
    cases = (
        (with_authorization(bench, f"bearer  {token}"), 200, "valid", None),
        (with_authorization(bench), 401, "absent", "noAccessToken"),
        (with_authorization(bench, f"Token {token}"), 401, "malformed", "noAccessToken"),
        (with_authorization(bench, token), 401, "malformed", "noAccessToken"),
        (with_authorization(bench, "Bearer"), 400, "malformed", "badRequest"),
        (with_authorization(bench, f"Bearer {token} x"), 400, "malformed", "badRequest"),
        (with_authorization(bench, f'Bearer "{token}"'), 400, "malformed", "badRequest"),
        (with_authorization(bench, *[f"Bearer {token}"] * 2), 400, "valid", "badRequest"),
        (with_authorization(bench, "Bearer undefined"), 401, "unknown", "invalidAccessToken"),
        (
            with_authorization(bench, path=f"/registrations?access_token={token}"),
            401,
            "elsewhere",
            "noAccessToken",
        ),
        (
            with_authorization(
                bench, f"Bearer {token}", path=f"/registrations?access_token={token}"
            ),
            400,
            "valid",
            "badRequest",
        ),
        (
            bench.call(None, raw=form(access_token=token), headers=(("Content-Type", FORM),)),
            401,
            "elsewhere",
            "noAccessToken",
        ),
        (
            bench.call(None, method="GET", headers=(("X-Api-Key", "k"),)),
            401,
            "absent",
            "noAccessToken",
        ),
    )
    for answer, status, state, kind in cases:
        assert (answer.status, fact(answer, "token")) == (status, state)
        if kind:
            assert problem(answer)["type"] == f"urn:problem-type:belgif:{kind}"
            challenge = answer.header("www-authenticate") or ""
            assert challenge.startswith("Bearer realm=")
            assert ("error=" in challenge) == (kind != "noAccessToken")
    bench.now += 600
    expired = bench.call(token)
    assert fact(expired, "token") == "expired"
    assert "The access token expired" in (expired.header("www-authenticate") or "")
    fresh = bench.token()
    bench.provider.revoke_tokens()
    assert fact(bench.call(fresh), "token") == "revoked"
    assert bench.provider.state()["tokens_alive"] == 0


def test_missing_scope() -> None:
    bench = peopled()
    answer = bench.call(bench.token("dimona-only"))
    assert answer.status == 403
    assert problem(answer)["requiredScopes"] == [f"{SCOPE}:employer"]
    assert 'error="insufficient_scope"' in (answer.header("www-authenticate") or "")
    narrow = json.loads(bench.post(scope="scope:dimona:declaration:declarant").body)
    assert bench.call(narrow["access_token"]).status == 403


@pytest.mark.parametrize(
    ("account", "number", "code", "mandate"),
    [
        (EMPLOYER, "0000000196", None, "not-needed"),
        (EMPLOYER, "0000000691", "enterprise-number-not-own", "not-needed"),
        (MANDATARY, "0000000493", None, "active"),
        (MANDATARY, "0000000592", "mandate-none", "none"),
        (MANDATARY, synthetic(7), "mandate-ended", "ended"),
        (MANDATARY, "0000000295", "enterprise-number-own-as-mandatary", "none"),
        (TRAINING, "0000000394", None, "not-needed"),
        (TRAINING, "0000000196", "enterprise-number-not-own", "not-needed"),
    ],
)
def test_capacity_and_mandate(
    bench: Bench, account: str, number: str, code: str | None, mandate: str
) -> None:
    token = bench.token(account)
    body = {"enterpriseNumber": number, "reference": "r"}
    answer = bench.call(token, body=body)
    assert codes(answer) == ([code] if code else [])
    assert answer.status == (403 if code else 201)
    assert fact(answer, "mandate") == mandate
    assert fact(answer, "enterprise_number") == number
    assert fact(answer, "enterprise_number_ok") is True
    assert fact(answer, "capacity") == bench.profile.account(account).capacity
    if code:
        assert problem(answer)["type"].endswith("missingPermission")
        assert answer.header("www-authenticate") is None
    bench.provider.lenient = True
    forgiven = bench.call(token, body=body)
    assert forgiven.status == 201
    assert codes(forgiven) == codes(answer)
    if code is None or "own" not in code:
        query = f"/registrations?enterpriseNumber={number}"
        assert fact(bench.call(token, method="GET", path=query), "mandate") == mandate


def test_mandates_by_quarter_status_and_service() -> None:
    profile = Profile()
    mandate = profile.mandates[0]
    for changed, state in (
        (replace(mandate, from_quarter="2025Q2", to_quarter="2025Q2"), "active"),
        (replace(mandate, from_quarter="2025-Q3"), "none"),
        (replace(mandate, to_quarter="2025Q1"), "ended"),
        (replace(mandate, status="pending"), "none"),
        (replace(mandate, status="closed"), "ended"),
        (replace(mandate, service="Dimona"), "none"),
    ):
        bench = Bench(replace(profile, mandates=(changed,)))
        body = {"enterpriseNumber": mandate.principal, "reference": "r"}
        answer = bench.call(bench.token(MANDATARY), body=body)
        assert fact(answer, "mandate") == state


def test_a_training_provider_mentions_an_employer_without_mandate(bench: Bench) -> None:
    body = {
        "enterpriseNumber": "0000000394",
        "reference": "r",
        "participants": [{"reference": "p", "employerEnterpriseNumber": "0000000592"}],
    }
    assert codes(bench.call(bench.token(TRAINING), body=body)) == []


@pytest.mark.parametrize(
    ("value", "status", "number", "ok"),
    [
        ("000000196", 201, "0000000196", False),
        ("BE0000000196", 400, "BE0000000196", False),
        ("0000.000.196", 400, "0000.000.196", False),
        ("0000000197", 400, "0000000197", False),
        (196, 400, "196", False),
        (None, 400, "None", False),
    ],
)
def test_forms_of_enterprise_numbers(
    bench: Bench,
    value: Any,
    status: int,
    number: str,
    ok: bool,
) -> None:
    answer = bench.call(bench.token(), body={"enterpriseNumber": value, "reference": "r"})
    assert (answer.status, fact(answer, "enterprise_number")) == (status, number)
    assert fact(answer, "enterprise_number_ok") is ok
    if status == 400:
        assert problem(answer)["issues"][0]["name"] == "enterpriseNumber"
    else:
        assert "enterprise-number-not-ten-digits" in fact(answer, "notes")


JSON_HEADER = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    ("raw", "headers", "status", "code"),
    [
        (b"{}", (), 415, "content-type-missing"),
        (b"{}", (("Content-Type", "text/xml"),), 415, "content-type-not-json"),
        (
            b"{}",
            (("Content-Type", "application/json;charset=iso-8859-1"),),
            415,
            "charset-not-utf-8",
        ),
        (b'{"a": "\xe9"}', JSON_HEADER, 400, "body-not-utf-8"),
        (b"{'a'}", JSON_HEADER, 400, "body-not-json"),
        (b'{"a": NaN}', JSON_HEADER, 400, "body-not-json"),
        (b"[" * 50_000, JSON_HEADER, 400, "body-not-json"),
        (b"", JSON_HEADER, 400, "body-missing"),
        (b"[]", JSON_HEADER, 400, "body-invalid"),
        (
            b'{"enterpriseNumber":"0000000196","reference":"r","x":1}',
            JSON_HEADER,
            400,
            "body-unknown-input",
        ),
    ],
)
def test_bad_bodies(bench: Bench, raw: bytes, headers: Any, status: int, code: str) -> None:
    answer = bench.call(bench.token(), raw=raw, headers=headers)
    assert answer.status == status
    assert codes(answer)[0] == code
    assert fact(answer, "body_valid") is False
    if status == 415:
        assert answer.body == b""
    else:
        issue = problem(answer)["issues"][0]
        assert issue["in"] == "body"
        assert issue["type"].startswith("urn:problem-type:belgif:input-validation:")


def test_issues_hold_no_values(bench: Bench) -> None:
    body = {"enterpriseNumber": "0000000196", "reference": ["85073003300"], "title": 85073003300}
    answer = bench.call(bench.token(), body=body)
    assert b"85073003300" not in answer.body
    assert "85073003300" not in json.dumps(dict(answer.trail.facts))
    names = [issue["name"] for issue in fact(answer, "body_issues")]
    assert sorted(names) == ["reference", "title"]


def test_routes(bench: Bench) -> None:
    token = bench.token()
    wrong = bench.call(token, method="DELETE")
    assert (wrong.status, wrong.header("allow")) == (405, "GET, POST")
    assert problem(bench.call(token, path="/none"))["type"].endswith("resourceNotFound")
    unknown = bench.call(token, method="GET", path="/registrations?colour=red")
    assert problem(unknown)["issues"][0]["type"].endswith("unknownInput")
    old = Request.to(
        f"{ORIGIN}/REST/federalLearningAccount/v0/registrations",
        headers=(("Authorization", f"Bearer {token}"),),
        received_at=NOW,
    )
    assert codes(bench.provider.handle(old)) == ["path-not-v1"]
    other = bench.provider.handle(replace(old, target="/REST/dimona/v2/x"))
    assert (other.status, other.trail.conversation) == (404, "other")
    assert [secret.value for secret in other.trail.secrets] == [token]
    assert bench.call(None, path="/none").status == 401


def test_trace_ids(bench: Bench) -> None:
    token = bench.token()
    answer = bench.call(token, headers=(*JSON_HEADER, ("BelGov-Trace-Id", "abc-1")))
    assert answer.header("belgov-related-trace-id") == "abc-1"
    assert len(answer.header("belgov-trace-id") or "") == 36
    long = bench.call(token, headers=(*JSON_HEADER, ("BelGov-Trace-Id", "a" * 37)))
    assert long.header("belgov-related-trace-id") is None
    assert "trace-id-not-36-characters" in fact(long, "notes")


def test_lenient_api_still_wants_a_token(bench: Bench) -> None:
    bench.provider.lenient = True
    assert bench.call(None).status == 401
    assert bench.call("made-up").status == 401
    answer = bench.call(bench.token(), raw=b'{"x": 1}', headers=())
    assert answer.status == 201
    assert "body-unknown-input" in codes(answer)
    assert "content-type-missing" in codes(answer)


# --- documents

USER_API: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Mine", "version": "1"},
    "paths": {
        "/trainings": {
            "post": {
                "operationId": "addTraining",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Training"}}
                    },
                },
                "responses": {
                    "202": {
                        "description": "ok",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}
                        },
                    }
                },
            }
        },
        "/trainings/{id}": {
            "get": {
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}
                ],
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {"examples": {"one": {"value": {"id": "t-1"}}}}
                        },
                    }
                },
            }
        },
        "/trainings/latest": {"get": {"responses": {"204": {"description": "none"}}}},
    },
    "components": {
        "schemas": {
            "Training": {
                "type": "object",
                "required": ["employer", "days"],
                "properties": {
                    "employer": {"type": "string"},
                    "days": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                    "note": {"type": "string", "nullable": True},
                },
            },
            "Receipt": {
                "allOf": [
                    {"properties": {"ticket": {"type": "string", "minLength": 3}}},
                    {"type": "object", "properties": {"at": {"type": "string", "format": "date"}}},
                ]
            },
        }
    },
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Old", "version": "1"},
    "basePath": "/x",
    "paths": {
        "/trainings": {
            "post": {
                "operationId": "addTraining",
                "parameters": [
                    {
                        "name": "b",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Training"},
                    }
                ],
                "responses": {"202": {"description": "ok", "schema": {"type": "object"}}},
            }
        }
    },
    "definitions": {"Training": USER_API["components"]["schemas"]["Training"]},
}
AS_YAML = """
openapi: 3.1.0
info: {title: Mine, version: 2024-01-01}
paths:
  /trainings:
    post:
      operationId: addTraining
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [employer, days]
              properties: {employer: {type: string}, days: {type: number, exclusiveMinimum: 0}}
      responses:
        202: {description: ok}
"""


def user_bench(tmp_path: Path, text: str) -> Bench:
    (tmp_path / "api").write_text(text, encoding="utf-8")
    (tmp_path / "p.toml").write_text(
        "[fla]\nopenapi='api'\nenterprise_number=['/employer']", encoding="utf-8"
    )
    return Bench(load_profile(tmp_path / "p.toml"))


@pytest.mark.parametrize("text", [json.dumps(USER_API), json.dumps(SWAGGER), AS_YAML])
def test_the_users_own_api(tmp_path: Path, text: str) -> None:
    bench = user_bench(tmp_path, text)
    token = bench.token()
    body: dict[str, Any] = {"employer": "0000000196", "days": 2}
    good = bench.call(token, path="/trainings", body=body)
    assert (good.status, fact(good, "operation")) == (202, "addTraining")
    assert fact(good, "body_valid") is True
    bad = bench.call(token, path="/trainings", body={**body, "days": 0})
    assert (bad.status, problem(bad)["issues"][0]["name"]) == (400, "days")
    foreign = bench.call(token, path="/trainings", body={**body, "employer": "0000000592"})
    assert codes(foreign) == ["enterprise-number-not-own"]
    assert bench.call(token).status == 404


def test_responses_of_the_users_own_api(tmp_path: Path) -> None:
    bench = user_bench(tmp_path, json.dumps(USER_API))
    token = bench.token()
    body = {"employer": "0000000196", "days": 2, "note": None}
    receipt = json.loads(bench.call(token, path="/trainings", body=body).body)
    assert receipt == {"ticket": "voorbeeld", "at": "2025-01-15"}
    read = bench.call(token, method="GET", path="/trainings/7?page=1")
    assert json.loads(read.body) == {"id": "t-1"}
    assert fact(read, "operation") == "get /trainings/{id}"
    assert bench.call(token, method="GET", path="/trainings/7?page=0").status == 400
    assert bench.call(token, method="GET", path="/trainings/7?page=x").status == 400
    assert bench.call(token, method="GET", path="/trainings/latest").status == 204


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "no paths"),
        ("[]", "no paths"),
        ("a: [", "neither JSON nor YAML"),
        ('{"openapi": "3.1.0", "paths": {}}', "no operation"),
        ('{"openapi": "3.1.0", "paths": {"/a": {"get": {"$ref": "other.yaml"}}}}', "other.yaml"),
        (
            json.dumps(USER_API).replace('"type": "number"', '"type": 7'),
            "POST /trainings cannot be used",
        ),
    ],
)
def test_unusable_documents(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInvocation) as caught:
        user_bench(tmp_path, text)
    assert said in str(caught.value)
    assert caught.value.hint


def test_a_document_that_is_not_there(tmp_path: Path) -> None:
    profile = Profile()
    missing = replace(profile, fla=replace(profile.fla, openapi=tmp_path / "none"))
    with pytest.raises(BadInvocation, match="cannot be read"):
        Bench(missing)


def test_the_simulators_own_document(bench: Bench) -> None:
    answer = bench.provider.handle(Request.to(f"{ORIGIN}/.proefbank/openapi.json"))
    document = json.loads(answer.body)
    assert answer.trail.conversation == "control"
    assert document == simulator_openapi(bench.profile)
    assert document["openapi"] == "3.1.0"
    assert "made up" in document["info"]["description"]
    paths = document["paths"]
    assert "/REST/oauth/v5/token" in paths
    responses = paths["/REST/federalLearningAccount/v1/registrations"]["post"]["responses"]
    assert "application/problem+json" in responses["403"]["content"]
    missing = bench.provider.handle(Request.to(f"{ORIGIN}/.proefbank/none"))
    assert (missing.status, missing.trail.conversation) == (404, "control")


def test_state_and_reset(bench: Bench) -> None:
    token = bench.token()
    bench.provider.arm("api-429-retry-after", times=3)
    state = bench.provider.state()
    assert state["tokens_alive"] == 1
    assert state["armed"][0]["left"] == 3
    assert token not in json.dumps(state)
    bench.provider.reset()
    state = bench.provider.state()
    assert (state["tokens_alive"], state["armed"]) == (0, [])
    assert len(state["accounts"]) == len(bench.profile.accounts)
    assert fact(bench.post(), "token_ref") == 1
    with pytest.raises(ValueError, match="nobody"):
        SocialSecurity(Profile(), certificates={"nobody": []}, rng=random.Random(1))


def test_certificates_are_parsed_once(monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
    def forbidden(*_args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(x509, "load_pem_x509_certificate", forbidden)
    monkeypatch.setattr(x509, "load_der_x509_certificate", forbidden)
    assert bench.post().status == 200
