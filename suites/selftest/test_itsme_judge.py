"""Recordings of products that sign with itsme, judged: records, archives, others' traffic."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proefbank.clock import to_iso
from proefbank.doors.recordings import read_recording
from proefbank.exchange import Request, Response
from proefbank.journal import Journal
from proefbank.judge import known_of
from proefbank.recordings.judging import judged_events
from proefbank.report.validation import problems_in_events
from proefbank.report.write import write_run
from proefbank.service import service
from proefbank.services.itsme.recorded import READINGS, begun
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.itsme.wayward import WAYWARD
from proefbank.services.itsme.wire.requests import requests_of

from . import overheard
from .overheard import Raw

SERVICE = service("itsme")
STAGES = (
    "sign sign-several sign-texts sign-twice sign-resumed-again identification-status-pending "
    "other-base-url sign-start-refused-text sign-tls-unknown-ca"
).split()
CLIENTS = ["", "one-language-description", "documents-null-in-quotes", "bare-polls"]


@dataclass(frozen=True)
class Run:
    """One run: where it lies, its verdicts, and the traffic as it went over the wire."""

    folder: Path
    verdicts: list[dict[str, Any]]
    raw: list[Raw]


Runs = Callable[[str], Run]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Return the run of a client; staged once."""
    done: dict[str, Run] = {}

    def run_of(name: str = "") -> Run:
        if name not in done:
            client = WAYWARD[name].client if name else ReferenceSigner
            done[name] = recorded(tmp_path_factory.mktemp("run"), client)
        return done[name]

    return run_of


def recorded(folder: Path, client: type) -> Run:
    """Stage some situations, and write the run as `proefbank run` does."""
    made = overheard.recorded(SERVICE, client, STAGES)
    write_run(folder, made.events, *known_of([SERVICE.package]))
    return Run(folder, made.verdicts, made.raw)


def judged(path: Path, profile: Path | None = None) -> list[dict[str, Any]]:
    events = judged_events(read_recording(path), "again", profile=profile)
    assert not problems_in_events(events)
    return [dict(event) for event in events if event["event"] == "verdict"]


def outcomes(verdicts: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for verdict in verdicts:
        name = verdict["requirement"].removeprefix("itsme.")
        found.setdefault(name, set()).add(verdict["outcome"])
    return found


def wrong_in(verdicts: Iterable[Mapping[str, Any]]) -> set[str]:
    bad = ("failed", "warned", "not_exercised", "broken")
    return {verdict["requirement"] for verdict in verdicts if verdict["outcome"] in bad}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_record_gives_the_verdicts_of_the_live_run(runs: Runs, name: str) -> None:
    run = runs(name)
    again = judged(run.folder / "events.ndjson")
    assert again == run.verdicts
    assert len(again) > 100
    assert wrong_in(again) == ({WAYWARD[name].requirement} if name else set())


@pytest.mark.parametrize("name", CLIENTS)
def test_our_own_archive_is_judged_by_its_calls(runs: Runs, name: str) -> None:
    again = judged(runs(name).folder / "traffic.har")
    shown = outcomes(again)
    assert wrong_in(again) == ({WAYWARD[name].requirement} if name else set())
    assert "not_exercised" not in {outcome for some in shown.values() for outcome in some}
    assert "passed" in shown["sign-start.request-has-an-id"]
    assert "passed" in shown["sign-status.id-is-that-of-the-start"]
    if not name:
        # No archive says which codes were issued, nor which policies are listed.
        assert shown["sign-start.partner-code-is-the-issued-one"] == {"not_observable"}
        assert shown["policy.is-listed-and-enabled"] == {"not_observable"}


def foreign(raw: Sequence[tuple[str, Request, Response]], *stages: str) -> dict[str, Any]:
    """Return what a proxy would have saved of the back end: everything in clear."""
    entries = [
        {
            "startedDateTime": to_iso(request.received_at + place / 1000),
            "time": 3,
            "request": {
                "method": request.method,
                "url": f"https://b2b.services.example{request.target}",
                "headers": [{"name": n, "value": v} for n, v in request.headers],
                "postData": {"mimeType": "application/json", "text": request.body.decode()},
            },
            "response": {
                "status": response.status,
                "headers": [{"name": n, "value": v} for n, v in response.headers],
                "content": {
                    "encoding": "base64",
                    "text": base64.b64encode(response.body).decode(),
                },
            },
        }
        for place, (stage, request, response) in enumerate(raw)
        if stage in stages and request.listener == "main"
    ]
    return {"log": {"version": "1.2", "creator": {"name": "a proxy"}, "entries": entries}}


def written(path: Path, archive: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(archive), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", CLIENTS)
def test_an_archive_of_another_tool_is_judged_by_its_messages(
    runs: Runs, name: str, tmp_path: Path
) -> None:
    archive = foreign(runs(name).raw, "sign", "sign-several", "sign-texts")
    again = judged(written(tmp_path / "incident.har", archive))
    seen = WAYWARD[name].requirement if name not in ("", "bare-polls") else ""
    assert wrong_in(again) == ({seen} if seen else set())
    shown = outcomes(again)
    for told in (
        "identification.redirect-url-is-well-formed",
        "identification.language-is-supported",
        "identification-status.id-is-that-of-the-answer",
        "sign-start.value-has-alphabet-and-padding-of-the-examples",
        "sign-start.ids-are-unique",
        "description.covers-the-four-languages",
        "description.has-at-most-255-characters",
    ):
        assert shown[told] == ({"failed"} if f"itsme.{told}" == seen else {"passed"}) or name, told
    for told in (
        "transport.client-certificate-on-every-call",
        "transport.calls-leave-from-a-registered-address",
        "sign-start.partner-code-is-the-issued-one",
        "identification.redirect-url-is-the-registered-one",
    ):
        assert shown[told] == {"not_observable"}, told


def test_a_profile_brings_the_codes_of_an_archive(runs: Runs, tmp_path: Path) -> None:
    raw = runs("").raw
    path = written(tmp_path / "incident.har", foreign(raw, "sign"))
    said = next(json.loads(r.body) for _, r, _ in raw if r.target.endswith("/user_identification"))
    profile = tmp_path / "mine.toml"
    text = '[[itsme.partners]]\nname = "mine"\nredirect_url = "{}"\npartner_code = "{}"\n'
    for code, outcome in ((said["partnerCode"], "passed"), ("OTHER", "failed")):
        profile.write_text(text.format(said["redirectUrl"], code), encoding="utf-8")
        shown = outcomes(judged(path, profile))
        assert shown["sign-start.partner-code-is-the-issued-one"] == {outcome}
        assert shown["identification.redirect-url-is-the-registered-one"] == {"passed"}
        assert shown["sign-start.service-code-is-the-issued-one"] == {"not_observable"}


def test_a_recording_that_begins_midway_blames_nobody(runs: Runs, tmp_path: Path) -> None:
    archive = foreign(runs("").raw, "sign")
    paths = [entry["request"]["url"].rpartition("/")[2] for entry in archive["log"]["entries"]]
    archive["log"]["entries"] = archive["log"]["entries"][paths.index("status") :]
    again = judged(written(tmp_path / "late.har", archive))
    assert wrong_in(again) == set()
    assert outcomes(again)["sign-status.documents-are-null"] == {"passed"}
    assert list(begun([])) == []


def test_nothing_personal_of_an_archive_is_written(runs: Runs, tmp_path: Path) -> None:
    raw = runs("").raw
    archive = foreign(raw, "sign", "sign-texts")
    entry = archive["log"]["entries"][1]
    body = json.loads(entry["request"]["postData"]["text"])
    body["redirectUrl"] += "?who=Canary%20Jansen"
    entry["request"]["postData"]["text"] = json.dumps({**body, "name": "Canary Jansen"})
    entry["request"]["url"] += "?insz=99010112345"
    events = judged_events(read_recording(written(tmp_path / "x.har", archive)), "again")
    text = json.dumps(events, ensure_ascii=False)
    personal = {"Canary", "99010112345", "Voorbeeld"}
    for _, request, response in raw:
        for part in (request.body, response.body):
            personal |= set(_codes(part))
    assert len(personal) > 6
    assert not [one for one in personal if one in text]
    assert "sign_document" in text


def _codes(body: bytes) -> Iterable[str]:
    try:
        said = json.loads(body)
    except ValueError:
        return
    for name in ("userCode", "certificate", "asyncRespID", "respID", "identificationUrl"):
        if isinstance(value := said.get(name), str) and len(value) > 8:
            yield value


def test_partners_that_take_turns_are_not_mixed_up() -> None:
    journal = Journal("wire")
    journal.write("staging", service="itsme", readings=[])
    for turn, (partner, path, said, answer) in enumerate(
        (
            ("one", "", {"lang": "NL"}, {"asyncRespID": "first", "identificationUrl": "u"}),
            ("two", "", {"lang": "NL"}, {"asyncRespID": "other", "identificationUrl": "u"}),
            ("one", "/status", {"asyncRespID": "first"}, {}),
        )
    ):
        journal.write("scenario", facts={"partner": partner, "base_url": "https://x.example/p"})
        target = f"/p/qes-partners/1.0.0/user_identification{path}"
        request = Request("POST", target, body=json.dumps(said).encode(), received_at=float(turn))
        journal.exchange(request, Response(200, (), json.dumps(answer).encode()))
    calls = requests_of(journal)
    assert [call.known.identifications for call in calls] == [(), (), ("first",)]


def test_every_reading_of_a_recording_is_offered_by_the_served_one() -> None:
    from proefbank.services.itsme.served import ServedItsme

    assert {reading.__name__ for reading in READINGS} <= set(ServedItsme.readings)
