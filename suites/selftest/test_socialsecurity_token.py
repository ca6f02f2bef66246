"""The simulated token server on trial: who gets a token, and with which scope."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from proefbank.keys import key_for
from proefbank.services.socialsecurity.provider import Profile

from .socialsecurity_bench import (
    EMPLOYER,
    NOW,
    SCOPE,
    TOKEN_URL,
    TRAINING,
    Bench,
    certificate,
    codes,
    fact,
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


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
