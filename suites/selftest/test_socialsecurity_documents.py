"""Documents of the simulated social security provider, and what it tells of itself."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from proefbank.errors import BadInvocation
from proefbank.exchange import Request
from proefbank.services.socialsecurity.provider import (
    Profile,
    SocialSecurity,
    load_profile,
    simulator_openapi,
)

from .socialsecurity_bench import ORIGIN, Bench, codes, fact, problem
from .socialsecurity_documents import AS_YAML, SWAGGER, USER_API


@pytest.fixture
def bench() -> Bench:
    return Bench()


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
