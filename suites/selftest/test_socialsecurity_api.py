"""The simulated Federal Learning Account API: tokens, mandates, numbers, bodies, routes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from proefbank.exchange import Request, Response

from .socialsecurity_bench import API, FORM, NOW, ORIGIN, Bench, codes, fact, form, problem


@pytest.fixture
def bench() -> Bench:
    return Bench()


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
