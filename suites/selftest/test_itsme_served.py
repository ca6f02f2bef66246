"""The served signing service: what it shows, and what it can be told to do."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from proefbank.clock import Clock
from proefbank.errors import NotObservable
from proefbank.exchange import Request, Response, Secret, TlsFacts
from proefbank.service import Settings
from proefbank.services.itsme.cast import make_cast
from proefbank.services.itsme.provider.acting import ACTS
from proefbank.services.itsme.served import ServedItsme

from .itsme_bench import NOW, ROOT, fact


class Standing:
    """What surrounds a served service, in memory."""

    def __init__(self) -> None:
        self.now = NOW
        self.folder = Path("nowhere")
        self.notes: list[str] = []
        self.told: list[str] = []

    def move_clock(self, *, by: float | None = None, to: float | None = None) -> None:
        self.now = to if to is not None else self.now + (by or 0)

    def learn(self, secret: Secret) -> None:
        raise AssertionError(secret)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def told_anew(self, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def service() -> ServedItsme:
    made = make_cast(Settings(), Clock(frozen_at=NOW), random.Random(5))
    names = ("main", "front", "elsewhere")
    made.meet({name: f"https://{name}.example" for name in names})
    return ServedItsme(made)


def send(service: ServedItsme, path: str, said: Mapping[str, Any]) -> Response:
    here = service.cast.here
    party = here.parties[service.accounts[0]]
    return here.handle(
        Request(
            "POST",
            here.prefix + ROOT + path,
            (("Content-Type", "application/json"),),
            json.dumps(
                {
                    "partnerCode": party.partner_code,
                    "serviceCode": party.service_code,
                    "redirectUrl": party.redirect_url,
                    "lang": "NL",
                    **said,
                }
            ).encode(),
            tls=TlsFacts(peer_sha256=party.certificates[0]),
            received_at=NOW,
        )
    )


def do(service: ServedItsme, action: str, stand: Standing, /, **told: Any) -> Any:
    return next(one for one in service.actions if one.name == action).do(stand, told)


def test_partners_have_cards(service: ServedItsme, tmp_path: Path) -> None:
    assert service.accounts == ["partner", "single-hash"]
    card = service.card("single-hash", tmp_path)
    assert card.capacity == "one hash at a time"
    assert card.certificate_file is not None
    shown = x509.load_pem_x509_certificate(card.certificate_file.read_bytes())
    key: Any = card.private_key
    assert key.public_key() == shown.public_key()
    with pytest.raises(KeyError):
        service.card("stranger", tmp_path)
    assert set(service.endpoints) == {"base_url", "pages", "redirect_url"}
    assert service.facts("")["partner"] == "partner"


def test_the_state_shows_sessions_and_the_next_expiry(service: ServedItsme) -> None:
    assert service.state(NOW)["says"] == "Sessions: none."
    session = json.loads(send(service, "/user_identification", {}).body)["asyncRespID"]
    service.play(session, "open", "without-certificate", Standing())
    assert service.state(NOW)["sessions"] == {"AT_PAGE": 1}
    stand = Standing()
    here = service.cast.here
    found = here.sessions.identification_by_id(session)
    assert found is not None
    found.identified(here.people["without-certificate"], NOW)
    told = service.state(NOW)
    assert "expires after" in told["says"]
    row = told["tables"]["Sessions"][0]
    assert (row["state"], row["expires_in_s"], row["person"]) == (
        "CERT_ACTION",
        180,
        "without-certificate",
    )
    assert service.state(NOW + 181)["sessions"] == {"EXPIRED": 1}
    json.dumps(told)
    assert stand.notes == []


def test_a_redirect_url_can_be_registered(service: ServedItsme) -> None:
    stand, own = Standing(), "https://my.product.example/back"
    assert send(service, "/user_identification", {"redirectUrl": own}).status == 400
    do(service, "partner", stand, redirect_url=own, contract="single")
    assert send(service, "/user_identification", {"redirectUrl": own}).status == 200
    assert service.state(NOW)["partners"][0]["batch"] is False
    assert service.endpoints["redirect_url"] == own
    assert len(stand.told) == 1
    service.reset()
    assert service.endpoints["redirect_url"] == own


@pytest.mark.parametrize(
    ("person", "act", "state"),
    [
        ("with-certificate", "open", "AT_PAGE"),
        ("with-certificate", "approve", "READY"),
        ("with-certificate", "reject", "FAILED"),
        ("with-certificate", "lapse", "AT_PAGE"),
        ("without-certificate", "approve", "READY"),
        ("without-certificate", "reject", "REJECTED"),
        ("without-certificate", "lapse", "EXPIRED"),
        ("without-certificate", "fail", "FAILED"),
        ("blocked", "approve", "BLOCKED"),
    ],
)
def test_a_person_can_be_played(service: ServedItsme, person: str, act: str, state: str) -> None:
    stand = Standing()
    with pytest.raises(ValueError, match="no session"):
        do(service, "person", stand)
    session = json.loads(send(service, "/user_identification", {}).body)["asyncRespID"]
    assert do(service, "person", stand, act=act, person=person) == {"state": state}
    asked = send(service, "/user_identification/status", {"asyncRespID": session})
    assert fact(asked, "state") == state
    assert service.account_in(asked.trail.facts) == "partner"
    assert service.granted(asked.trail.facts) is False


def test_what_cannot_be_played_is_told(service: ServedItsme) -> None:
    send(service, "/user_identification", {})
    for told, message in (
        ({"session": "x"}, "no session 'x'"),
        ({"act": "laugh"}, "nearest|there are"),
        ({"person": "nobody"}, "nobody"),
    ):
        with pytest.raises(ValueError, match=message):
            do(service, "person", Standing(), **told)
    assert "open" in ACTS


def test_a_dialect_can_be_chosen_and_is_forgotten(service: ServedItsme) -> None:
    stand = Standing()
    do(service, "dialect", stand, name="swagger")
    assert service.facts("partner")["dialect"] == "swagger"
    service.reset()
    assert service.facts("partner")["dialect"] == "documented"


def test_stimuli_are_armed_and_disarmed(service: ServedItsme) -> None:
    assert service.arm("sign-start-500", 2, {}) == "sign-start"
    assert service.arm("tls-expired", 1, {}) == "tls"
    assert [one["name"] for one in service.armed()] == ["sign-start-500"]
    service.disarm(None)
    assert service.armed() == []
    for name, times, params in (
        ("sign-start-501", 1, {}),
        ("sign-start-500", 0, {}),
        ("tls-expired", 1, {"x": 1}),
    ):
        with pytest.raises(ValueError, match=r"."):
            service.arm(name, times, params)
    with pytest.raises(ValueError, match="no tokens"):
        service.revoke_tokens()
    assert "front-delay" in service.stimuli


def test_roles_that_are_not_there_are_told(service: ServedItsme, tmp_path: Path) -> None:
    with pytest.raises(NotObservable):
        service.cast.scenario("nobody", None, tmp_path)
