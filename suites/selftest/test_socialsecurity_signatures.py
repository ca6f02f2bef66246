"""The simulated token server on trial: signatures, certificates, and each assertion only once."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from proefbank.exchange import Response
from proefbank.keys import key_for
from proefbank.services.socialsecurity.provider import Profile

from .socialsecurity_bench import (
    DAY,
    EMPLOYER,
    MANDATARY,
    NO_ASSERTION,
    Bench,
    certificate,
    claims_of,
    codes,
    fact,
    hs256,
    key_of,
    with_certificate,
)
from .socialsecurity_jws import b64, compact, jws


@pytest.fixture
def bench() -> Bench:
    return Bench()


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
