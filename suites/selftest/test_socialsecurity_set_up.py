"""People at work in ChaMan and MAHIS: over HTTP, through the fixture, behind a client's back."""

from __future__ import annotations

import json
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import httpx
import pytest
from proefbank.fixtures.socialsecurity import SocialSecurityOnSocket, _simulator

from proefbank.errors import Rejected
from proefbank.services.socialsecurity.deeds import DEEDS
from proefbank.services.socialsecurity.provider import Profile
from proefbank.services.socialsecurity.provider.enterprise_numbers import synthetic
from proefbank.services.socialsecurity.provider.mandates import quarter_begins, quarter_of
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.staging import stages_of
from proefbank.verdict import Outcome

from . import kill_matrix

OCMW = "second-employer"
matrix = kill_matrix.Matrix.of("socialsecurity")
STAGES = {item.name: item for item in stages_of(matrix.package)}
NEW = (
    "certificate-rollover",
    "certificate-removed",
    "channel-not-activated",
    "permission-withdrawn",
    "mandate-ended",
    "delegation-pending",
    "delegation-refused",
)


class Surface:
    """The control surface of a simulator on a socket."""

    def __init__(self, view: SocialSecurityOnSocket) -> None:
        self.view = view
        self.http = httpx.Client(
            verify=ssl.create_default_context(cafile=view.ca_file),
            base_url=f"{view.simulator.origin}/.proefbank/",
            trust_env=False,
        )

    def do(self, name: str, **told: str) -> httpx.Response:
        return self.http.post(name, json=told)

    def table(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("state").json()["tables"].get(name, [])
        return found


@pytest.fixture
def surface(socialsecurity: SocialSecurityOnSocket) -> Iterator[Surface]:
    made = Surface(socialsecurity)
    with made.http:
        yield made


Maker = Callable[..., ReferenceClient]


@pytest.fixture
def client() -> Iterator[Maker]:
    """Return what makes a client that is told to be an account; they are closed at the end."""
    made: list[ReferenceClient] = []

    def make(view: SocialSecurityOnSocket, account: str, **other: str) -> ReferenceClient:
        card, one = view.account(account), ReferenceClient()
        members = {
            "token_endpoint": view.token_endpoint,
            "audience": view.audience,
            "api_base": view.api_base,
            "client_id": card.client_id,
            "private_key_file": str(card.private_key_file),
            "certificate_file": str(card.certificate_file),
            "scope": None,
        }
        told = {"ca_file": str(view.ca_file), "run": "x", "socialsecurity": members | other}
        one.scenario(told)
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()


def test_every_deed_is_an_action_that_says_what_it_wants(surface: Surface) -> None:
    page = surface.http.get("").text
    for name, deed in DEEDS.items():
        told = surface.http.get(name).json()
        assert told["description"] == deed.description
        assert {"do", "by"} <= set(told["fields"])
        assert escape(deed.description) in page
        wrong = surface.do(name, do="dance")
        assert (wrong.status_code, wrong.json()["error"]) == (400, f"invalid_{name}")


def test_a_rollover_over_http(surface: Surface, client: Maker) -> None:
    view = surface.view
    old = client(view, "employer")
    assert old.token_fetch(None)["access_token"]
    added = surface.do("certificate", account="employer")
    assert added.status_code == 201
    key = Path(added.json()["private_key_file"])
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    new = client(view, "employer", private_key_file=str(key))
    for one in (old, new):
        assert one.token_fetch(None)["access_token"]
    assert surface.do("certificate", account="employer", do="remove").status_code == 201 - 1
    assert new.token_fetch(None)["access_token"]
    with pytest.raises(Rejected):
        old.token_fetch(None)
    mine = [row for row in surface.table("Certificates") if row["account"] == "employer"]
    assert [row["is"] for row in mine] == ["registered", "removed"]
    told = surface.http.get("journal").text
    assert "removed certificate" in told
    assert "PRIVATE KEY" not in told
    assert key.read_text().splitlines()[1] not in told
    refused = surface.do("certificate", account="employer", do="remove")
    assert "another has to be added first" in refused.json()["message"]
    surface.http.post("reset")
    assert old.token_fetch(None)["access_token"]


def test_a_certificate_of_ones_own_is_added(surface: Surface) -> None:
    pem = surface.view.account("mandatary").certificate_file
    assert pem is not None
    added = surface.do("certificate", account="employer", pem=pem.read_text())
    assert added.status_code == 201
    assert "private_key_file" not in added.json()
    bad = surface.do("certificate", account="employer", pem="-----BEGIN NOTHING-----")
    assert bad.status_code == 400


def test_a_delegation_over_http(surface: Surface, client: Maker) -> None:
    assert surface.do("delegation", account="employer").status_code == 400, "no OCMW"
    assert surface.do("delegation").status_code == 200
    early = surface.do("certificate", account=OCMW, by="intermediary")
    assert "are the owner's" in early.json()["message"]
    for step, by in (("refuse", "owner"), ("resend", "intermediary"), ("accept", "owner")):
        assert surface.do("delegation", do=step, by=by).status_code == 200
    assert surface.table("Delegations")[0]["state"] == "accepted"
    files = surface.do("certificate", account=OCMW, by="intermediary").json()
    go_between = client(surface.view, OCMW, private_key_file=files["private_key_file"])
    assert go_between.token_fetch(None)["access_token"]
    assert "Delegations" in surface.http.get("").text


def test_permission_channel_and_mandate_over_http(surface: Surface) -> None:
    assert surface.do("permission", account="employer").status_code == 200
    assert surface.do("channel", account="mandatary").status_code == 200
    rows = {row["name"]: row for row in surface.table("Accounts")}
    assert rows["employer"]["permissions"] == "Dimona"
    assert rows["mandatary"]["state"] == "not activated"
    before = surface.table("Mandates")
    assert surface.do("mandate").status_code == 200
    after = surface.table("Mandates")
    assert [row["state"] for row in after] == [row["state"] for row in before]
    assert after[0]["to"]
    now = surface.view.clock.now()
    surface.view.advance(quarter_begins(quarter_of(now) + 1) - now + 1)
    assert surface.table("Mandates")[0]["state"] == "ended"


def test_the_fixture_does_the_same(socialsecurity: SocialSecurityOnSocket, client: Maker) -> None:
    files = socialsecurity.certificate()
    new = client(socialsecurity, "employer", private_key_file=files["private_key_file"])
    socialsecurity.certificate("remove")
    order = {"enterpriseNumber": "0000000196", "reference": "r"}
    assert new.api_call("POST", "/registrations", order)["status"] == 201
    socialsecurity.permission()
    with pytest.raises(Rejected) as refused:
        new.api_call("POST", "/registrations", order)
    assert refused.value.reject_class == "not_allowed"
    socialsecurity.permission("give")
    socialsecurity.channel()
    with pytest.raises(Rejected):
        new.token_fetch(None)
    socialsecurity.delegation("request", by="owner")
    socialsecurity.delegation("accept", by="intermediary")
    number = synthetic(12)
    pair = {"principal": number, "mandatary": synthetic(2)}
    socialsecurity.mandate("request", **pair, by="mandatary")
    socialsecurity.mandate("validate", **pair, by="principal")
    sender = client(socialsecurity, "mandatary")
    sent = sender.api_call("POST", "/registrations", order | {"enterpriseNumber": number})
    assert sent["status"] == 201
    with pytest.raises(ValueError, match="no certificate whose"):
        socialsecurity.certificate("remove", sha256="zz")


def test_each_test_finds_the_portal_as_it_was(socialsecurity: SocialSecurityOnSocket) -> None:
    state = socialsecurity.simulator.state()["tables"]
    assert "Delegations" not in state
    assert {row["is"] for row in state.get("Certificates", [])} <= {"registered"}
    assert all(row["state"] == "active" for row in state["Accounts"])


def test_what_was_arranged_is_in_the_journal_and_the_reference_passes() -> None:
    with matrix.opened(lambda _ca: kill_matrix.driven(ReferenceClient)) as bench:
        for name in NEW:
            journal = bench.run(STAGES[name])
            deeds = journal.of("arranged")
            assert deeds, name
            assert all(json.dumps(item["text"]) for item in deeds)
            assert journal.ended["state"] == "done", journal.ended
        found = matrix.judged(bench, [STAGES[name] for name in NEW])
    assert {verdict.outcome for verdict in found} == {Outcome.PASSED}


def test_what_a_profile_forbids_is_not_observable() -> None:
    with matrix.opened(lambda _ca: kill_matrix.driven(ReferenceClient)) as bench:
        cast: Any = bench.cast
        cast.here.mahis.end(synthetic(4), synthetic(2), quarter="2099Q4", instant=0.0)
        cast.here.mahis._first = (replace(cast.here.mahis.mandates[0], status="closed"),)
        journal = bench.run(STAGES["mandate-ended"])
    assert journal.ended["state"] == "not_observable"
    assert "the set-up of the profile forbids it" in str(journal.ended["reason"])


def test_a_profile_without_an_ocmw_has_no_delegations() -> None:
    accounts = tuple(replace(item, ocmw=False) for item in Profile().accounts)
    with matrix.opened(lambda _ca: kill_matrix.driven(ReferenceClient)) as bench:
        bench.cast.profile = replace(bench.cast.profile, accounts=accounts)  # type: ignore[attr-defined]
        journal = bench.run(STAGES["delegation-pending"])
    assert journal.ended["state"] == "not_applicable"
    simulator = _simulator(replace(Profile(), accounts=accounts))
    simulator.mount("https://socialsecurity.test", "https://elsewhere.test")
    with pytest.raises(ValueError, match="account"):
        simulator.act("delegation", {})
    simulator.close()
