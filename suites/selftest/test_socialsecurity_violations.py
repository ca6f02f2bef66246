"""The simulated token server on trial: every violation, found, refused, and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from proefbank.exchange import Response
from proefbank.keys import key_for
from proefbank.services.socialsecurity.provider.findings import REFUSALS

from .socialsecurity_bench import (
    ASSERTION_TYPE,
    DAY,
    EMPLOYER,
    FORM,
    MANDATARY,
    NO_ASSERTION,
    NOW,
    SCOPE,
    TOKEN_URL,
    TRAINING,
    Bench,
    claims_of,
    codes,
    error,
    fact,
    form,
    hs256,
    key_of,
    peopled,
    with_certificate,
)
from .socialsecurity_jws import compact, jws


@pytest.fixture
def bench() -> Bench:
    return Bench()


SECRET_HEADERS = (("Content-Type", FORM), ("Authorization", "Basic eDp5"))


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
