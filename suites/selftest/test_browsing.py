"""The browser that the bench plays people with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from proefbank.browsing import PRESSES, Browser, Visit
from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.exchange import Request, Response
from proefbank.pki import CertificateAuthority

HOME = "https://sca.example/return?own=1"
PAGE = """<!doctype html><title>{title}</title>
<form method="post" action="?{query}"><label>Phone <input name="phone"></label>
<input type="hidden" name="step" value="{step}">
<button name="act" value="approve">Yes</button><button name="act" value="reject">No</button></form>
"""


class Pages:
    """Two pages with a form each, then back home with what was typed."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, list[str]]]] = []
        self.languages: list[str | None] = []

    def handle(self, request: Request) -> Response:
        """Answer the page, or leave it."""
        self.languages.append(request.header("accept-language"))
        if request.path == "/moved":
            return Response(302, (("Location", "/first?q=1"),))
        if request.path == "/nothing":
            return Response(200, (("Content-Type", "text/html"),), b"<p>no form</p>")
        if request.path == "/round":
            return Response(303, (("Location", "/round"),))
        if request.method == "GET":
            return self.page("1", request.query)
        sent = parse_qs(request.body.decode())
        self.heard.append((request.query, sent))
        if sent["act"] == ["reject"] or sent["step"] == ["2"]:
            return Response(303, (("Location", HOME),))
        return self.page("2", request.query)

    def page(self, step: str, query: str) -> Response:
        """Return the page of a step."""
        text = PAGE.format(title=step, step=step, query=query)
        cookie = ("Set-Cookie", "seen=1; Secure; HttpOnly")
        return Response(200, (("Content-Type", "text/html"), cookie), text.encode())

    def reset(self) -> None:
        """Nothing to forget."""


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def browser(pages: Pages, tmp_path: Path) -> Iterator[Browser]:
    clock = Clock()
    tls = ServerTls(CertificateAuthority(now=clock.now()), now=clock.now())
    (tmp_path / "ca.pem").write_bytes(tls.ca_pem)
    door = LoopbackDoor(
        pages,
        clock=clock,
        on_exchange=lambda *_: None,
        on_connection=lambda _: None,
        host="localhost",
        listener="front",
        server_tls=tls,
    )
    with door:
        made = Browser(tmp_path / "ca.pem", door.origin, language="nl-BE")
        yield made
        made.close()


def go(browser: Browser, path: str, act: str) -> Visit:
    return browser.visit(browser._pages + path, {"phone": "400"}, PRESSES[act])


def test_a_person_fills_in_the_form_and_goes_home(browser: Browser, pages: Pages) -> None:
    visit = go(browser, "/first?q=1", "approve")
    assert visit == Visit(HOME, 303, 2)
    assert [query for query, _ in pages.heard] == ["q=1", "q=1"]
    assert pages.heard[0][1] == {"phone": ["400"], "step": ["1"], "act": ["approve"]}
    assert set(pages.languages) == {"nl-BE"}


@pytest.mark.parametrize(
    ("act", "pressed"), [("reject", ["reject"]), ("approve-then-reject", ["approve", "reject"])]
)
def test_a_person_can_refuse_at_either_page(
    browser: Browser, pages: Pages, act: str, pressed: list[str]
) -> None:
    assert go(browser, "/first?q=1", act).returned_to == HOME
    assert [sent["act"][0] for _, sent in pages.heard] == pressed


def test_a_person_can_look_and_do_nothing(browser: Browser, pages: Pages) -> None:
    visit = go(browser, "/moved", "open")
    assert (visit.returned_to, visit.status, visit.pages) == (None, 200, 1)
    assert not pages.heard


def test_what_lies_outside_the_pages_is_never_fetched(browser: Browser, pages: Pages) -> None:
    visit = browser.visit("https://elsewhere.invalid/x", {}, PRESSES["approve"])
    assert visit == Visit(None, None, 0, "the address is none of the pages")
    assert not pages.languages


@pytest.mark.parametrize(("path", "why"), [("/nothing", "no button"), ("/round", "no end")])
def test_a_page_that_leads_nowhere_is_told(browser: Browser, path: str, why: str) -> None:
    visit = go(browser, path, "approve")
    assert visit.returned_to is None
    assert why in visit.why


@pytest.mark.parametrize("url", ["", "not a url", "https://[", "relative/path", "javascript:0"])
def test_an_address_that_is_none_goes_nowhere(browser: Browser, url: str, pages: Pages) -> None:
    assert browser.visit(url, {}, PRESSES["approve"]).pages == 0
    assert not pages.languages
