"""The simulated API on trial: who may speak for whom, and how an enterprise number is written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from proefbank.services.socialsecurity.provider import Profile
from proefbank.services.socialsecurity.provider.enterprise_numbers import synthetic

from .socialsecurity_bench import (
    EMPLOYER,
    MANDATARY,
    SCOPE,
    TRAINING,
    Bench,
    codes,
    fact,
    peopled,
    problem,
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


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
