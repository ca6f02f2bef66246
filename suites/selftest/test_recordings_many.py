"""Several files, several services and several hosts, in one judgement."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from proefbank.cli import cli
from proefbank.doors.recordings import read_recording
from proefbank.journal import Event
from proefbank.recordings.conversations import is_known
from proefbank.recordings.judging import judge_recording, judged_events
from proefbank.report.validation import problems_in_events, validate
from proefbank.service import module_of, service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD

from .overheard import Run, as_cassette, as_har, entry, outcomes, recorded, written, wrong

PORTAL_ACC = "https://services-acpt.socialsecurity.be"
PORTAL = "https://services.socialsecurity.be"
GATEWAY = "https://api-acpt.ehealth.fgov.be"
STAGES = {
    "socialsecurity": ("token", "api"),
    "ehealth": ("unsigned-tokens", "keys-asked-to-wait"),
    "itsme": ("sign",),
}
CLIENTS: dict[str, type] = {
    "socialsecurity": ReferenceClient,
    "ehealth": ReferenceConsumer,
    "itsme": ReferenceSigner,
}


@cache
def run_of(name: str, wayward: str = "") -> Run:
    client = WAYWARD[wayward].client if wayward else CLIENTS[name]
    return recorded(service(name), client, STAGES[name])


def main_of(name: str, wayward: str = "") -> list[Any]:
    """Return what went to the service itself: strangers are in a recording of a run too."""
    return [item for item in run_of(name, wayward).raw if item[1].listener == "main"]


def judged(*paths: Path, profile: Path | None = None) -> list[Event]:
    events = judged_events(
        [read_recording(path, is_known) for path in paths], "again", profile=profile
    )
    assert not problems_in_events(events)
    return events


def stagings(events: list[Event]) -> dict[str, str]:
    return {str(e["stage"]): str(e["service"]) for e in events if e["event"] == "staging"}


def notes(events: list[Event]) -> str:
    return "\n".join(str(e["text"]) for e in events if e["event"] == "note")


def foreign(url: str) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-11-22T07:00:00.000Z",
        "request": {"method": "GET", "url": url, "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": 0}},
    }


def test_one_archive_holds_three_services(tmp_path: Path) -> None:
    archive = as_har([item for name in STAGES for item in main_of(name)])
    archive["log"]["entries"] += [foreign("https://www.example.org/?q=1"), foreign("data:,x")]
    events = judged(written(tmp_path / "day.har", archive))
    assert stagings(events) == {f"day.har:{name}": name for name in STAGES}
    assert wrong(events) == set()
    shown = outcomes(events)
    assert shown["assertion.aud-is-token-url"] == {"passed"}
    assert shown["identification.language-is-supported"] == {"passed"}
    assert shown["keys.address-is-not-guessed"] <= {"passed", "not_observable"}
    assert "other requests of day.har were left out." in notes(events)
    assert events[0]["scope"]["services"] == list(stagings(events).values())  # type: ignore[index]


def test_a_defect_of_one_service_is_found_among_others(tmp_path: Path) -> None:
    raw = [*main_of("itsme"), *main_of("socialsecurity", "issuer-like-audience")]
    events = judged(written(tmp_path / "day.har", as_har(raw)))
    assert wrong(events) == {"socialsecurity.assertion.aud-is-token-url"}


def test_environments_are_staged_apart_and_production_is_labelled(tmp_path: Path) -> None:
    raw = main_of("socialsecurity")
    entries = [
        entry(request, answer, origin=origin)
        for origin in (PORTAL_ACC, PORTAL)
        for _, request, answer in raw
    ]
    archive = as_har([])
    archive["log"]["entries"] = entries
    events = judged(written(tmp_path / "x.har", archive))
    assert set(stagings(events)) == {"x.har:acc", "x.har:prod"}
    scope: Any = events[0]["scope"]
    assert (scope["target"], scope["targets"]) == ("prod", ["acc", "prod"])
    assert "PRODUCTION: x.har:prod" in notes(events)
    shown = outcomes(events)
    # The client was told the address of a simulated service, and asked the real ones: found.
    assert shown["assertion.aud-is-token-url"] == {"failed"}
    assert shown["token-request.path-is-the-v5-token-endpoint"] == {"passed"}


def test_hosts_that_nobody_knows_are_left_out_beside_known_ones(tmp_path: Path) -> None:
    other = "https://sso.voorbeeld.example"
    archive = as_har(main_of("ehealth"))
    strange = as_har(main_of("ehealth"), origin=other)["log"]["entries"]
    archive["log"]["entries"] += strange
    events = judged(written(tmp_path / "x.har", archive))
    assert set(stagings(events)) == {"x.har"}
    assert "sso.voorbeeld.example" in notes(events)
    assert wrong(events) == set()


def test_anybodys_keycloak_is_not_taken_for_ehealth(tmp_path: Path) -> None:
    url = "https://sso.voorbeeld.example/auth/realms/shop/protocol/openid-connect/certs"
    archive = as_har([])
    archive["log"]["entries"] = [foreign(url) for _ in range(20)]
    events = judged(written(tmp_path / "x.har", archive))
    assert stagings(events) == {}
    assert wrong(events) == set()
    assert "no profile names" in notes(events)


def test_hosts_of_a_profile_are_known(tmp_path: Path) -> None:
    origin = "https://uat.partner.example"
    profile = tmp_path / "proefbank.toml"
    profile.write_text(f'[acc.itsme]\norigin = "{origin}"\n', "utf-8")
    path = written(tmp_path / "x.har", as_har(main_of("itsme"), origin=origin))
    known: Any = judged(path, profile=profile)[0]["scope"]
    unknown: Any = judged(path)[0]["scope"]
    assert (known["target"], unknown["target"]) == ("acc", "other")


def test_several_files_make_one_record(tmp_path: Path) -> None:
    har = written(tmp_path / "a.har", as_har(main_of("itsme")))
    cassette = written(
        tmp_path / "b.yaml", as_cassette(main_of("socialsecurity", "token-in-query"))
    )
    as_json = written(tmp_path / "c.json", as_cassette(main_of("socialsecurity")))
    (tmp_path / "live").mkdir()
    live = written(tmp_path / "live" / "events.ndjson", run_of("ehealth").events)
    out = tmp_path / "reports"

    one = judge_recording([har, cassette, as_json, live], out, "all")

    report = one.report
    assert not validate(report)
    failed = {row["id"] for row in report["requirements"] if row["outcome"] == "failed"}
    assert failed == {"socialsecurity.api-request.token-stays-out-of-the-url"}
    events = read_recording(one.folder).events
    assert {name.partition(":")[0] for name in stagings(list(events))} == {
        *("a.har", "b.yaml", "c.json", "live"),
    }
    files: Any = events[0]["run"]["recordings"]  # type: ignore[index]
    assert [item["file"] for item in files] == ["a.har", "b.yaml", "c.json", "events.ndjson"]
    assert set(report["scope"]["services"]) == set(STAGES)
    assert report["run"]["interrupted"] is False

    # What was judged can be judged again, from its own record.
    again = judged(one.folder / "events.ndjson")
    assert again[1:] == list(events)[1:]


def test_no_secret_of_any_file_is_written(tmp_path: Path) -> None:
    raw = main_of("socialsecurity")
    archive, cassette = as_har(raw), as_cassette(main_of("itsme"))
    for number, item in enumerate(archive["log"]["entries"]):
        item["request"]["headers"] += [
            {"name": "Cookie", "value": "sid=canary-cookie"},
            {"name": "X-Api-Key", "value": "canary-api-key"},
        ]
        item["response"]["headers"].append({"name": "Set-Cookie", "value": "sid=canary-set"})
        item["_initiator"] = {"url": "https://canary-page.example/"}
        item["comment"] = "canary-comment"
        if number == 0:
            item["request"]["url"] = item["request"]["url"].replace("//", "//u:canary-pw@")
    archive["log"]["entries"] += [
        foreign("https://canary-site.example/?token=canary-query"),
        {
            "request": {"method": "GET", "url": "https://x:canary-port/"},
            "response": {"status": 200},
        },
        {"request": {"method": "canary-method"}},
    ]
    archive["log"]["pages"] = [{"title": "canary-title", "id": "canary-id"}]
    cassette["interactions"].append({"request": {"uri": "https://x:canary-port/"}, "response": 1})
    cassette["interactions"][0]["request"]["headers"]["Cookie"] = ["canary-cookie"]
    paths = [written(tmp_path / "a.har", archive), written(tmp_path / "b.yaml", cassette)]
    tokens = {secret.value for _, _, answer in raw for secret in answer.trail.secrets}
    secrets = {"canary", *(token for token in tokens if len(token) > 30)}
    assert len(secrets) > 2

    made = judge_recording(paths, tmp_path / "reports", "x")

    assert {row["id"] for row in made.report["requirements"] if row["outcome"] == "failed"} == set()
    for page in made.folder.iterdir():
        text = page.read_text("utf-8")
        assert not [secret for secret in secrets if secret in text], page.name


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = []
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        paths.append(written(tmp_path / folder / "a.har", as_har(main_of("itsme"))))
    assert set(stagings(judged(*paths))) == {"a.har", "a.har (2)"}


def test_one_file_that_breaks_off_makes_all_of_it_incomplete(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.har", as_har(main_of("itsme")))
    text = json.dumps(as_har(main_of("socialsecurity")))
    (tmp_path / "b.har").write_text(text[: len(text) * 2 // 3], "utf-8")
    words = ["judge", str(whole), str(tmp_path / "b.har"), "--no-profile"]
    words += ["--reports", str(tmp_path), "--run", "r"]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    assert result.return_value == 2, result.output
    report = json.loads((tmp_path / "r" / "report.json").read_text("utf-8"))
    assert report["run"]["interrupted"]
    assert any("cut short" in note["text"] for note in report["notes"])


def test_the_help_tells_how_to_export() -> None:
    told = CliRunner().invoke(cli, ["judge", "--help"]).output
    for word in ("FILE...", "Chrome", "Firefox", "mitmproxy", "hardump", "not observable"):
        assert word in told


@pytest.mark.parametrize("name", list(STAGES))
def test_each_service_says_what_may_be_missing(name: str) -> None:
    """Every pattern of a service is about something, so that a typing error is seen."""
    from fnmatch import filter as among

    from proefbank.judge import catalogue

    home = service(name)
    about = module_of(home, "recorded")
    slugs = [key.partition(".")[2] for key in catalogue(home.package)]
    patterns = [p for told in about.NEEDS.values() for p in told]  # type: ignore[union-attr]
    for more in ("INSTANTS", "SPANS", "FOLLOWS"):
        patterns += getattr(about, more, ())
    assert patterns
    assert not [pattern for pattern in patterns if not among(slugs, pattern)]
