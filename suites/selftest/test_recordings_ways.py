"""One conversation, recorded in four ways: the door, a proxy, a cassette, a client's own log."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr

from proefbank.doors.recordings import read_recording
from proefbank.exchange import Request, Response
from proefbank.journal import Event
from proefbank.recordings.conversations import is_known
from proefbank.recordings.judging import judged_events
from proefbank.report.validation import problems_in_events

from .overheard import BAD, Raw, as_har, verdicts, written
from .recorded_talk import NAMES, Served, mitmdump, serving, session, talk

MITMDUMP = shutil.which("mitmdump") or os.environ.get("MITMDUMP", "")
FOUND = {
    "socialsecurity.assertion.lifetime-at-most-10-minutes",
    "socialsecurity.api-request.token-stays-out-of-the-url",
    "ehealth.keys.set-is-cached",
    "itsme.identification.language-is-supported",
}
SEEN = {
    "socialsecurity.assertion.aud-is-token-url",
    "socialsecurity.assertion.jti-is-present",
    "socialsecurity.token-request.says-form-urlencoded",
    "socialsecurity.api-request.carries-a-token",
    "ehealth.keys.address-is-not-guessed",
    "itsme.identification.opened-with-post",
    "itsme.identification.redirect-url-is-well-formed",
}
"""What every way shows of the right client."""


@dataclass
class Ways:
    """The files that one conversation left, and what was secret in it."""

    door: list[Path] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)


@pytest.fixture(scope="module", params=[False, True], ids=["right", "flawed"])
def ways(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ways:
    """Speak once, with every recorder on that there is."""
    folder = tmp_path_factory.mktemp("ways")
    made = Ways()
    raw: list[Raw] = []
    with serving(folder) as served:
        http = session(served)
        http.hooks["response"].append(lambda answer, **_: raw.append(_said(answer)))
        recorder = vcr.VCR(record_mode="all", decode_compressed_response=False)
        with recorder.use_cassette(str(folder / "talk.yaml")):
            if MITMDUMP:
                har = folder / "mitmproxy.har"
                with mitmdump(MITMDUMP, served, folder, har, "regular") as (origin,):
                    http.proxies = {"https": f"http://{origin}"}
                    http.verify = str(folder / "mitmproxy-ca-cert.pem")
                    talk(served, http, flawed=request.param)
                made.files["mitmproxy"] = har
            else:
                talk(served, http, flawed=request.param)
        with recorder.use_cassette(str(folder / "talk.yaml")) as cassette:
            assert len(cassette) == len(raw)
        made.door = served.stop()
    made.files["vcrpy"] = folder / "talk.yaml"
    as_json = folder / "talk.json"
    with vcr.VCR(serializer="json").use_cassette(str(as_json)) as copy:
        for asked, answer in zip(cassette.requests, cassette.responses, strict=True):
            copy.append(asked, answer)
    made.files["vcrpy as JSON"] = as_json
    made.files["client"] = written(folder / "client.har", as_har(raw, "a client"))
    return made


def _said(answer: requests.Response) -> Raw:
    asked = answer.request
    body = asked.body or b""
    at = _now(answer)
    return (
        "",
        Request.to(
            str(asked.url),
            method=str(asked.method),
            headers=tuple(asked.headers.items()),
            body=body if isinstance(body, bytes) else body.encode(),
            received_at=at,
        ),
        Response(answer.status_code, tuple(answer.headers.items()), answer.content),
    )


def _now(answer: requests.Response) -> float:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(answer.headers["Date"]).timestamp()


def judged(*paths: Path) -> list[Event]:
    events = judged_events([read_recording(path, is_known) for path in paths], "again")
    assert not problems_in_events(events)
    return events


def outcomes(events: list[Event]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in verdicts(events):
        if item["outcome"] != "not_observable":
            found.setdefault(item["requirement"], set()).add(item["outcome"])
    return found


def test_every_way_gives_the_same_verdicts(ways: Ways, request: pytest.FixtureRequest) -> None:
    flawed = "flawed" in request.node.name
    door = outcomes(judged(*ways.door))
    bad = {name for name, some in door.items() if some & set(BAD)}
    assert bad >= (FOUND if flawed else set())
    assert flawed or not bad
    assert door.keys() >= SEEN
    for way, path in ways.files.items():
        events = judged(path)
        found = outcomes(events)
        assert {str(e["service"]) for e in events if e["event"] == "staging"} == set(NAMES), way
        assert {name for name, some in found.items() if some & set(BAD)} == bad, way
        for name, some in found.items():
            assert some == door.get(name, some), (way, name)
        assert found.keys() >= SEEN, way


def test_all_ways_at_once_add_up(ways: Ways, request: pytest.FixtureRequest) -> None:
    events = judged(*ways.door, *ways.files.values())
    bad = {item["requirement"] for item in verdicts(events) if item["outcome"] in BAD}
    assert bad >= (FOUND if "flawed" in request.node.name else set())
    assert bad == {
        item["requirement"] for item in verdicts(judged(*ways.door)) if item["outcome"] in BAD
    }


def test_no_secret_of_it_is_kept(ways: Ways) -> None:
    text = json.dumps(judged(*ways.files.values()), ensure_ascii=False)
    said = json.loads(ways.files["client"].read_text())["log"]["entries"]
    secrets = set()
    for entry in said:
        for header in entry["request"]["headers"]:
            if header["name"].lower() == "authorization":
                secrets.add(header["value"].split()[-1])
        if "client_assertion=" in (entry["request"].get("postData") or {}).get("text", ""):
            secrets.add(entry["request"]["postData"]["text"].rpartition("=")[2][:60])
    assert len(secrets) >= 2
    assert not [secret for secret in secrets if secret in text]
    assert "Voorbeeldopleiding" not in text


@pytest.mark.skipif(not MITMDUMP, reason="mitmdump is not installed (pip install mitmproxy)")
def test_a_reverse_proxy_of_mitmproxy_records_it_too(tmp_path: Path) -> None:
    """The way for clients whose host can be set: `mitmdump --mode reverse:https://HOST`."""
    with serving(tmp_path) as served:
        upstreams = {name: _origin(served, name) for name in NAMES}
        har = tmp_path / "reverse.har"
        modes = [f"reverse:{origin}" for origin in upstreams.values()]
        with mitmdump(MITMDUMP, served, tmp_path, har, *modes) as origins:
            http = session(served)
            http.verify = str(tmp_path / "mitmproxy-ca-cert.pem")
            there = {
                name: f"https://{origin}" for name, origin in zip(upstreams, origins, strict=True)
            }
            talk(served, http, at=there)
        door = outcomes(judged(*served.stop()))
    found = outcomes(judged(har))
    assert found.keys() >= SEEN
    assert not {name for name, some in found.items() if some & set(BAD)}
    for name, some in found.items():
        assert some == door.get(name, some), name


def _origin(served: Served, name: str) -> str:
    ends: dict[str, Any] = served.told[name]["endpoints"]
    url = ends.get("token_endpoint") or ends.get("jwks_uri") or ends["base_url"]
    return "/".join(str(url).split("/")[:3])
