"""The whole flow in a real browser, with the keyboard only: approve, refuse, let it lapse."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Request, Response
from proefbank.pki import CertificateAuthority
from proefbank.services.itsme.provider import Authority, ItsmeSign, make_party

from .sca_site import SignerSite

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra browser)")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, for example apt's chromium"),
]
ACTION_SECONDS = 180
TEXTS = {"en": "Bicycle, 10 €", "fr": "Vélo, 10 €", "nl": "Fiets, 10 €", "de": "Fahrrad, 10 €"}
ROLES = {"en": "Manager", "fr": "Gérante", "nl": "Zaakvoerder", "de": "Geschäftsführer"}


@dataclass
class Street:
    """The signing application, the service with its pages, and the clock they live by."""

    site: SignerSite
    provider: ItsmeSign
    clock: Clock
    front: list[tuple[Request, Response]]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    clock = Clock()
    now = clock.now()
    authority, front = CertificateAuthority(now=now), []
    tls = ServerTls(authority, now=now)
    (tmp_path / "ca.pem").write_bytes(tls.ca_pem)
    mine = authority.issue_client("sca.example", now=now)
    (tmp_path / "client.pem").write_bytes(mine.pem())
    (tmp_path / "client.key").write_bytes(mine.pem_private())
    site = SignerSite(
        description=TEXTS, signer_role=ROLES, sign_policy="1.3.6.1.4.1.49274.1.1.7.2.0"
    )
    rng = random.Random(7)
    party = make_party("partner", rng=rng, redirect_url="", label="Zadelmakerij Voorbeeld")
    provider = ItsmeSign([party], authority=Authority(now=now), rng=rng)

    def door(serving: Any, listener: str, host: str, *, ask: bool = False) -> LoopbackDoor:
        def heard(request: Request, response: Response) -> None:
            if listener == "front":
                front.append((request, response))

        return LoopbackDoor(
            serving,
            clock=clock,
            on_exchange=heard,
            on_connection=lambda _: None,
            host=host,
            listener=listener,
            server_tls=tls,
            request_client_certificate=ask,
        )

    with ExitStack() as open_doors:
        main = open_doors.enter_context(door(provider, "main", "127.0.0.1", ask=True))
        pages = open_doors.enter_context(door(provider, "front", "localhost"))
        sca = open_doors.enter_context(door(site, "sca", "localhost"))
        provider.front, site.origin = pages.origin, sca.origin
        party = make_party(
            "partner",
            rng=rng,
            redirect_url=f"{sca.origin}/return",
            label="Zadelmakerij Voorbeeld",
            certificates=(mine.sha256,),
        )
        provider.register(party)
        site.signer.scenario(
            {
                "ca_file": str(tmp_path / "ca.pem"),
                "itsme": {
                    "base_url": provider.base_url(main.origin),
                    "partner_code": party.partner_code,
                    "service_code": party.service_code,
                    "redirect_url": party.redirect_url,
                    "client_certificate_file": str(tmp_path / "client.pem"),
                    "client_key_file": str(tmp_path / "client.key"),
                },
            }
        )
        yield Street(site, provider, clock, front)
        site.signer.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as player:
        started = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(ignore_https_errors=True, locale="nl-BE")
    yield context.new_page()
    context.close()


def press(page: Any, button: str) -> None:
    """Go to a button with the keyboard alone, and press it."""
    for _ in range(6):
        if page.evaluate("document.activeElement.value") == button:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard never came to {button}")


def dial(page: Any, phone: str) -> None:
    """Type into the field that has the focus from the start, and go on."""
    page.wait_for_function("document.activeElement.name === 'phone'")
    page.keyboard.type(phone)
    press(page, "approve")


def identify(page: Any, street: Street, phone: str, lang: str = "NL") -> None:
    page.goto(street.site.start_at({"lang": lang}))
    dial(page, phone)


def outcome(page: Any) -> str:
    told: str = page.inner_text("#came-of-it")
    return told


def came_back_with_their_own_parameters(street: Street, times: int) -> None:
    assert len(street.site.returns) == times
    for address in street.site.returns:
        assert set(parse_qs(urlsplit(address).query)) == {"scaContext"}


def test_a_person_signs_in_dutch(street: Street, page: Any) -> None:
    page.goto(street.site.start_at({"lang": "NL"}))
    assert page.get_attribute("html", "lang") == "nl"
    assert "Zadelmakerij Voorbeeld" in page.inner_text("main")
    dial(page, "0400 00 00 01")
    shown = page.inner_text("main")
    for text in (TEXTS["nl"], ROLES["nl"], "Gekwalificeerde handtekening", "één document"):
        assert text in shown
    press(page, "approve")
    assert outcome(page) == "signed"
    came_back_with_their_own_parameters(street, 2)
    assert {request.tls.peer_sha256 for request, _ in street.front if request.tls} == {None}


@pytest.mark.parametrize("lang", ["EN", "FR", "NL", "DE"])
def test_a_person_refuses_to_sign_in_each_language(street: Street, page: Any, lang: str) -> None:
    identify(page, street, "+32 400 00 00 01", lang)
    assert page.get_attribute("html", "lang") == lang.lower()
    assert TEXTS[lang.lower()] in page.inner_text("main")
    press(page, "reject")
    assert outcome(page) == "not signed: user_rejected"
    came_back_with_their_own_parameters(street, 2)


def test_an_unknown_number_is_told_and_can_be_mended(street: Street, page: Any) -> None:
    identify(page, street, "0400 99 99 99")
    assert page.get_attribute("#phone", "aria-invalid") == "true"
    assert "Niemand" in page.inner_text("[role=alert]")
    assert page.title().startswith("Fout")
    dial(page, "0400 00 00 02")
    press(page, "approve")
    assert outcome(page) == "signed"


def test_a_first_certificate_is_made_on_the_way(street: Street, page: Any) -> None:
    identify(page, street, "0400 00 00 03")
    assert "handtekeningcertificaat" in page.inner_text("main")
    press(page, "approve")
    press(page, "approve")
    assert outcome(page) == "signed"


def test_a_first_certificate_can_be_refused(street: Street, page: Any) -> None:
    identify(page, street, "0400 00 00 03")
    press(page, "reject")
    assert outcome(page) == "not signed: user_rejected"
    came_back_with_their_own_parameters(street, 1)


def test_a_first_certificate_lapses_after_three_minutes(street: Street, page: Any) -> None:
    identify(page, street, "0400 00 00 03")
    asked_again = page.get_attribute("meta[http-equiv=refresh]", "content")
    assert ACTION_SECONDS - 20 <= int(asked_again) <= ACTION_SECONDS + 2
    street.clock.advance(ACTION_SECONDS + 1)
    page.reload()  # what the page does by itself when the time is over
    assert outcome(page) == "not signed: user_expired"


def test_a_signature_lapses_too(street: Street, page: Any) -> None:
    identify(page, street, "0400 00 00 01")
    street.clock.advance(ACTION_SECONDS + 1)
    press(page, "approve")
    assert outcome(page) == "not signed: user_expired"
    came_back_with_their_own_parameters(street, 2)


def test_two_people_at_once_are_not_mixed_up(street: Street, chromium: Any) -> None:
    contexts = [chromium.new_context(ignore_https_errors=True) for _ in range(2)]
    one, other = (context.new_page() for context in contexts)
    identify(one, street, "0400 00 00 01")
    identify(other, street, "0400 00 00 02")
    press(one, "reject")
    press(other, "approve")
    assert (outcome(one), outcome(other)) == ("not signed: user_rejected", "signed")
    for context in contexts:
        context.close()
