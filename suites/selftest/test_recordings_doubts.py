"""Recordings that somebody redacted, and recordings whose clock cannot be trusted."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from proefbank.doors.recordings import read_recording
from proefbank.journal import Event
from proefbank.recordings.judging import judged_events
from proefbank.recordings.redactions import is_placeholder
from proefbank.report.validation import problems_in_events
from proefbank.service import service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.ehealth.wayward import WAYWARD as CONSUMERS
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.itsme.wayward import WAYWARD as SIGNERS
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD

from .overheard import Run, as_cassette, as_har, outcomes, recorded, verdicts, written, wrong

STAGES = {
    "socialsecurity": ("token", "token-again", "token-with-scope", "api", "api-as-mandatary"),
    "ehealth": ("unsigned-tokens", "keys-no-cache", "keys-quarter-hours"),
    "itsme": ("sign", "sign-several", "sign-texts", "sign-resumed-again"),
}
CLIENTS: dict[str, type] = {
    "socialsecurity": ReferenceClient,
    "ehealth": ReferenceConsumer,
    "itsme": ReferenceSigner,
}
ALL: dict[str, Any] = {**WAYWARD, **CONSUMERS, **SIGNERS}
PLACEHOLDERS = (
    *("REDACTED", "***", "<redacted>", "[FILTERED]", "DUMMY", "<ACCESS_TOKEN>", "{{token}}"),
    *("[redacted by proxy]", "xxxxxxxx", "<token removed>"),
)
PLACES = {
    "socialsecurity": (
        *("client_assertion", "grant_type", "client_assertion_type", "scope", "client_id"),
        *("access_token", "token_type", "enterpriseNumber"),
    ),
    "itsme": (
        *("partnerCode", "serviceCode", "redirectUrl", "lang", "asyncRespID", "respID", "value"),
        *("userCode", "reqID", "id", "alg", "signPolicyRef", "commitmentTypeRef", "maj"),
    ),
    "ehealth": ("kid", "kty", "use", "alg", "jwks_uri", "issuer", "n"),
}
CUTS = [(name, place) for name, places in PLACES.items() for place in places]
DAY = 86_400.0


@cache
def run_of(name: str, wayward: str = "") -> Run:
    return recorded(service(name), ALL[wayward].client if wayward else CLIENTS[name], STAGES[name])


def archive_of(name: str, wayward: str = "") -> dict[str, Any]:
    return as_har([item for item in run_of(name, wayward).raw if item[1].listener == "main"])


def judged(path: Path) -> list[Event]:
    events = judged_events(read_recording(path), "again")
    assert not problems_in_events(events)
    return events


def reasons(events: list[Event]) -> dict[str, str]:
    return {e["requirement"].partition(".")[2]: e["reason"] for e in verdicts(events)}


# Values that are missing.


def cut(archive: dict[str, Any], name: str, what: str, only: int | None = None) -> int:
    """Put `what` in place of every member or parameter of a name; return how many there were."""
    count = 0
    for number, item in enumerate(archive["log"]["entries"]):
        if only is not None and number != only:
            continue
        for part in (item["request"].get("postData"), item["response"]["content"]):
            if part and part.get("text"):
                part["text"], some = _cut(part["text"], name, what)
                count += some
        for header in item["request"]["headers"]:
            if header["name"].lower() == name.lower():
                header["value"] = what
                count += 1
    return count


def _cut(text: str, name: str, what: str) -> tuple[str, int]:
    if text[:1] in "{[":
        told = json.loads(text)
        return (json.dumps(told), count) if (count := _walked(told, name, what)) else (text, 0)
    pairs = parse_qsl(text, keep_blank_values=True)
    if name not in dict(pairs):
        return text, 0
    return urlencode([(key, what if key == name else value) for key, value in pairs]), 1


def _walked(value: Any, name: str, what: str) -> int:
    count = 0
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and isinstance(inner, str):
                value[key] = what
                count += 1
            else:
                count += _walked(inner, name, what)
    elif isinstance(value, list):
        count += sum(_walked(inner, name, what) for inner in value)
    return count


@pytest.mark.parametrize("text", [*PLACEHOLDERS, "a.b.XXXXX", "a.b.AAAAAAAA"])
def test_placeholders_are_known(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "EN", "client_credentials", "0000000196", "<redacted:token ref=1 length=43>"),
        *("Bearer <redacted:token ref=1 length=43>", "self_service_chaman_000001_proefbank1"),
        *("Bearer", "a.b.c", "https://shop.example/removed", "*/*", "Xx", "the redacted document"),
    ],
)
def test_other_texts_are_not_taken_for_placeholders(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(("name", "member"), CUTS)
@pytest.mark.parametrize("everywhere", [True, False], ids=["everywhere", "once"])
def test_nobody_is_blamed_for_what_was_redacted(
    name: str, member: str, everywhere: bool, tmp_path: Path
) -> None:
    for what in PLACEHOLDERS if everywhere else PLACEHOLDERS[:2]:
        archive = copy.deepcopy(archive_of(name))
        there = [
            n
            for n in range(len(archive["log"]["entries"]))
            if cut(copy.deepcopy(archive), member, what, n)
        ]
        if not there:
            assert member in ("commitmentTypeRef", "client_id", "issuer", "jwks_uri")  # seldom sent
            return
        assert cut(archive, member, what, None if everywhere else there[len(there) // 2])
        events = judged(written(tmp_path / "x.har", archive))
        assert wrong(events) == set(), what


def test_a_right_client_is_right_before_anything_is_cut(tmp_path: Path) -> None:
    for name in CLIENTS:
        assert wrong(judged(written(tmp_path / f"{name}.har", archive_of(name)))) == set()


def test_it_is_told_what_to_unredact(tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("socialsecurity"))
    cut(archive, "client_assertion", "REDACTED")
    events = judged(written(tmp_path / "x.har", archive))
    shown, why = outcomes(events), reasons(events)
    for slug in ("assertion.aud-is-token-url", "assertion.jti-is-unique"):
        assert shown[slug] == {"not_observable"}
        assert re.fullmatch(
            r"unredact client_assertion \(request body of exchange 1\) and \d+ more to judge",
            why[slug],
        ), why[slug]
    assert shown["token-request.grant-type-is-client-credentials"] == {"passed"}
    assert shown["api-request.carries-a-token"] == {"passed"}


def test_a_defect_beside_the_redacted_value_is_found(tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("socialsecurity", "issuer-like-audience"))
    cut(archive, "authorization", "Bearer ***")
    cut(archive, "access_token", "***")
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == {"socialsecurity.assertion.aud-is-token-url"}
    assert outcomes(events)["api-request.carries-a-token"] == {"not_observable"}
    assert (
        "unredact authorization (request header of exchange"
        in reasons(events)["api-request.carries-a-token"]
    )


@pytest.mark.parametrize("left", ["Bearer REDACTED", "Bearer ***", "Bearer ", "Bearer", "", "***"])
def test_an_authorization_header_without_credentials_is_redacted(left: str, tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("socialsecurity"))
    cut(archive, "authorization", left)
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == set()
    assert outcomes(events)["api-request.carries-a-token"] == {"not_observable"}


def test_a_defect_in_another_exchange_is_found(tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("socialsecurity", "issuer-like-audience"))
    assert cut(archive, "client_assertion", "REDACTED", 0)
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == {"socialsecurity.assertion.aud-is-token-url"}


def test_a_signature_that_was_cut_off_hides_nothing_but_itself(tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("socialsecurity"))
    for item in archive["log"]["entries"]:
        if text := (item["request"].get("postData") or {}).get("text", ""):
            item["request"]["postData"]["text"] = re.sub(
                r"(client_assertion=[^.&]+\.[^.&]+\.)[^&]+", r"\1REDACTED", text
            )
    assert wrong(judged(written(tmp_path / "x.har", archive))) == set()


def sanitised(archive: dict[str, Any]) -> dict[str, Any]:
    """Return what Chrome exports when it is not asked for sensitive data."""
    told = copy.deepcopy(archive)
    told["log"]["creator"] = {"name": "WebInspector", "version": "537.36"}
    for item in told["log"]["entries"]:
        for side in ("request", "response"):
            item[side]["headers"] = [
                h
                for h in item[side]["headers"]
                if h["name"].lower() not in ("authorization", "cookie", "set-cookie")
            ]
    return told


def test_a_sanitised_export_of_chrome_blames_nobody(tmp_path: Path) -> None:
    events = judged(written(tmp_path / "x.har", sanitised(archive_of("socialsecurity"))))
    assert wrong(events) == set()
    assert outcomes(events)["api-request.carries-a-token"] == {"not_observable"}
    assert outcomes(events)["assertion.aud-is-token-url"] == {"passed"}


def test_a_client_without_a_token_is_found_where_the_tool_keeps_headers(tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("socialsecurity"))
    for item in archive["log"]["entries"]:
        if "federalLearning" in item["request"]["url"]:
            item["request"]["headers"] = [
                h for h in item["request"]["headers"] if h["name"].lower() != "authorization"
            ]
            item["response"]["status"] = 401
    found = wrong(judged(written(tmp_path / "x.har", archive)))
    assert "socialsecurity.api-request.carries-a-token" in found


def test_filters_of_vcrpy_that_take_things_away(tmp_path: Path) -> None:
    cassette = as_cassette(run_of("socialsecurity").raw)
    for item in cassette["interactions"]:
        headers = item["request"]["headers"]
        item["request"]["headers"] = {
            k: v for k, v in headers.items() if k.lower() != "authorization"
        }
        item["request"]["body"] = re.sub(r"&?client_assertion=[^&]*", "", item["request"]["body"])
    events = judged(written(tmp_path / "x.yaml", cassette))
    assert wrong(events) == set()
    assert outcomes(events)["token-request.carries-one-assertion"] == {"not_observable"}


@pytest.mark.parametrize("name", list(CLIENTS))
@pytest.mark.parametrize("side", ["request", "response"])
def test_bodies_that_were_not_kept_blame_nobody(name: str, side: str, tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of(name))
    for item in archive["log"]["entries"]:
        if side == "request":
            item["request"].pop("postData", None)
        else:
            item["response"]["content"].pop("text", None)
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == set()
    if (name, side) != ("ehealth", "request"):
        assert any("body of exchange" in e["reason"] for e in verdicts(events)) or name == "ehealth"


@pytest.mark.parametrize("name", list(CLIENTS))
def test_a_recording_that_lacks_any_one_exchange_blames_nobody(name: str, tmp_path: Path) -> None:
    """Leaving out what cannot be read must not make something of what is left."""
    archive = archive_of(name)
    entries = archive["log"]["entries"]
    for number in range(0, len(entries), max(1, len(entries) // 25)):
        archive["log"]["entries"] = entries[:number] + entries[number + 1 :]
        try:
            assert wrong(judged(written(tmp_path / "x.har", archive))) == set(), number
        finally:
            archive["log"]["entries"] = entries


# Clocks.


def shifted(
    archive: dict[str, Any], shift: Callable[[int], float], *, dates: bool
) -> dict[str, Any]:
    """Move the recorder's clock, entry by entry; without `dates` the answers tell no time."""
    told = copy.deepcopy(archive)
    for number, item in enumerate(told["log"]["entries"]):
        moved = _seconds(item["startedDateTime"]) + shift(number)
        item["startedDateTime"] = _iso(moved)
        if not dates:
            headers = item["response"]["headers"]
            item["response"]["headers"] = [h for h in headers if h["name"].lower() != "date"]
    return told


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def _iso(seconds: float) -> str:
    from proefbank.clock import to_iso

    return to_iso(seconds)


def jumps(half: int) -> Iterator[tuple[str, Callable[[int], float]]]:
    yield "back an hour", lambda n: -3600.0 if n >= half else 0.0
    yield "back three days", lambda n: -3 * DAY if n >= half else 0.0
    yield "ahead three days", lambda n: 3 * DAY if n >= half else 0.0
    yield "there and back", lambda n: 2 * DAY if half // 2 < n < half else 0.0
    yield "wrong all along", lambda n: 2 * 3600.0


@pytest.mark.parametrize("name", list(CLIENTS))
@pytest.mark.parametrize("dates", [True, False], ids=["with-date", "without-date"])
def test_a_clock_that_jumps_blames_nobody(name: str, dates: bool, tmp_path: Path) -> None:
    archive = archive_of(name)
    for what, shift in jumps(len(archive["log"]["entries"]) // 2):
        if what == "wrong all along" and not dates:
            continue  # nobody could know
        events = judged(written(tmp_path / "x.har", shifted(archive, shift, dates=dates)))
        assert wrong(events) == set(), what
        if name == "socialsecurity":
            assert outcomes(events)["assertion.lifetime-at-most-10-minutes"] == {"not_observable"}
            assert outcomes(events)["assertion.aud-is-token-url"] == {"passed"}
            assert any(
                "clock" in str(e.get("text")) or "no Date" in str(e.get("text")) for e in events
            ), what


def test_a_defect_that_needs_no_clock_is_found_in_spite_of_it(tmp_path: Path) -> None:
    archive = shifted(
        archive_of("socialsecurity", "issuer-like-audience"), lambda n: -900.0 * n, dates=True
    )
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == {"socialsecurity.assertion.aud-is-token-url"}


def test_a_clock_that_is_right_shows_a_lifetime_that_is_not(tmp_path: Path) -> None:
    archive = archive_of("socialsecurity", "long-lived")
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == {ALL["long-lived"].requirement}


@pytest.mark.parametrize("name", list(CLIENTS))
@pytest.mark.parametrize("told", ["", "yesterday", None, 12, "9999-99-99"])
def test_an_archive_without_instants_blames_nobody(name: str, told: object, tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of(name))
    for item in archive["log"]["entries"]:
        item["startedDateTime"] = told
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == set()
    if name == "ehealth":
        assert (
            "does not say when" in reasons(events)["keys.set-is-cached"]
            or "passed" not in (outcomes(events)["keys.set-is-cached"])
        )


def test_hammering_is_not_seen_without_instants(tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("ehealth"))
    first = next(e for e in archive["log"]["entries"] if e["request"]["url"].endswith("/certs"))
    archive["log"]["entries"] = [copy.deepcopy(first) for _ in range(30)]
    assert wrong(judged(written(tmp_path / "x.har", archive))) == {"ehealth.keys.set-is-cached"}
    for item in archive["log"]["entries"]:
        del item["startedDateTime"]
    events = judged(written(tmp_path / "y.har", archive))
    assert wrong(events) == set()
    assert "with instants would show it" in reasons(events)["keys.set-is-cached"]


def test_what_overlaps_is_put_in_order_and_is_no_jump(tmp_path: Path) -> None:
    archive = copy.deepcopy(archive_of("socialsecurity"))
    archive["log"]["entries"].reverse()  # some tools list what ended last first
    events = judged(written(tmp_path / "x.har", archive))
    assert wrong(events) == set()
    assert outcomes(events)["assertion.lifetime-at-most-10-minutes"] == {"passed"}
    exchanges = [e for e in events if e["event"] == "exchange"]
    assert "/token" in exchanges[0]["request"]["target"]  # type: ignore[index]
