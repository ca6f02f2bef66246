"""Recordings of consumers of eHealth tokens, judged: our own records, archives, others' traffic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from proefbank.bench import Bench
from proefbank.clients.python import PythonClient
from proefbank.clock import to_iso
from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation
from proefbank.journal import Event
from proefbank.judge import catalogue, judge, rules_of
from proefbank.recordings.judging import judged_events
from proefbank.report.validation import problems_in_events
from proefbank.report.write import write_run
from proefbank.service import Settings, service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.ehealth.wayward import WAYWARD
from proefbank.staging import rules_for, stages_of

SERVICE = service("ehealth")
STAGES = (
    "unsigned-tokens keys-no-cache keys-asked-to-wait keys-redirected-elsewhere rotation-orders "
    "keys-failed-fetches rotation-cold-starts keys-tls-unknown-ca keys-quarter-hours"
).split()
HOST = "https://api-acpt.ehealth.fgov.be"
REALM = f"{HOST}/auth/realms/healthcare"
CERTS = f"{REALM}/protocol/openid-connect/certs"
MODULUS = "t-dDfAeU4qYpzgUsfq1gH3v2wJWfZ5Ql6XjG0nqk1oE"
BEGIN = 1_795_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, list[Event]]]:
    """Return the folder and the verdicts of a client's run; staged once."""
    done: dict[str, tuple[Path, list[Event]]] = {}

    def run_of(name: str = "") -> tuple[Path, list[Event]]:
        if name not in done:
            folder = tmp_path_factory.mktemp("run")
            client = WAYWARD[name].client if name else ReferenceConsumer
            done[name] = folder, recorded(folder, client)
        return done[name]

    return run_of


def recorded(folder: Path, client: type) -> list[Event]:
    """Stage some situations, write the run as `proefbank run` does, and return its verdicts."""
    stages = {stage.name: stage for stage in stages_of(SERVICE.package)}
    bench = Bench(
        SERVICE, settings=Settings(), seed=1, make_client=lambda _ca: PythonClient(client)
    )
    opening = {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {"id": "x", "started": "2026-11-22T07:00:00.000+00:00", "seed": 1, "command": []},
        "subject": {"name": "x", "version": "", "language": ""},
        "assertor": {"name": "proefbank", "version": "0"},
        "scope": {"services": ["ehealth"], "target": "mock", "door": "adapter"},
        "preflight": [],
        "origins": {},
        "run_selected": True,
    }
    events: list[Event] = [opening]
    try:
        for name in STAGES:
            journal = bench.run(stages[name])
            found = [
                judge(rule, journal)
                for reading in stages[name].readings
                for rule in rules_for(stages[name], reading)
            ]
            ordered = sorted(found, key=lambda verdict: verdict.requirement)
            events += [*journal, *({"event": "verdict", **item.to_json()} for item in ordered)]
    finally:
        bench.close()
    events.append({"event": "end", "interrupted": False})
    whys = {rule.requirement: rule.why for rule in rules_of(SERVICE.package)}
    write_run(folder, events, [catalogue(SERVICE.package)], whys)
    return [event for event in events if event["event"] == "verdict"]


def judged(path: Path) -> list[dict[str, Any]]:
    events = judged_events(read_recording(path), "again")
    return [dict(event) for event in events if event["event"] == "verdict"]


def outcomes(verdicts: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for verdict in verdicts:
        name = verdict["requirement"].removeprefix("ehealth.")
        found.setdefault(name, set()).add(verdict["outcome"])
    return found


@pytest.mark.parametrize("name", ["", "accepts-none", "ignores-retry-after", "follows-redirect"])
def test_a_record_gives_the_verdicts_of_the_live_run(runs: Any, name: str) -> None:
    folder, live = runs(name)
    again = judged(folder / "events.ndjson")
    assert again == [dict(item) for item in live]
    wrong = {item["requirement"] for item in again if item["outcome"] in ("failed", "warned")}
    assert wrong == ({WAYWARD[name].requirement} if name else set())


def test_a_record_holds_each_body_once_and_is_whole_when_read(runs: Any) -> None:
    folder, _ = runs()
    written = (folder / "events.ndjson").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in written.splitlines()]
    bodies = [event["response"]["body"] for event in lines if event["event"] == "exchange"]
    texts = [body["text"] for body in bodies if len(body.get("text", "")) > 400]
    assert len(texts) == len(set(texts))
    assert sum("same_as" in body for body in bodies) > len(texts)
    assert problems_in_events(lines) == []
    events = read_recording(folder / "events.ndjson").events
    whole = [event["response"]["body"] for event in events if event["event"] == "exchange"]  # type: ignore[index]
    assert all("same_as" not in body and "text" in body for body in whole)
    assert [body["bytes"] for body in whole] == [body["bytes"] for body in bodies]
    archive = [
        event["response"]["body"]  # type: ignore[index]
        for event in read_recording(folder / "traffic.har").events
        if event["event"] == "exchange"
    ]
    assert [body["text"] for body in archive] == [body["text"] for body in whole]


def test_a_record_without_the_first_body_is_refused(runs: Any, tmp_path: Path) -> None:
    lines = (runs()[0] / "events.ndjson").read_text(encoding="utf-8").splitlines()
    left = [line for line in lines if json.loads(line).get("stage") != STAGES[0]]
    torn = tmp_path / "torn.ndjson"
    torn.write_text("\n".join(left), encoding="utf-8")
    with pytest.raises(BadInvocation, match="cannot be read"):
        read_recording(torn)


def test_an_archive_blames_nobody_who_did_right(runs: Any) -> None:
    found = outcomes(judged(runs()[0] / "traffic.har"))
    assert {outcome for some in found.values() for outcome in some} == {"passed", "not_observable"}
    assert found["token.unsigned-token-is-refused"] == {"not_observable"}
    # Nothing more came, and nobody listened until the time was over.
    assert found["keys.retry-after-is-respected"] == {"not_observable"}
    assert "passed" in found["keys.removal-is-noticed-within-an-hour"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("ignores-retry-after", "keys.retry-after-is-respected"),
        ("follows-redirect", "keys.redirect-elsewhere-is-not-followed"),
        ("obeys-no-cache", "keys.set-is-cached"),
        ("retry-storm", "keys.failed-fetch-is-not-hammered"),
    ],
)
def test_an_archive_shows_too_many_requests(runs: Any, name: str, slug: str) -> None:
    found = outcomes(judged(runs(name)[0] / "traffic.har"))
    assert [key for key, some in found.items() if some & {"failed", "warned"}] == [slug]


def archive(path: Path, *entries: Any) -> Path:
    """Write what another tool would have recorded in acceptance."""
    found = [
        {
            "startedDateTime": to_iso(BEGIN + at),
            "request": {"method": "GET", "url": url, "headers": [], "cookies": []},
            "response": {
                "status": status,
                "headers": [{"name": name, "value": value} for name, value in headers.items()],
                "content": {"mimeType": "application/json", "text": json.dumps(body)},
            },
        }
        for at, url, status, headers, body in entries
    ]
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": found}}), encoding="utf-8")
    return path


SET = {
    "keys": [{"kid": "a", "kty": "RSA", "use": "sig", "alg": "RS256", "n": MODULUS, "e": "AQAB"}]
}


def fetch(at: float, status: int = 200, query: str = "", **headers: str) -> Any:
    return at, CERTS + query, status, headers, SET if status == 200 else {"error": "x"}


def test_traffic_of_another_tool_in_order(tmp_path: Path) -> None:
    discovery: tuple[Any, ...] = (
        0.0,
        f"{REALM}/.well-known/openid-configuration",
        200,
        {},
        {"issuer": REALM, "jwks_uri": CERTS},
    )
    page: tuple[Any, ...] = (1.0, "https://www.example.org/", 200, {}, {})
    hourly = [fetch(2 + 3600.0 * hour) for hour in range(30)]
    path = archive(tmp_path / "x.har", discovery, page, *hourly)
    events = judged_events(read_recording(path), "again")
    assert not problems_in_events(events)
    assert events[0]["scope"]["target"] == "acc"  # type: ignore[index]
    assert "1 other requests" in str(events[1]["text"])
    assert MODULUS not in json.dumps(events)
    found = outcomes(dict(item) for item in events if item["event"] == "verdict")
    passed = {name for name, some in found.items() if some == {"passed"}}
    assert passed == {
        "keys.address-is-not-guessed",
        "keys.fetched-at-least-daily",
        "keys.removal-is-noticed-within-an-hour",
    }
    assert {name for name, some in found.items() if some != {"passed"}} >= {
        "rotation.new-key-works-from-step-2",
        "token.signature-is-verified",
    }
    assert {outcome for some in found.values() for outcome in some} == {"passed", "not_observable"}


@pytest.mark.parametrize(
    ("entries", "slug", "actual"),
    [
        ([fetch(float(n)) for n in range(12)], "keys.set-is-cached", "12"),
        ([fetch(float(n), 503) for n in range(7)], "keys.failed-fetch-is-not-hammered", "7"),
        (
            [fetch(0.0, 429, **{"Retry-After": "60"}), fetch(20.0)],
            "keys.retry-after-is-respected",
            "20 s",
        ),
        (
            [
                (0.0, f"{REALM}/.well-known/openid-configuration", 200, {}, {"jwks_uri": CERTS}),
                fetch(1.0, query="?kid=a"),
            ],
            "keys.address-is-not-guessed",
            "?kid=",
        ),
    ],
)
def test_traffic_of_another_tool_out_of_order(
    tmp_path: Path, entries: list[Any], slug: str, actual: str
) -> None:
    found = judged(archive(tmp_path / "x.har", *entries))
    warned = [item for item in found if item["outcome"] not in ("passed", "not_observable")]
    assert [item["requirement"] for item in warned] == [f"ehealth.{slug}"]
    assert warned[0]["outcome"] == "warned"
    assert actual in warned[0]["finding"]["actual"]


def test_long_silence_blames_nobody(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.har", fetch(0.0), fetch(3.0 * DAY))
    found = {item["requirement"]: item for item in judged(path)}
    daily = found["ehealth.keys.fetched-at-least-daily"]
    assert daily["outcome"] == "not_observable"
    assert "72.0 h went by" in daily["reason"]
