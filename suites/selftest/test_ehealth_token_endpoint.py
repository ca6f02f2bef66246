"""The token endpoint of the simulated realms: who gets a token, and for what."""

from __future__ import annotations

from typing import Any, cast

import jwt
import pytest

from proefbank.exchange import Request, Response
from proefbank.services.ehealth.provider import EHealth
from proefbank.services.ehealth.provider.facts import TOKEN_EXCHANGE, TOKEN_TYPE

from .ehealth_bench import (
    CLIENT,
    HEALTHCARE,
    IN,
    M2M,
    NOW,
    TOKEN,
    body,
    fresh_provider,
    keys_of,
    payload,
    post,
    proven,
    second_opinion,
    usable,
    violation,
)


@pytest.fixture
def provider() -> EHealth:
    return fresh_provider()


def test_client_credentials(provider: EHealth) -> None:
    answer = post(provider, M2M + TOKEN, grant_type="client_credentials", **proven())
    assert answer.status == 200
    granted = body(answer)
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 300)
    assert answer.header("cache-control") == "no-store"
    token = granted["access_token"]
    assert second_opinion(token, usable(keys_of(provider, M2M)), issuer=M2M) == ""
    assert payload(token)["azp"] == CLIENT
    assert answer.trail.facts["granted"] is True
    assert {secret.kind for secret in answer.trail.secrets} == {"token", "assertion"}
    assert answer.trail.conversation == "token"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"aud": M2M + TOKEN}, 400, "aud-not-realm-url"),
        ({"aud": [HEALTHCARE]}, 400, "aud-not-realm-url"),
        ({"exp": None}, 400, "exp-missing"),
        ({"exp": int(NOW) - 16}, 400, "assertion-expired"),
        ({"nbf": int(NOW) + 16}, 400, "nbf-in-future"),
        ({"jti": None}, 400, "jti-missing"),
        ({"iss": "other"}, 401, "iss-not-sub"),
        ({"sub": "other", "iss": "other"}, 401, "client-unknown"),
    ],
)
def test_assertions_that_prove_nothing(
    provider: EHealth, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = post(provider, M2M + TOKEN, grant_type="client_credentials", **proven(**changes))
    assert (answer.status, body(answer)["error"]) == (status, "invalid_client")
    assert violation(answer) == code


def test_assertions_that_do_prove_it(provider: EHealth) -> None:
    for changes in ({"aud": [M2M]}, {"exp": int(NOW) + 3_600}, {"nbf": int(NOW) - 300}):
        form = proven(**changes)
        assert post(provider, M2M + TOKEN, grant_type="client_credentials", **form).status == 200
        again = post(provider, M2M + TOKEN, grant_type="client_credentials", **form)
        assert violation(again) == "jti-replayed"


def test_requests_that_are_no_token_requests(provider: EHealth) -> None:
    url = M2M + TOKEN
    for form, status, error, code in (
        (proven(), 400, "invalid_request", "grant-type-missing"),
        (
            {"grant_type": "password", **proven()},
            400,
            "unsupported_grant_type",
            "grant-type-unknown",
        ),
        (
            {"grant_type": "client_credentials"},
            401,
            "invalid_client",
            "client-authentication-missing",
        ),
        (
            {"grant_type": "client_credentials", **proven(), "client_assertion_type": "x"},
            401,
            "invalid_client",
            "assertion-type-wrong",
        ),
        (
            {"grant_type": "client_credentials", **proven(), "client_assertion": "x.y.z"},
            401,
            "invalid_client",
            "assertion-unreadable",
        ),
        (
            {"grant_type": "client_credentials", **proven(), "client_id": "x"},
            401,
            "invalid_client",
            "client-id-differs",
        ),
    ):
        answer = post(provider, url, **cast("dict[str, Any]", form))
        assert (answer.status, body(answer)["error"]) == (status, error)
        assert violation(answer) == code
    forged = jwt.encode({"iss": CLIENT, "sub": CLIENT, "aud": M2M}, b"x" * 32, "HS256")
    form = {"grant_type": "client_credentials", **proven(), "client_assertion": forged}
    assert violation(post(provider, url, **form)) == "signature-not-registered"
    json_request = Request.to(
        url, method="POST", headers=[("Content-Type", "application/json")], body=b"{}"
    )
    assert provider.handle(json_request).status == 400


def exchange(to: EHealth, subject: str, *, at: float = NOW, **changes: str) -> Response:
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": subject,
        "subject_token_type": TOKEN_TYPE,
        "requested_token_type": TOKEN_TYPE,
        "client_id": "public-client",
        "audience": "target-api",
        **changes,
    }
    return post(to, HEALTHCARE + TOKEN, at=at, **form)


def test_token_exchange(provider: EHealth) -> None:
    subject = provider.token("access", at=NOW)
    answer = exchange(provider, subject)
    assert answer.status == 200
    assert body(answer)["issued_token_type"] == TOKEN_TYPE
    claims = payload(body(answer)["access_token"])
    assert claims["aud"] == ["target-api"]
    assert claims["act"] == {"azp": "public-client"}
    assert claims["sub"] == payload(subject)["sub"]
    assert "ssin" not in claims
    proof = proven(HEALTHCARE)
    assert exchange(provider, subject, client_id=CLIENT, **proof).status == 200


def test_tokens_that_cannot_be_exchanged(provider: EHealth) -> None:
    for name in ("forged-known-kid", "expired", "other-realm", "alg-none", "empty"):
        answer = exchange(provider, provider.token(name, at=NOW))
        assert answer.status == 400
    old = provider.token("access", at=IN["S2"], key="OLD", lifetime=10**8)
    assert exchange(provider, old, at=IN["S2"]).status == 200
    assert violation(exchange(provider, old, at=IN["S3"])) == "subject-token-inactive"
    good = provider.token("access", at=NOW)
    assert violation(exchange(provider, good, audience="")) == "audience-missing"
    wrong = exchange(provider, good, subject_token_type="x")
    assert violation(wrong) == "subject-token-type-wrong"
    wrong = exchange(provider, good, requested_token_type="x")
    assert violation(wrong) == "requested-token-type-wrong"
