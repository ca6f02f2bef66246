"""Every cassette, judged again: what is found is exactly what the cassette says."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from proefbank.doors.recordings import read_recording
from proefbank.journal import split_stages
from proefbank.judge import catalogue
from proefbank.recordings.judging import judged_events, verdicts_of
from proefbank.redaction import Redactor
from proefbank.report.validation import problems_in_events
from proefbank.service import services

from .stand_in import HOSTS

ROOM = Path(__file__).parents[2] / "cassettes"
ALL = sorted(ROOM.glob("*/*.ndjson"))
MADE_UP = {
    "www.belgif.be",  # in types of problems
    "www.w3.org",  # in names of algorithms
    "client.invalid",  # in tokens
    "policies.itsme-sign.invalid",
    "sca.example",  # where browsers come back to
    *HOSTS.values(),  # acceptance, which the stand-in plays
}
"""Hosts that are named and never asked."""
BAD = {"failed", "warned", "not_exercised", "not_observable", "broken"}


def head_of(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as lines:
        head: dict[str, Any] = json.loads(next(lines))
    return head


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_found_is_what_the_cassette_says(path: Path) -> None:
    recording = read_recording(path)
    head = head_of(path)
    assert not problems_in_events(recording.events)
    assert set(head) == {"event", "sentence", "breaks"}
    rows = catalogue(services()[path.parent.name].package)
    assert all(name in rows for name in head["breaks"])

    found = [
        verdict
        for journal in split_stages(recording.events).values()
        for verdict in verdicts_of(journal)
    ]

    assert any(verdict.outcome in ("passed", "failed", "warned") for verdict in found)
    # At acceptance some things are always left to the simulated services.
    bad = BAD - {"not_observable"} if path.name.startswith("acc-") else BAD
    wrong = {verdict.requirement for verdict in found if verdict.outcome in bad}
    assert wrong == set(head["breaks"]), [v for v in found if v.outcome in bad]
    for verdict in found:
        assert verdict.outcome != "failed" or verdict.finding


def test_there_are_right_ones_and_wrong_ones() -> None:
    told = [bool(head_of(path)["breaks"]) for path in ALL]
    assert len(ALL) >= 8
    assert {True, False} == set(told)


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_cassettes_hold_no_host_and_no_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < 60_000
    for event in read_recording(path).events:
        if event["event"] == "exchange":
            host = event["request"]["host"]  # type: ignore[index]
            assert host == "localhost" or ipaddress.ip_address(host).is_loopback
    hosts = set(re.findall(r"https?://([^/:\"\s\\%]+)", unquote_plus(text)))
    assert hosts <= MADE_UP | {"127.0.0.1", "localhost"}
    assert "PRIVATE KEY" not in text
    assert not re.search(r"ey[A-Za-z0-9_-]{10,}\.ey[A-Za-z0-9_-]+", text)
    for event in read_recording(path).events:
        assert Redactor().tree(event) == event


def test_a_cassette_can_be_judged_like_any_recording(tmp_path: Path) -> None:
    events = judged_events(read_recording(ROOM / "socialsecurity" / "old-library.ndjson"), "again")
    assert events[0]["event"] == "run"
    assert not any(event["event"] == "cassette" for event in events)
    failed = {e["requirement"] for e in events if e.get("outcome") == "failed"}
    assert len(failed) == 3
    unseen = {e["requirement"] for e in events if e.get("outcome") == "not_observable"}
    assert "socialsecurity.transport.unknown-ca-is-refused" in unseen
