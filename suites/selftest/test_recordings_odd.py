"""Recordings with more, less or other things in them than were said: nobody is blamed for that."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from email.utils import formatdate
from pathlib import Path
from typing import Any

import jwt
import pytest

from proefbank.clock import to_iso
from proefbank.doors.har_entries import heard_in_entry
from proefbank.doors.heard import once
from proefbank.doors.recordings import read_recording
from proefbank.journal import Event
from proefbank.judge import catalogue, rules_of
from proefbank.recordings.conversations import is_known
from proefbank.recordings.doubts import Doubts
from proefbank.recordings.judging import judged_events, verdicts_of
from proefbank.recordings.provenance import taken_from
from proefbank.report.validation import problems_in_events
from proefbank.service import module_of, service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.socialsecurity.provider.facts import API_BASE, ENVIRONMENTS, TOKEN_PATH
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.verdict import Outcome

from .overheard import Run, as_cassette, as_har, outcomes, recorded, verdicts, written, wrong

Json = dict[str, Any]
CLIENTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "socialsecurity": (ReferenceClient, ("token", "token-again", "api", "api-again")),
    "itsme": (ReferenceSigner, ("sign", "sign-several")),
    "ehealth": (ReferenceConsumer, ("keys-cold-start",)),
}
RUNS: dict[str, Run] = {}
BEGIN = 1_800_000_000.0
ACC = ENVIRONMENTS["acc"]
REALM = "https://api-acpt.ehealth.fgov.be/auth/realms/M2M"
CERTS = f"{REALM}/protocol/openid-connect/certs"


def run_of(name: str) -> Run:
    if name not in RUNS:
        client, stages = CLIENTS[name]
        RUNS[name] = recorded(service(name), client, stages)
    return RUNS[name]


def archive_of(name: str) -> Json:
    return copy.deepcopy(as_har([one for one in run_of(name).raw if one[1].listener == "main"]))


def changed(archive: Json, change: Callable[[Json], list[Json]]) -> Json:
    told = copy.deepcopy(archive)
    told["log"]["entries"] = [made for item in told["log"]["entries"] for made in change(item)]
    return told


def judged(path: Path, profile: Path | None = None) -> list[Event]:
    events = judged_events(read_recording(path, is_known), "again", profile=profile)
    assert not problems_in_events(events)
    return events


def green(events: list[Event]) -> set[str]:
    return {e["requirement"] for e in verdicts(events) if e["outcome"] == "passed"}


def notes(events: list[Event]) -> str:
    return " ".join(str(event["text"]) for event in events if event["event"] == "note")


# The same conversation, told otherwise.


def same_again(item: Json) -> list[Json]:
    return [item, copy.deepcopy(item)]


def at_a_second_proxy(item: Json) -> list[Json]:
    inner = copy.deepcopy(item)
    inner["startedDateTime"] = _moved(item, timedelta(milliseconds=1))
    item["time"], inner["time"] = 5, 1
    return [item, inner]


def in_a_service_worker(item: Json) -> list[Json]:
    item["response"]["_fetchedViaServiceWorker"] = True
    return at_a_second_proxy(item)


def with_a_preflight(item: Json) -> list[Json]:
    asked = copy.deepcopy(item)
    asked["request"] |= {"method": "OPTIONS", "headers": [{"name": "Origin", "value": "null"}]}
    asked["request"].pop("postData", None)
    asked["response"] |= {"status": 204, "content": {"size": 0, "mimeType": ""}}
    return [asked, item]


def tried_before(item: Json) -> list[Json]:
    blocked = copy.deepcopy(item)
    blocked["response"] = {"status": 0, "headers": [], "content": {"size": 0}}
    return [blocked, item]


def over_http2(item: Json) -> list[Json]:
    for side in ("request", "response"):
        headers = item[side]["headers"]
        item[side]["headers"] = [{**h, "name": h["name"].lower()} for h in headers]
    item["request"]["headers"].insert(0, {"name": ":method", "value": item["request"]["method"]})
    return [item]


def without_headers(item: Json) -> list[Json]:
    item["request"]["headers"], item["response"]["headers"] = [], []
    return [item]


def without_bodies(item: Json) -> list[Json]:
    for side in ("request", "response"):
        headers = item[side]["headers"]
        item[side]["headers"] = [h for h in headers if h["name"].lower() != "content-length"]
    item["request"]["bodySize"] = -1
    item["request"].pop("postData", None)
    return [item]


def in_params(item: Json) -> list[Json]:
    data = item["request"].get("postData")
    if data and "client_assertion=" in data["text"]:
        pairs = (pair.split("=") for pair in data.pop("text").split("&"))
        data["params"] = [{"name": name, "value": value} for name, value in pairs]
    return [item]


def in_local_time(item: Json) -> list[Json]:
    item["startedDateTime"] = _local(item, 1)
    return [item]


def in_local_time_without_dates(item: Json) -> list[Json]:
    headers = item["response"]["headers"]
    item["response"]["headers"] = [h for h in headers if h["name"].lower() != "date"]
    item["startedDateTime"] = _local(item, -5)
    return [item]


def answered(status: int, body: str) -> Callable[[Json], list[Json]]:
    def change(item: Json) -> list[Json]:
        item["response"] |= {"status": status, "content": {"size": len(body), "text": body}}
        return [item]

    change.__name__ = f"answered {status} {body[:6]}"
    return change


def _moved(item: Json, by: timedelta) -> str:
    return (datetime.fromisoformat(item["startedDateTime"]) + by).isoformat()


def _local(item: Json, hours: int) -> str:
    there = timezone(timedelta(hours=hours))
    when = datetime.fromisoformat(item["startedDateTime"]).astimezone(there)
    return when.replace(tzinfo=None).isoformat()


MAINTENANCE = "<html>We will be back soon</html>"
WAYS: tuple[Callable[[Json], list[Json]], ...] = (
    *(same_again, at_a_second_proxy, in_a_service_worker, with_a_preflight, tried_before),
    *(over_http2, without_headers, without_bodies, in_params, in_local_time),
    in_local_time_without_dates,
    *(answered(500, MAINTENANCE), answered(503, MAINTENANCE), answered(200, MAINTENANCE)),
    *(answered(401, "{}"), answered(403, "{}"), answered(304, ""), answered(302, "")),
)


@pytest.mark.parametrize("change", WAYS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", list(CLIENTS))
def test_a_right_client_is_right_whoever_tells_it(
    name: str, change: Callable[[Json], list[Json]], tmp_path: Path
) -> None:
    whole = judged(written(tmp_path / "whole.har", archive_of(name)))
    assert wrong(whole) == set()
    told = judged(written(tmp_path / "told.har", changed(archive_of(name), change)))
    assert wrong(told) == set()
    assert green(told) <= green(whole)


@pytest.mark.parametrize("name", list(CLIENTS))
@pytest.mark.parametrize("seed", range(3))
def test_a_right_client_is_right_in_any_order(name: str, seed: int, tmp_path: Path) -> None:
    archive = archive_of(name)
    random.Random(seed).shuffle(archive["log"]["entries"])
    assert wrong(judged(written(tmp_path / "x.har", archive))) == set()


def test_what_was_heard_twice_is_said(tmp_path: Path) -> None:
    archive = changed(archive_of("socialsecurity"), at_a_second_proxy)
    assert "heard in a second place" in notes(judged(written(tmp_path / "x.har", archive)))


@pytest.mark.parametrize(
    ("later", "status", "kept"), [(1, 200, 1), (30, 200, 2), (1, 503, 1), (30, 503, 2)]
)
def test_who_sends_the_same_again_after_the_answer_does_it_twice(
    later: int, status: int, kept: int
) -> None:
    first = token_request(BEGIN, status=status)
    again = copy.deepcopy(first)
    again["startedDateTime"] = _moved(first, timedelta(milliseconds=later))
    heard = [heard_in_entry(item) for item in (first, again)]
    assert len(once([item for item in heard if item])) == kept


def test_a_replay_is_one_though_its_entries_overlap(tmp_path: Path) -> None:
    first = token_request(BEGIN)
    again = copy.deepcopy(first)
    again["response"]["content"]["text"] = first["response"]["content"]["text"].replace("T", "U")
    found = found_in(written(tmp_path / "x.har", har(first, again)))
    assert found == {"socialsecurity.assertion.jti-is-unique"}


def test_a_cassette_that_was_joined_with_itself(tmp_path: Path) -> None:
    cassette = as_cassette(run_of("socialsecurity").raw)
    cassette["interactions"] *= 2
    assert wrong(judged(written(tmp_path / "x.yaml", cassette))) == set()


def test_what_aiohttp_was_handed_is_not_what_was_sent(tmp_path: Path) -> None:
    cassette = as_cassette(run_of("socialsecurity").raw)
    for item in cassette["interactions"]:
        body = item["request"]["body"]
        if body.startswith("{"):
            item["request"]["body"] = json.loads(body)
        elif body:
            item["request"]["body"] = dict(pair.split("=") for pair in body.split("&"))
        own = ("authorization", "belgov-trace-id")
        headers = item["request"]["headers"]
        item["request"]["headers"] = {k: v for k, v in headers.items() if k.lower() in own}
    events = judged(written(tmp_path / "x.yaml", cassette))
    assert wrong(events) == set()
    found = outcomes(events)
    assert found["token-request.says-form-urlencoded"] == {"not_observable"}
    assert found["api-request.accept-is-sent"] == {"not_observable"}


@pytest.mark.parametrize("body", [None, ["a"], {"a": 1}, "text", {"string": "text"}])
def test_a_cassette_has_bodies_of_many_kinds(body: object, tmp_path: Path) -> None:
    cassette = as_cassette(run_of("socialsecurity").raw)
    cassette["interactions"][0]["request"]["body"] = body
    del cassette["interactions"][1]["response"]
    judged(written(tmp_path / "x.yaml", cassette))


# Answers of the browser's own.


def fetch(at: float, agent: str = "consumer/1.0", status: int = 200, **more: Any) -> Json:
    headers = more.pop("headers", {})
    return entry("GET", more.pop("url", CERTS), at, "", {"User-Agent": agent}, status,
                 more.pop("answer", '{"keys": []}'), headers) | more  # fmt: skip


CACHED = [
    ("WebInspector", {"_fromCache": "disk"}),
    ("WebKit Web Inspector", {"_fetchType": "Memory Cache"}),
    ("Firefox", {"cache": {"afterRequest": None}}),
]


@pytest.mark.parametrize(("creator", "mark"), CACHED)
def test_what_a_browser_had_in_its_cache_was_not_asked_for(
    creator: str, mark: Json, tmp_path: Path
) -> None:
    entries = [fetch(BEGIN), *(fetch(BEGIN + n, **mark) for n in range(1, 16))]
    events = judged(written(tmp_path / "x.har", har(*entries, creator=creator)))
    assert wrong(events) == set()
    assert "15 requests that the browser answered itself were left out" in notes(events)
    asked = [fetch(BEGIN + n) for n in range(16)]
    events = judged(written(tmp_path / "x.har", har(*asked, creator=creator)))
    assert wrong(events) == {"ehealth.keys.set-is-cached"}


# Several clients in one recording.


def entry(  # noqa: PLR0913, PLR0917 - an entry has as many parts
    method: str, url: str, at: float, body: str, headers: Json, status: int, answer: str, got: Json
) -> Json:
    said = {"Host": url.split("/")[2], "User-Agent": "client/1.0", **headers}
    if body:
        said["Content-Length"] = str(len(body))
    replied = {"Date": formatdate(at, usegmt=True), "Content-Type": "application/json", **got}
    return {
        "startedDateTime": to_iso(at),
        "time": 20,
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": name, "value": value} for name, value in said.items()],
            "bodySize": len(body),
            **({"postData": {"mimeType": "x", "text": body}} if body else {}),
        },
        "response": {
            "status": status,
            "headers": [{"name": name, "value": value} for name, value in replied.items()],
            "content": {"size": len(answer), "text": answer},
        },
    }


def har(*entries: Json, creator: str = "a proxy") -> Json:
    return {"log": {"version": "1.2", "creator": {"name": creator}, "entries": list(entries)}}


def token_request(
    at: float, client: str = "self_service_a", *, to: str = ACC.token_url, status: int = 200,
    token: str = "T" * 40, **claims: Any,
) -> Json:  # fmt: skip
    told = {
        **dict.fromkeys(("iss", "sub"), client),
        "aud": ACC.audience,
        "jti": f"{client}-{at}",
        "exp": int(at) + 240,
        **claims,
    }
    assertion = jwt.encode(told, "k" * 64, "HS256").replace("HS256", "RS256")
    kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    body = (
        f"grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}"
    )
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return entry("POST", to, at, body, form, status, json.dumps(answer), {})


def api_call(at: float, token: str, base: str = API_BASE) -> Json:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, application/problem+json",
        "BelGov-Trace-Id": f"trace-{at}",
    }
    url = f"{ACC.token_url.removesuffix(TOKEN_PATH)}{base}/registrations"
    return entry("GET", url, at, "", headers, 200, "{}", {})


ASYMMETRIC = "socialsecurity.assertion.signature-is-asymmetric"  # the tests sign in a simple way


def found_in(path: Path, profile: Path | None = None) -> set[str]:
    return wrong(judged(path, profile)) - {ASYMMETRIC}


def test_ids_of_two_clients_may_be_the_same(tmp_path: Path) -> None:
    one, two = token_request(BEGIN, "a", jti="1"), token_request(BEGIN + 5, "b", jti="1")
    assert found_in(written(tmp_path / "x.har", har(one, two))) == set()
    two = token_request(BEGIN + 5, "a", jti="1")
    told = found_in(written(tmp_path / "x.har", har(one, two)))
    assert told == {"socialsecurity.assertion.jti-is-unique"}


ACCOUNTS = """
[[accounts]]
name = "one"
client_id = "self_service_a"
enterprise_number = "0000000196"
capacity = "employer"
environment = "acc"

[[accounts]]
name = "two"
client_id = "self_service_b"
enterprise_number = "0000000295"
capacity = "training_provider"
environment = "acc"
"""


@pytest.mark.parametrize(("token", "blamed"), [("A" * 40, True), ("B" * 40, False)])
@pytest.mark.parametrize("first", ["a", "b"])
def test_a_call_is_the_account_s_whose_token_it_shows(
    token: str, blamed: bool, first: str, tmp_path: Path
) -> None:
    """Only for a training provider is the address of the API yet to be published."""
    profile = tmp_path / "proefbank.toml"
    profile.write_text(ACCOUNTS, encoding="utf-8")
    fetched = [
        token_request(BEGIN + n, f"self_service_{name}", token=name.upper() * 40)
        for n, name in enumerate(sorted("ab", key=lambda name: name != first))
    ]
    call = api_call(BEGIN + 9, token, re.sub(r"v\d+$", "v0", API_BASE))
    told = found_in(written(tmp_path / "x.har", har(*fetched, call)), profile)
    expected = {"socialsecurity.api-request.path-starts-at-the-fla-base"} if blamed else set()
    assert told == expected


def test_of_two_consumers_neither_answers_for_the_other(tmp_path: Path) -> None:
    wait = {"Retry-After": "120"}
    told = fetch(BEGIN, "one/1", 429, headers=wait, answer="")
    for agent, expected in (("two/1", set()), ("one/1", {"ehealth.keys.retry-after-is-respected"})):
        events = judged(written(tmp_path / "x.har", har(told, fetch(BEGIN + 3, agent))))
        assert wrong(events) == expected
    found = outcomes(judged(written(tmp_path / "x.har", har(told))))
    assert found["keys.retry-after-is-respected"] == {"not_observable"}
    late = fetch(BEGIN + 130, "one/1")
    found = outcomes(judged(written(tmp_path / "x.har", har(told, late))))
    assert found["keys.retry-after-is-respected"] == {"passed"}
    days = [fetch(BEGIN + n * 72_000, f"{'one' if n % 2 else 'two'}/1") for n in range(6)]
    found = outcomes(judged(written(tmp_path / "x.har", har(*days))))
    assert found["keys.fetched-at-least-daily"] == {"not_observable"}


def test_each_realm_publishes_its_own_address(tmp_path: Path) -> None:
    other = REALM.replace("M2M", "healthcare")
    entries = []
    for realm, query in ((REALM, ""), (other, "?v=2")):
        certs = f"{realm}/protocol/openid-connect/certs{query}"
        document = json.dumps({"issuer": realm, "jwks_uri": certs})
        url = f"{realm}/.well-known/openid-configuration"
        entries += [fetch(BEGIN, url=url, answer=document), fetch(BEGIN + 1, url=certs)]
    assert wrong(judged(written(tmp_path / "x.har", har(*entries)))) == set()
    entries.append(fetch(BEGIN + 2, url=f"{CERTS}?v=2"))
    told = wrong(judged(written(tmp_path / "x.har", har(*entries))))
    assert told == {"ehealth.keys.address-is-not-guessed"}


@pytest.mark.parametrize("host", ["https://gateway.example", "https://127.0.0.1:8443"])
def test_what_stands_behind_another_host_is_not_known(host: str, tmp_path: Path) -> None:
    slug = "assertion.aud-is-token-url"
    path = written(tmp_path / "x.har", har(token_request(BEGIN, to=host + TOKEN_PATH)))
    assert outcomes(judged(path))[slug] == {"not_observable"}
    elsewhere = token_request(BEGIN, to=host + TOKEN_PATH, aud="https://oauth.example")
    path = written(tmp_path / "x.har", har(elsewhere))
    assert outcomes(judged(path))[slug] == {"failed"}
    prod = token_request(BEGIN, aud=ENVIRONMENTS["prod"].audience)
    assert outcomes(judged(written(tmp_path / "x.har", har(prod))))[slug] == {"failed"}


# Requirements that have dates.


@pytest.mark.parametrize(
    ("since", "instants", "expected"),
    [
        ("2027-01-01", (BEGIN, BEGIN + 60), Outcome.PASSED),
        ("2027-01-16", (BEGIN, BEGIN + 60), Outcome.NOT_APPLICABLE),
        ("2027-01-16", (BEGIN, BEGIN + 86_400), Outcome.NOT_OBSERVABLE),
        ("2027-01-01", (BEGIN, None), Outcome.NOT_OBSERVABLE),
        ("2027-01-01", (None, None), Outcome.NOT_OBSERVABLE),
    ],
)
def test_dates_of_a_requirement_need_a_day(
    since: str,
    instants: tuple[float | None, ...],
    expected: Outcome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = service("socialsecurity")
    entries = []
    for n, at in enumerate(instants):
        entries.append(token_request(at or BEGIN + n, jti=str(n)))
        if at is None:
            entries[-1]["startedDateTime"] = ""
    slug = "socialsecurity.token-request.method-is-post"
    row = catalogue(home.package)[slug]
    monkeypatch.setitem(
        catalogue(home.package)._rows, slug, replace(row, since=date.fromisoformat(since))
    )
    taken = taken_from(
        read_recording(written(tmp_path / "x.har", har(*entries))), None, "x", named=False
    )
    assert any(one.requirement == slug for one in rules_of(home.package))
    (journal,) = taken.journals
    assert Doubts(journal, home.name, module_of(home, "recorded")).clock.instants or all(instants)
    (found,) = [one for one in verdicts_of(journal, passive=True) if one.requirement == slug]
    assert found.outcome is expected
