"""The pages: what opening and deciding does, where the browser goes, in which language."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from proefbank.exchange import Request, Response

from .itsme_bench import NOW, REDIRECT, Bench, bench, codes, reason


def opened(on: Bench, **changes: Any) -> str:
    """Open an identification session; return the address of its page."""
    return str(json.loads(on.identify(**changes).body)["identificationUrl"])


def signing_url(on: Bench, **itsme: Any) -> str:
    return str(json.loads(on.start(**itsme).body)["optOutp"]["itsme"]["signingUrl"])


def place(answer: Response) -> str | None:
    assert answer.status in {200, 303}
    return answer.header("Location")


def states(on: Bench) -> dict[str, int]:
    counted: dict[str, int] = on.provider.state(on.now)["sessions"]["states"]
    return counted


def test_a_stranger_is_asked_for_a_number() -> None:
    on = bench()
    url = opened(on)
    page = on.visit(url)
    assert page.status == 200
    assert b'name="phone"' in page.body
    assert b'method="post"' in page.body
    assert states(on) == {"AT_PAGE": 1}
    assert page.trail.facts["phase"] == "identification"
    assert place(on.visit(url, "approve", phone="0400 00 00 02")) == REDIRECT
    assert states(on) == {"READY": 1}


@pytest.mark.parametrize(
    "number", ["0400000001", "+32 400/00.00.01", "0032400000001", "+32(0)400-00-00-01"]
)
def test_numbers_are_written_in_many_ways(number: str) -> None:
    on = bench()
    url = opened(on)
    on.visit(url)
    assert on.visit(url, "approve", phone=number).trail.facts["person"] == "with-certificate"


@pytest.mark.parametrize("number", ["", "0499", "é", "x" * 5000, "\0"])
def test_an_unknown_number_leads_nowhere(number: str) -> None:
    on = bench()
    url = opened(on)
    on.visit(url)
    answer = on.visit(url, "approve", phone=number)
    assert answer.status == 200
    assert b'name="phone"' in answer.body
    assert states(on) == {"AT_PAGE": 1}


def test_a_known_person_passes_at_once() -> None:
    on = bench()
    url = opened(on, userCode=on.provider.user_code("another", "batch"))
    assert states(on) == {"CREATED": 1}
    assert place(on.visit(f"{url}&mine=1")) == f"{REDIRECT}?mine=1"
    assert states(on) == {"READY": 1}


def test_a_known_person_without_a_certificate_makes_one() -> None:
    on = bench()
    url = opened(on, userCode=on.provider.user_code("without-certificate", "batch"))
    page = on.visit(url)
    assert page.status == 200
    assert b'name="phone"' not in page.body
    assert states(on) == {"CERT_ACTION": 1}
    assert place(on.visit(url, "approve")) == REDIRECT
    again = opened(on, userCode=on.provider.user_code("without-certificate", "batch"))
    assert place(on.visit(again)) == REDIRECT
    on.provider.reset()
    once_more = opened(on, userCode=on.provider.user_code("without-certificate", "batch"))
    assert on.visit(once_more).status == 200


def test_a_known_person_may_be_ready_before_any_visit() -> None:
    on = bench(ready_at_once=True)
    answer = on.identify(userCode=on.provider.user_code("another", "batch"))
    assert answer.trail.facts["state"] == "READY"
    assert on.ask(json.loads(answer.body)["asyncRespID"]).status == 200


@pytest.mark.parametrize(
    ("person", "acts", "state"),
    [
        ("with-certificate", ("reject",), "FAILED"),
        ("without-certificate", ("approve", "reject"), "REJECTED"),
        ("blocked", ("approve",), "BLOCKED"),
    ],
)
def test_the_browser_comes_back_after_a_failure_too(
    person: str, acts: tuple[str, ...], state: str
) -> None:
    on = bench()
    assert place(on.walk(opened(on), person, *acts)) == REDIRECT
    assert states(on) == {state: 1}


def test_the_browser_comes_back_when_it_is_too_late() -> None:
    on = bench()
    url = opened(on)
    on.walk(url, "without-certificate", "approve")
    on.now += 181
    assert place(on.visit(url)) == REDIRECT
    assert states(on) == {"EXPIRED": 1}


def test_looking_again_changes_nothing() -> None:
    on = bench()
    url = signing_url(on)
    for _ in range(2):
        on.visit(url)
        assert states(on) == {"S_AT_PAGE": 1}
    on.visit(url, "approve")
    for act in (None, "reject"):
        assert place(on.visit(url, act)) == REDIRECT
        assert states(on) == {"S_DONE": 1}


def test_looking_again_does_not_prolong() -> None:
    on = bench()
    url = signing_url(on)
    on.visit(url)
    on.now += 100
    on.visit(url)
    on.now += 100
    assert place(on.visit(url)) == REDIRECT
    assert states(on) == {"S_EXPIRED": 1}


@pytest.mark.parametrize("act", ["", "APPROVE", "x" * 20_000])
def test_nothing_chosen_is_nothing_done(act: str) -> None:
    on = bench()
    url = signing_url(on)
    on.visit(url)
    assert on.visit(url, act).status == 200
    assert states(on) == {"S_AT_PAGE": 1}


@pytest.mark.parametrize("url", [opened, signing_url])
def test_a_page_is_opened_with_get(url: Any) -> None:
    on = bench()
    at = url(on)
    answer = on.visit(at, "approve", phone="0400 00 00 01")
    assert (answer.status, answer.header("Allow")) == (405, "GET")
    assert codes(answer) == ["page-not-opened-with-get"]
    parts = urlsplit(at)
    target = f"{parts.path}?{parts.query}"
    for method, status in (("HEAD", 200), ("PUT", 405)):
        request = Request(method, target, listener="front", received_at=NOW)
        assert on.provider.handle(request).status == status
    assert set(states(on)) <= {"CREATED", "S_CREATED"}


BACK = [
    ("", REDIRECT, REDIRECT),
    ("&mine=1", REDIRECT, f"{REDIRECT}?mine=1"),
    ("&a=1&a=2&b", REDIRECT, f"{REDIRECT}?a=1&a=2&b"),
    ("&x=%C3%A9%20%26+y", REDIRECT, f"{REDIRECT}?x=%C3%A9%20%26+y"),
    ("&mine=1", f"{REDIRECT}?sessionID=7", f"{REDIRECT}?sessionID=7&mine=1"),
    ("", f"{REDIRECT}?sessionID=7", f"{REDIRECT}?sessionID=7"),
    ("&language=XX&q=z&mine=1", REDIRECT, f"{REDIRECT}?mine=1"),
    ("&&", REDIRECT, REDIRECT),
]


@pytest.mark.parametrize(("added", "sent", "back"), BACK)
def test_what_was_appended_comes_back(added: str, sent: str, back: str) -> None:
    on = bench()
    url = opened(on, redirectUrl=sent)
    on.visit(url + added)
    answer = on.visit(url + added, "approve", phone="0400 00 00 01")
    assert place(answer) == back
    url = signing_url(on, redirectUrl=sent)
    on.visit(url + added)
    assert place(on.visit(url + added, "approve")) == back


def test_what_the_address_lost_is_told() -> None:
    on = bench()
    url = opened(on)
    path, _, query = url.partition("?")
    q = next(pair for pair in query.split("&") if pair.startswith("q="))
    assert on.visit(f"{path}?{q}").trail.facts["language_kept"] is False
    assert on.visit(url).trail.facts["language_kept"] is True
    assert on.visit(f"{url}&mine=1&other").trail.facts["appended"] == ["mine", "other"]
    for address, code in ((path, "page-without-q"), (f"{path}?q=x", "page-unknown")):
        answer = on.visit(address)
        assert answer.status == 404
        assert codes(answer) == [code]


def test_a_page_belongs_to_its_own_kind() -> None:
    on = bench()
    identify, sign = opened(on), signing_url(on)
    mixed = f"{identify.partition('?')[0]}?{sign.partition('?')[2]}"
    assert on.visit(mixed).status == 404


def test_pages_are_on_the_front_only() -> None:
    on = bench()
    parts = urlsplit(opened(on))
    target = f"{parts.path}?{parts.query}"
    assert on.provider.handle(Request("GET", target, received_at=NOW)).status == 404
    answer = on.send("/user_identification", on.identification(), listener="front")
    assert answer.status == 404
    on.provider.front = None
    assert on.provider.handle(Request("GET", target, received_at=NOW)).status == 200


DESCRIPTION = [{"lang": lang, "value": f"{lang} & <b>"} for lang in ("EN", "FR", "NL", "DE")]


def test_the_signer_sees_what_was_sent_and_nothing_else() -> None:
    on = bench()
    page = on.visit(signing_url(on)).body.decode()
    assert on.party.label in page
    assert on.party.partner_code not in page
    commitment = next(iter(on.provider.offer.commitments))
    policy = next(one for one in on.provider.offer.policies if one.enabled)
    sent = {"signPolicyRef": policy.ref, "commitmentTypeRef": commitment}
    page = on.visit(signing_url(on, description=DESCRIPTION, signPolicy=sent)).body.decode()
    assert "FR &amp; &lt;b&gt;" in page
    assert "EN &amp;" not in page


@pytest.mark.parametrize(
    ("lang", "headers", "seen"),
    [
        ("NL", {"Cookie": "language=DE", "Accept-Language": "fr"}, "nl"),
        (None, {"Cookie": "a=b; language=DE", "Accept-Language": "fr"}, "de"),
        (None, {"Cookie": "language=XX", "Accept-Language": "es, fr-BE;q=0.8"}, "fr"),
        (None, {"Accept-Language": "zh"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_asked_for_or_remembered_or_the_browsers(
    lang: str | None, headers: dict[str, str], seen: str
) -> None:
    on = bench()
    request = on.start_request()
    request["optInp"]["lang"] = lang
    told = json.loads(on.send("/sign_document", request).body)
    parts = urlsplit(told["optOutp"]["itsme"]["signingUrl"])
    target = f"{parts.path}?{parts.query}"
    some = tuple(headers.items())
    page = on.provider.handle(Request("GET", target, some, listener="front", received_at=NOW))
    assert f'<html lang="{seen}"'.encode() in page.body


def test_faults_of_the_front() -> None:
    on = bench()
    url = opened(on)
    on.provider.arm("front-html-500")
    assert on.visit(url).status == 500
    assert states(on) == {"CREATED": 1}
    on.visit(url)
    on.provider.arm("front-no-return")
    assert on.visit(url, "approve", phone="0400 00 00 01").status == 200
    assert states(on) == {"READY": 1}
    on.provider.arm("front-own-parameters")
    assert "q=" in str(place(on.visit(url)))
    on.provider.arm("front-reset")
    assert on.visit(url).wire.reset
    on.provider.arm("front-delay", seconds=3)
    assert on.visit(url).wire.delay == 3
    assert reason(on.ask("x")) == (409, None)
