"""A provider at acceptance is judged: what is asked of it, what is kept, and what is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proefbank.cli import main
from proefbank.exchange import Request, Response
from proefbank.judge import judge
from proefbank.providing.acceptance import PLAYED, PROVOKING, AcceptanceProviderBench
from proefbank.service import Settings, service
from proefbank.services.contract.wayward.registry import header
from proefbank.staging import rules_for, stages_of
from proefbank.verdict import Outcome, Verdict

from . import stand_in
from .stand_in import Site, StandIn

PACKAGE = "proefbank.services.contract"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Somebody's own", "version": "3"},
    "paths": {
        "/registrations": {
            "get": {
                "parameters": [
                    {
                        "name": "enterpriseNumber",
                        "in": "query",
                        "required": True,
                        "schema": {"type": "string", "enum": ["0000000196"]},
                    }
                ],
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "required": ["items"]}
                            }
                        },
                    },
                    "default": {"description": "a problem"},
                },
            },
            "post": {"responses": {"default": {"description": "never asked"}}},
        }
    },
}


@pytest.fixture
def acc(tmp_path: Path) -> Iterator[StandIn]:
    """All three services, under other names."""
    with StandIn(folder=tmp_path / "acc") as made:
        yield made


def judged(acc: StandIn, name: str, *, provoke: bool = False, **more: Any) -> list[Verdict]:
    """Judge one service's provider by every rule."""
    site = acc.sites[name]

    def person(_url: str) -> str:
        site.person("approve")
        return str(site.members()["redirect_url"]) + "?mine=b3BlbmJhYXI"

    bench = AcceptanceProviderBench(
        service(name),
        settings=Settings(profile=acc.profile, **more),
        seed=1,
        judged_as=service("contract", staged=True),
        provoke=provoke,
        person=person,
    )
    found = []
    try:
        for stage in stages_of(PACKAGE):
            if name in stage.needs:
                journal = bench.run(stage)
                found += [
                    judge(rule, journal)
                    for reading in stage.readings
                    for rule in rules_for(stage, reading)
                ]
    finally:
        bench.close()
    return found


def of(verdicts: list[Verdict], outcome: Outcome) -> set[str]:
    return {verdict.requirement for verdict in verdicts if verdict.outcome is outcome}


def sent(site: Site) -> list[Request]:
    return [request for request, _ in site.raw]


@pytest.mark.parametrize("name", ["socialsecurity", "ehealth", "itsme"])
def test_nothing_is_provoked_without_leave(acc: StandIn, name: str) -> None:
    verdicts = judged(acc, name)
    good = (Outcome.PASSED, Outcome.NOT_OBSERVABLE)
    assert [v for v in verdicts if v.outcome not in good] == []
    assert of(verdicts, Outcome.PASSED)
    site = acc.sites[name]
    played = {stage.name for stage in stages_of(PACKAGE) if name in stage.needs} & set(PLAYED)
    asked = [request for request in sent(site) if request.listener == "main"]
    assert len(asked) <= sum(PLAYED[stage] for stage in played)
    assert not [request for request in asked if ".proefbank" in request.target]
    refused = {response.status for _, response in site.raw if response.status >= 400}
    assert refused <= {409}  # somebody who has not been identified yet is no error


def test_with_leave_errors_are_judged_too(acc: StandIn) -> None:
    without = of(judged(acc, "socialsecurity"), Outcome.PASSED)
    verdicts = judged(acc, "socialsecurity", provoke=True)
    assert not of(verdicts, Outcome.FAILED) | of(verdicts, Outcome.NOT_EXERCISED)
    more = of(verdicts, Outcome.PASSED) - without
    assert {name.split(".")[1] for name in more} == {"token-error", "api"}
    assert set(PROVOKING) <= {stage.name for stage in stages_of(PACKAGE)}


def test_keys_and_discovery_are_whole_enough_to_be_judged(acc: StandIn) -> None:
    verdicts = judged(acc, "ehealth")
    passed = {name.split(".")[1] for name in of(verdicts, Outcome.PASSED)}
    assert passed == {"discovery", "key-set"}
    hidden = of(verdicts, Outcome.NOT_OBSERVABLE)
    assert {name.split(".")[1] for name in hidden} == {"key-steps", "document"}


def test_a_signature_is_judged_where_a_person_was_there(acc: StandIn) -> None:
    verdicts = judged(acc, "itsme")
    passed = of(verdicts, Outcome.PASSED)
    assert "contract.sign-status.success-is-told" in passed
    assert "contract.sign-start.echoes-the-request" in passed
    hidden = of(verdicts, Outcome.NOT_OBSERVABLE)
    assert "contract.sign-status.signatures-verify" in hidden, "the certificate is a person's"


def test_a_defect_of_acceptance_is_found(acc: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    right = stand_in._Named.handle

    def handle(self: Any, request: Request) -> Response:
        return header(right(self, request), "Pragma", None)

    monkeypatch.setattr(stand_in._Named, "handle", handle)
    verdicts = judged(acc, "socialsecurity")
    assert of(verdicts, Outcome.FAILED) == {"contract.token.pragma-no-cache"}


def test_the_users_own_document_is_read_only(acc: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "fla.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    verdicts = judged(acc, "socialsecurity", openapi=path)
    passed = of(verdicts, Outcome.PASSED)
    assert {"contract.document.bodies-conform", "contract.document.no-server-errors"} <= passed
    calls = [r for r in sent(acc.sites["socialsecurity"]) if "federalLearning" in r.target]
    assert calls
    assert {request.method for request in calls if "?" in request.target} == {"GET"}


def test_the_command_says_what_it_could_not_ask(
    acc: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    text = acc.profile.read_text(encoding="utf-8").replace("[acc.itsme]", "[acc-of-nobody]")
    acc.profile.write_text(text.split("[acc-of-nobody]", maxsplit=1)[0], encoding="utf-8")
    words = ["run", "contract", "--target", "acc", "--profile", str(acc.profile)]
    monkeypatch.setattr("sys.argv", ["proefbank", *words, "--reports", "r", "--run", "x"])
    with pytest.raises(SystemExit) as ended:
        main()
    report = json.loads((tmp_path / "r" / "x" / "report.json").read_text())
    assert ended.value.code == 2, report["headline"]
    assert report["subject"]["name"] == "acceptance environments of the services"
    assert report["scope"]["target"] == "acc"
    reasons = {
        row["id"]: row["judgements"][0].get("reason", "")
        for row in report["requirements"]
        if row["judgements"]
    }
    assert "[acc.itsme]" in reasons["contract.sign-start.is-pending"]
    assert "--provoke-errors" in reasons["contract.token-error.expired-assertion-is-refused"]
    kept = "".join(path.read_text() for path in (tmp_path / "r" / "x").iterdir())
    for site in acc.sites.values():
        for secret in site.cast.secrets():
            if secret.kind == "private-key":
                assert secret.value not in kept
    tokens = [
        json.loads(answer.body)["access_token"]
        for _, answer in acc.sites["socialsecurity"].raw
        if b"access_token" in answer.body
    ]
    assert tokens
    assert not [token for token in tokens if token in kept]
