"""What the simulated social security provider does on purpose, one answer at a time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jwt
import pytest

from proefbank.exchange import Request, Response
from proefbank.services.socialsecurity.provider import CATALOGUE, Profile
from proefbank.services.socialsecurity.provider.stimuli import OAUTH_ERRORS

from .socialsecurity_bench import FORM, NOW, TRANSPORT, Bench, codes, error, fact, form, problem


@pytest.fixture
def bench() -> Bench:
    return Bench()


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
