"""The simulated social security provider under random fire: no exception, no unasked 5xx."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from itertools import count
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proefbank.exchange import Request, Response
from proefbank.keys import key_for
from proefbank.pki import self_signed
from proefbank.services.socialsecurity.provider import (
    CATALOGUE,
    Profile,
    SocialSecurity,
    simulator_openapi,
)
from proefbank.services.socialsecurity.provider.findings import REFUSALS

from .contract import FEW, FUZZ, statuses_of
from .wsgi import application

NOW = 1_750_000_000.0
ORIGIN = "https://127.0.0.1:4433"
TOKEN_PATH = "/REST/oauth/v5/token"
API_PATH = "/REST/federalLearningAccount/v1"
FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = partial(key_for, "selftest-fuzz", "EC P-384")
ORDER = list(REFUSALS)
COUNT = count()  # Hypothesis seeds `random` anew for each example


def new_provider() -> SocialSecurity:
    certificate = self_signed(
        KEY(),
        organisation="Voorbeeld NV",
        enterprise_number="0000000196",
        valid_from=NOW - 86_400,
        valid_to=NOW + 86_400 * 400,
    )
    provider = SocialSecurity(
        Profile(),
        origin=ORIGIN,
        certificates={account.name: [certificate] for account in Profile().accounts},
        rng=random.Random(3),
    )
    provider.elsewhere = "https://127.0.0.1:9999"
    return provider


@cache
def provider() -> SocialSecurity:
    return new_provider()


def send(
    target: str,
    *,
    method: str = "POST",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    to: SocialSecurity | None = None,
) -> Response:
    request = Request(
        method=method,
        target=target,
        headers=tuple(headers),
        body=body,
        port=4433,
        received_at=NOW,
    )
    answer = (to or provider()).handle(request)
    assert 200 <= answer.status < 500
    assert isinstance(answer.body, bytes)
    json.dumps(dict(answer.trail.facts)).encode("ascii")
    for violation in answer.trail.violations:
        assert violation.detail.isascii() or violation.code.startswith("body-")
    for _, value in answer.headers:
        value.encode("latin-1")
        assert "\n" not in value
        assert "\r" not in value
    return answer


def fresh_token(to: SocialSecurity) -> str:
    """Ask for a token in good order."""
    client_id = to.profile.accounts[0].client_id
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": ORIGIN + TOKEN_PATH,
        "exp": int(NOW) + 300,
        "jti": f"fresh-{next(COUNT)}",
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": jwt.encode(claims, KEY().private, "ES384"),
    }
    body = urlencode(form).encode()
    answer = send(TOKEN_PATH, headers=(("Content-Type", FORM),), body=body, to=to)
    return str(json.loads(answer.body)["access_token"])


def judged_like_a_token_request(answer: Response) -> None:
    assert answer.trail.conversation == "token"
    found = [violation.code for violation in answer.trail.violations]
    assert [ORDER.index(code) for code in found] == sorted(ORDER.index(code) for code in found)
    assert (answer.status == 200) == (not found) == bool(answer.trail.facts["granted"])


latin = st.text(st.characters(codec="latin-1"), max_size=40)
methods = st.one_of(st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]), latin)
header_names = st.one_of(
    st.sampled_from(
        [
            "Content-Type",
            "content-type",
            "Authorization",
            "Accept",
            "BelGov-Trace-Id",
            "X-Api-Key",
            "Host",
        ]
    ),
    latin,
)
header_values = st.one_of(
    st.sampled_from([FORM, "application/json", "Bearer x", "Basic eDp5", "Bearer", "*/*", ""]),
    latin,
)
some_headers = st.lists(st.tuples(header_names, header_values), max_size=5)
paths = st.one_of(
    st.sampled_from(
        [
            TOKEN_PATH,
            f"{TOKEN_PATH}/",
            "/REST/oauth/v3/token",
            f"{API_PATH}/registrations",
            f"{API_PATH}/registrations/x",
            API_PATH,
            "/.proefbank/openapi.json",
            "/",
            "",
        ]
    ),
    latin,
)
queries = st.one_of(
    st.just(""), latin.map("?{}".format), st.just("?access_token=%ff&scope=%zz&enterpriseNumber=")
)


@FUZZ
@given(methods, paths, queries, some_headers, st.binary(max_size=200))
def test_any_request(
    method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    send(path + query, method=method, headers=headers, body=body)


@FUZZ
@given(some_headers, st.binary(max_size=300))
def test_any_token_body(headers: list[tuple[str, str]], body: bytes) -> None:
    answer = send(TOKEN_PATH, headers=[("Content-Type", FORM), *headers], body=body)
    judged_like_a_token_request(answer)


claim_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
        st.sampled_from(
            [ORIGIN + TOKEN_PATH, Profile().accounts[0].client_id, NOW + 10, int(NOW * 1000)]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
claim_sets = st.dictionaries(
    st.one_of(
        st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]), st.text(max_size=4)
    ),
    claim_values,
    max_size=8,
)
jose_headers = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "b64"]),
    st.one_of(st.sampled_from(["ES384", "RS256", "ES256", "HS256", "none", "JWT"]), claim_values),
    max_size=4,
)
parameters = st.dictionaries(
    st.sampled_from(
        ["grant_type", "client_assertion_type", "client_id", "client_secret", "scope", "x"]
    ),
    st.one_of(
        st.sampled_from(["client_credentials", ASSERTION_TYPE, "scope:dimona a"]),
        st.text(st.characters(codec="utf-8"), max_size=20),
    ),
    max_size=5,
)


@FUZZ
@given(claim_sets, jose_headers, parameters, st.booleans(), st.booleans())
def test_any_signed_claims(
    claims: dict[str, Any],
    header: dict[str, Any],
    form: dict[str, str],
    signed: bool,
    lenient: bool,
) -> None:
    """Claims of any shape, under a good signature as well."""
    key = KEY().private if signed else b"k" * 32
    body = json.dumps(claims).encode()
    made = jwt.PyJWS().encode(body, key, "ES384" if signed else "HS256")
    if header and not signed:
        head = jwt.utils.base64url_encode(json.dumps(header).encode()).decode()
        made = ".".join((head, *made.split(".")[1:]))
    content = urlencode({**form, "client_assertion": made}).encode()
    to = provider()
    to.lenient = lenient
    try:
        answer = send(TOKEN_PATH, headers=[("Content-Type", FORM)], body=content)
    finally:
        to.lenient = False
    if lenient:
        assert answer.status == 200
    else:
        judged_like_a_token_request(answer)


@FUZZ
@given(st.text(st.sampled_from("eyJ.-_=+/ AZaz09\x00é"), max_size=60))
def test_any_assertion_text(text: str) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": text,
    }
    body = urlencode(form).encode()
    judged_like_a_token_request(send(TOKEN_PATH, headers=[("Content-Type", FORM)], body=body))


@FUZZ
@given(st.one_of(st.binary(max_size=120), claim_values.map(lambda v: json.dumps(v).encode())))
def test_any_api_body(body: bytes) -> None:
    token = fresh_token(provider())
    headers = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")]
    answer = send(f"{API_PATH}/registrations", headers=headers, body=body)
    assert answer.trail.facts["token"] == "valid"


@FEW
@given(
    st.sampled_from([name for name, one in CATALOGUE.items() if one.layer in {"token", "api"}]),
    some_headers,
    st.binary(max_size=60),
)
def test_stimuli_meet_any_request(name: str, headers: list[tuple[str, str]], body: bytes) -> None:
    to = provider()
    to.arm(name)
    try:
        for path in (TOKEN_PATH, f"{API_PATH}/registrations"):
            request = Request(
                method="POST",
                target=path,
                headers=tuple(headers),
                body=body,
                received_at=NOW,
            )
            to.handle(request)
    finally:
        to.disarm()


# --- Schemathesis, over a WSGI application of one `handle`


def with_good_token(to: SocialSecurity, request: Request) -> Request:
    headers = [pair for pair in request.headers if pair[0] != "Authorization"]
    return replace(request, headers=(*headers, ("Authorization", f"Bearer {fresh_token(to)}")))


@pytest.mark.parametrize("with_token", [False, True])
def test_simulator_keeps_its_own_contract(with_token: bool) -> None:
    to = new_provider()
    mend = partial(with_good_token, to) if with_token else lambda request: request
    app = application(to.handle, received_at=NOW, mend=mend)
    statuses = statuses_of(simulator_openapi(Profile()), app)
    assert len(statuses) == 4
    assert set().union(*statuses.values()) >= ({200, 400, 404} if with_token else {400, 401})


def test_the_contract_declares_what_is_provoked() -> None:
    """Every stimulus answers with a status that the document declares."""
    document = simulator_openapi(Profile())
    for name, stimulus in CATALOGUE.items():
        if stimulus.layer not in {"token", "api"}:
            continue
        to = new_provider()
        token = fresh_token(to)
        to.arm(name)
        path = TOKEN_PATH if stimulus.layer == "token" else f"{API_PATH}/registrations"
        request = Request(
            method="POST",
            target=path,
            headers=(("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")),
            body=b'{"enterpriseNumber":"0000000196","reference":"r"}',
            received_at=NOW,
        )
        declared = document["paths"][path]["post"]["responses"]
        assert str(to.handle(request).status) in declared, name
