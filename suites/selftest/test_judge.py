"""A recording is judged by the rules that judge a live client, and says what it cannot show."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from proefbank import __version__
from proefbank.cli import cli
from proefbank.clock import to_iso
from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response
from proefbank.journal import Event, Journal
from proefbank.recordings.judging import judge_recording, judged_events
from proefbank.redaction import Redactor
from proefbank.report.har import har
from proefbank.report.validation import problems_in_events, validate
from proefbank.report.write import FILES
from proefbank.service import service
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD
from proefbank.staging import stages_of

from .overheard import Raw, recorded
from .program import proefbank

HOME = service("socialsecurity")
SOME = (
    *("token", "token-with-scope", "token-again", "token-error-invalid-client-401"),
    *("token-redirect-elsewhere", "tls-unknown-ca", "api", "api-as-mandatary"),
    *("api-in-another-environment", "token-outlived", "api-expired-token", "api-html-502"),
)
CLIENTS = (None, "issuer-like-audience", "token-in-query", "gives-up-on-expired")
AUDIENCE = "socialsecurity.assertion.aud-is-token-url"
ASSERTION = "assertion.signature-fits-a-registered-certificate"


@dataclass
class Live:
    """A run that was judged as it went on: its record, and the traffic with its secrets."""

    events: list[Event] = field(default_factory=list)
    raw: list[Raw] = field(default_factory=list)

    @property
    def verdicts(self) -> dict[tuple[str, str], Event]:
        return verdicts_in(self.events)

    @property
    def secrets(self) -> set[str]:
        """Every token and assertion that went over the wire."""
        told = {s.value for _, _, answer in self.raw for s in answer.trail.secrets}
        return {value for value in told if len(value) > 30}


@cache
def run_of(name: str | None, stages: Sequence[str] = SOME) -> Live:
    """Run a wayward client, or the reference client, through some stages, judging as we go."""
    client = WAYWARD[name].client if name else ReferenceClient
    made = recorded(HOME, client, stages)
    subject = {"name": "a client", "version": "1", "language": "Python"}
    return Live([{**made.events[0], "subject": subject}, *made.events[1:]], made.raw)


def verdicts_in(events: Sequence[Event]) -> dict[tuple[str, str], Event]:
    return {(str(e["stage"]), str(e["requirement"])): e for e in events if e["event"] == "verdict"}


def write(path: Path, events: Sequence[Event]) -> Path:
    path.write_text("".join(f"{json.dumps(e, ensure_ascii=False)}\n" for e in events), "utf-8")
    return path


def outcomes(events: Sequence[Event]) -> dict[str, set[object]]:
    found: dict[str, set[object]] = {}
    for (_, name), verdict in verdicts_in(events).items():
        found.setdefault(name.partition(".")[2], set()).add(verdict["outcome"])
    return found


# Our own records.


@pytest.mark.parametrize("name", CLIENTS)
def test_the_verdicts_of_a_recording_are_those_of_the_run(name: str | None, tmp_path: Path) -> None:
    live = run_of(name)
    path = write(tmp_path / "events.ndjson", live.events)

    again = judged_events(read_recording(path), "again")

    assert verdicts_in(again) == live.verdicts
    assert len(live.verdicts) > 100
    bad = ("failed", "warned", "not_exercised", "broken")
    found = {name for (_, name), verdict in live.verdicts.items() if verdict["outcome"] in bad}
    assert found == ({WAYWARD[name].requirement} if name else set())
    assert not problems_in_events(again)


def test_the_reference_client_alone_passes_every_stage_in_a_recording(tmp_path: Path) -> None:
    everything = tuple(stage.name for stage in stages_of(HOME.package))
    live = run_of(None, everything)
    path = write(tmp_path / "events.ndjson", live.events)
    again = judged_events(read_recording(path), "again")
    assert verdicts_in(again) == live.verdicts
    assert {v["outcome"] for v in live.verdicts.values()} <= {"passed", "not_applicable"}
    archive = tmp_path / "traffic.har"
    archive.write_text(json.dumps(har(live.events, {"name": "x", "version": "1"})), "utf-8")
    from_har = verdicts_in(judged_events(read_recording(archive), "again"))
    assert {v["outcome"] for v in from_har.values()} <= {
        "passed",
        "not_applicable",
        "not_observable",
    }


def test_a_judged_record_can_be_judged_again(tmp_path: Path) -> None:
    once = judged_events(read_recording(write(tmp_path / "a", run_of(CLIENTS[1]).events)), "one")
    twice = judged_events(read_recording(write(tmp_path / "b", once)), "two")
    assert once[1:] == twice[1:]
    opening = twice[0]
    assert opening["scope"]["door"] == "recording"  # type: ignore[index]
    assert opening["scope"]["recorded_door"] == "adapter"  # type: ignore[index]
    assert opening["subject"] == run_of(CLIENTS[1]).events[0]["subject"]


def test_a_torn_record_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    live = run_of("issuer-like-audience")
    text = "".join(f"{json.dumps(event)}\n" for event in live.events)
    torn = text.index('"stage": "api-expired-token"') + 3000
    path = tmp_path / "events.ndjson"
    path.write_text(text[:torn], "utf-8")

    again = judged_events(read_recording(path), "again")

    found, whole = verdicts_in(again), live.verdicts
    broken_off = {key: v for key, v in found.items() if key[0] == "api-expired-token"}
    assert broken_off
    assert {v["outcome"] for v in broken_off.values()} == {"not_observable"}
    rest = found.keys() - broken_off.keys()
    assert {key: found[key] for key in rest} == {key: whole[key] for key in rest}
    assert {key[0] for key in found} == {key[0] for key in whole}  # it was the last one
    judged = judge_recording(path, tmp_path / "reports", "torn")
    assert judged.report["run"]["interrupted"]
    assert judged.report["verdict"] == "failed"  # what was found stays found


def test_a_torn_record_with_nothing_wrong_is_incomplete(tmp_path: Path) -> None:
    events = run_of(None).events
    path = write(tmp_path / "events.ndjson", events[: len(events) // 2])
    judged = judge_recording(path, tmp_path / "reports", "torn")
    assert judged.report["verdict"] == "incomplete"


def test_judging_writes_a_complete_run_and_tells_what_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path / "events.ndjson", run_of("issuer-like-audience").events)
    words = ["judge", str(path), "--reports", str(tmp_path / "reports"), "--run", "judged"]

    result = CliRunner().invoke(cli, words, standalone_mode=False)

    assert result.return_value == 1
    assert result.output.startswith("FAILED: 1 of ")
    assert "judged from a recording" in result.output.splitlines()[0]
    assert f"{AUDIENCE}   MUST" in result.output
    assert "  expected  https://127.0.0.1:" in result.output
    folder = tmp_path / "reports" / "judged"
    assert {item.name for item in folder.iterdir()} == set(FILES)
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert not validate(report)
    assert report["scope"]["door"] == "recording"
    assert report["subject"]["name"] == "a client"
    assert report["assertor"] == {"name": "proefbank", "version": __version__}


def test_the_record_is_not_overwritten_by_its_own_judgement(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "mine"
    folder.mkdir(parents=True)
    path = write(folder / "events.ndjson", run_of(None).events)
    with pytest.raises(BadInvocation, match="take the place"):
        judge_recording(path, tmp_path / "reports", "mine")
    assert judge_recording(folder, tmp_path / "reports").folder.name.endswith("-judged-mine")


def test_a_waiver_covers_a_finding_of_a_recording(tmp_path: Path) -> None:
    path = write(tmp_path / "events.ndjson", run_of("token-in-query").events)
    name = WAYWARD["token-in-query"].requirement
    profile = tmp_path / "profile.toml"
    profile.write_text(
        f'[[waivers]]\nrequirement = "{name}"\nactual = "the access token"\nreason = "known"\n'
        'owner = "nobody"\nexpires = 2099-01-01\n',
        "utf-8",
    )
    judged = judge_recording(path, tmp_path / "reports", profile=profile)
    assert judged.report["verdict"] == "passed"
    assert [row["state"] for row in judged.report["waivers"]] == ["used"]


def test_run_and_judge_say_the_same_from_end_to_end(tmp_path: Path) -> None:
    """The two commands, as somebody types them."""
    client = "proefbank.services.socialsecurity.wayward.assertions:LongLived"
    chosen = ("socialsecurity", "--client", client, "--stage", "token", "--seed", "1")
    words = ["--reports", str(tmp_path)]
    ran = proefbank(tmp_path, "run", *chosen, "--run", "live", *words)
    recording = str(tmp_path / "live" / "events.ndjson")
    judged = proefbank(tmp_path, "run", "--recording", recording, "--run", "judged", *words)
    assert (ran.returncode, judged.returncode) == (1, 1), ran.stderr + judged.stderr
    one, two = (verdicts_in(read_recording(tmp_path / name).events) for name in ("live", "judged"))
    assert one == two
    assert "judged from a recording" in judged.stdout


# The wire alone.


def served(events: Sequence[Event]) -> Iterator[Event]:
    """Return what `serve` would have recorded: one staging, no orders, no outcomes."""
    scope = {"services": [HOME.name], "target": "mock", "door": "wire"}
    yield {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {"id": "wire", "started": "2026-11-22T06:00:00.000+00:00"},
        "scope": scope,
    }
    kept = [e for e in events if e["event"] in ("scenario", "exchange") and e["stage"] == "api"]
    names = [
        "TokenRequest",
        "ClientAssertion",
        "TokenRequestSeries",
        "ApiRequest",
        "PayloadRequest",
    ]
    yield {"event": "staging", "stage": "wire", "service": HOME.name, "readings": names}
    yield from ({**event, "stage": "wire"} for event in kept)


def test_a_served_session_is_judged_from_the_wire_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "events.ndjson", list(served(run_of(None).events)))
    judged = judge_recording(path, tmp_path / "reports")
    rows = {row["id"]: row for row in judged.report["requirements"]}
    assert judged.report["verdict"] == "incomplete"
    assert rows[AUDIENCE]["outcome"] == "passed"
    assert rows[f"socialsecurity.{ASSERTION}"]["outcome"] == "passed"
    assert rows["socialsecurity.assertion.jti-is-unique"]["outcome"] == "not_observable"
    unseen = rows["socialsecurity.token-response.extra-members-are-ignored"]
    assert unseen["outcome"] == "not_observable"
    assert "`proefbank run`" in unseen["reason"]
    assert {row["outcome"] for row in rows.values()} <= {
        *("passed", "not_applicable", "not_observable", None),
    }


# Archives and cassettes of others.


def foreign_har(raw: Sequence[tuple[str, Request, Response]]) -> dict[str, Any]:
    """Return what a proxy would have saved: everything in clear."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "another tool", "version": "1"},
            "entries": [
                {
                    "startedDateTime": to_iso(request.received_at),
                    "time": 3,
                    "request": {
                        "method": request.method,
                        "url": request.origin + request.target,
                        "httpVersion": "HTTP/1.1",
                        "headers": [{"name": n, "value": v} for n, v in request.headers],
                        "cookies": [{"name": "session", "value": "cookie-value-canary"}],
                        "postData": {"mimeType": "x", "text": request.body.decode()},
                    },
                    "response": {
                        "status": response.status,
                        "headers": [
                            *({"name": n, "value": v} for n, v in response.headers),
                            {"name": "Set-Cookie", "value": "sid=cookie-value-canary"},
                        ],
                        "content": {
                            "mimeType": "application/json",
                            "encoding": "base64",
                            "text": base64.b64encode(response.body).decode(),
                        },
                    },
                }
                for _, request, response in raw
            ],
        }
    }


def traffic(name: str | None, *stages: str) -> list[tuple[str, Request, Response]]:
    return [item for item in run_of(name).raw if item[0] in stages]


@pytest.mark.parametrize("name", CLIENTS)
def test_an_archive_of_another_tool_is_judged_by_its_messages(
    name: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "incident.har"
    path.write_text(json.dumps(foreign_har(traffic(name, "token", "api"))), "utf-8")

    judged = judge_recording(path, tmp_path / "reports", "judged")

    rows = {row["id"]: row["outcome"] for row in judged.report["requirements"]}
    failed = {row for row, outcome in rows.items() if outcome in ("failed", "warned")}
    seen = {"issuer-like-audience", "token-in-query"}
    assert failed == ({WAYWARD[name].requirement} if name in seen else set())
    assert judged.report["verdict"] == ("failed" if failed else "incomplete")
    assert rows["socialsecurity.assertion.lifetime-at-most-10-minutes"] == "passed"
    assert rows["socialsecurity.assertion.jti-is-unique"] == "passed"
    assert rows[f"socialsecurity.{ASSERTION}"] == "not_observable"
    assert rows["socialsecurity.api-request.payload-is-utf-8"] == "not_observable"
    assert "not_exercised" not in rows.values()
    assert judged.report["scope"]["target"] == "mock"
    assert not validate(judged.report)


def test_nothing_secret_or_personal_of_an_archive_is_written(tmp_path: Path) -> None:
    archive = foreign_har(traffic("token-in-query", "token", "api"))
    last = archive["log"]["entries"][-1]
    base = last["request"]["url"].partition("/registrations")[0]
    token = next(iter(run_of("token-in-query").secrets))
    last["request"]["url"] = f"{base}/persons/99010112345?name=Canary+Jansen&key={token}"
    last["request"]["headers"].append({"name": "X-Api-Key", "value": "api-key-canary"})
    last["request"]["postData"]["text"] = json.dumps(
        {"insz": 99010112345, "names": ["Canary Jansen"], "inner": {"token": token}}
    )
    path = tmp_path / "incident.har"
    path.write_text(json.dumps(archive), "utf-8")

    folder = judge_recording(path, tmp_path / "reports", "judged").folder

    secrets = run_of("token-in-query").secrets
    assert len(secrets) >= 2
    for page in folder.iterdir():
        text = page.read_text("utf-8")
        for secret in (
            *secrets,
            "canary",
            "Canary",
            "99010112345",
            "Voorbeeldopleiding",
            "Zo\u00eb",
        ):
            assert secret not in text, (page.name, secret[:12])


def test_a_profile_brings_the_account_of_an_archive(tmp_path: Path) -> None:
    """The bench's own accounts are in the default profile, so this traffic is known."""
    path = tmp_path / "incident.har"
    path.write_text(json.dumps(foreign_har(traffic(None, "token"))), "utf-8")
    shown = outcomes(judged_events(read_recording(path), "x"))
    assert shown["account.client-id-is-the-one-shown"] == {"passed"}

    profile = tmp_path / "other.toml"
    profile.write_text(
        '[[accounts]]\nname = "employer"\nclient_id = "someone_else"\ncapacity = "employer"\n'
        'enterprise_number = "0000000196"\n',
        "utf-8",
    )
    hidden = outcomes(judged_events(read_recording(path), "x", profile=profile))
    assert hidden["account.client-id-is-the-one-shown"] == {"not_observable"}
    assert hidden["assertion.iss-is-the-client-id"] == {"passed"}


def test_iss_and_sub_that_differ_are_found_without_knowing_the_client(tmp_path: Path) -> None:
    stage = run_of("named-issuer", ("token",))
    archive = foreign_har(stage.raw)
    profile = tmp_path / "other.toml"
    profile.write_text(
        '[[accounts]]\nname = "employer"\nclient_id = "someone_else"\ncapacity = "employer"\n'
        'enterprise_number = "0000000196"\n',
        "utf-8",
    )
    path = tmp_path / "incident.har"
    path.write_text(json.dumps(archive), "utf-8")
    found = outcomes(judged_events(read_recording(path), "x", profile=profile))
    assert "failed" in found["assertion.iss-is-the-client-id"]


def test_a_token_from_before_the_recording_is_not_called_made_up(tmp_path: Path) -> None:
    only_api = [item for item in traffic(None, "api") if "oauth" not in item[1].target]
    path = tmp_path / "incident.har"
    path.write_text(json.dumps(foreign_har(only_api)), "utf-8")
    found = outcomes(judged_events(read_recording(path), "x"))
    assert found["token-use.token-comes-from-the-token-endpoint"] == {"not_observable"}
    assert found["api-request.carries-a-token"] == {"passed"}
    assert found["assertion.aud-is-token-url"] == {"not_observable"}


def test_our_own_archive_knows_what_the_server_found(tmp_path: Path) -> None:
    live = run_of("issuer-like-audience")
    path = tmp_path / "traffic.har"
    path.write_text(json.dumps(har(live.events, {"name": "x", "version": "1"})), "utf-8")
    events = judged_events(read_recording(path), "x")
    found = verdicts_in(events)
    for key, verdict in found.items():
        if key in live.verdicts and verdict["outcome"] != "not_observable":
            assert verdict["outcome"] == live.verdicts[key]["outcome"], key
    assert found["token", AUDIENCE]["outcome"] == "failed"
    assert found["token", f"socialsecurity.{ASSERTION}"]["outcome"] == "passed"
    assert not problems_in_events(events)


def test_a_cassette_of_vcrpy_is_judged(tmp_path: Path) -> None:
    def cassette(*, dated: bool) -> Path:
        interactions = [
            {
                "request": {
                    "method": request.method,
                    "uri": request.origin + request.target,
                    "body": request.body.decode(),
                    "headers": {name: [value] for name, value in request.headers},
                },
                "response": {
                    "status": {"code": response.status, "message": "OK"},
                    "headers": {n: [v] for n, v in response.headers if dated or n != "Date"},
                    "body": {"string": response.body.decode()},
                },
            }
            for _, request, response in traffic("issuer-like-audience", "token", "api")
        ]
        path = tmp_path / f"{dated}.yaml"
        path.write_text(yaml.safe_dump({"interactions": interactions, "version": 1}), "utf-8")
        return path

    dated = outcomes(judged_events(read_recording(cassette(dated=True)), "x"))
    undated = outcomes(judged_events(read_recording(cassette(dated=False)), "x"))
    assert dated["assertion.aud-is-token-url"] == {"failed"}
    assert dated["assertion.lifetime-at-most-10-minutes"] == {"passed"}
    assert undated["assertion.aud-is-token-url"] == {"failed"}
    assert undated["assertion.lifetime-at-most-10-minutes"] == {"not_observable"}


def test_cassettes_cannot_run_code(tmp_path: Path) -> None:
    path = tmp_path / "evil.yaml"
    path.write_text("interactions: !!python/object/apply:os.system ['true']\nversion: 1\n", "utf-8")
    with pytest.raises(BadInvocation, match="neither"):
        read_recording(path)


# What cannot be judged.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        ("hello", "neither"),
        ("{\n", "no event"),
        ('{"some": "json"}', "no event"),
        ('{"event": "run"}\n{"broken\n{"event": "end"}\n', "no event"),
        ('{"log": {"entries": []}}', "no requests"),
        ('{"log": {"entries": [{"request": 1}]}}', "entry 1"),
        ('{"log": {}}', "log.entries"),
        ("interactions: []\n", "no requests"),
        ("interactions: [{request: {}}]\n", "interaction 1"),
        ('{"event": "staging", "stage": "x"}\n{"event": "exchange", "stage": "x"}\n', "of x"),
        ('{"event": "call", "stage": "x"}\n', "of x"),
    ],
)
def test_what_is_no_recording_is_told(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInvocation, match=words):
        read_recording(path)


def test_missing_and_binary_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="no such file"):
        read_recording(tmp_path / "nonsuch")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadInvocation, match="UTF-8"):
        read_recording(tmp_path / "binary")
    with pytest.raises(BadInvocation, match="no such file"):
        read_recording(tmp_path)  # a folder without a record


@pytest.mark.parametrize("kind", ["record", "har"])
def test_nothing_to_judge_is_not_assessed(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if kind == "record":
        write(path, [run_of(None).events[0], {"event": "end", "interrupted": False}])
    else:
        archive = foreign_har(traffic(None, "token"))
        for entry in archive["log"]["entries"]:
            entry["request"]["url"] = "https://localhost/elsewhere"
        path.write_text(json.dumps(archive), "utf-8")
    words = ["judge", str(path), "--reports", str(tmp_path / "reports")]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    assert result.return_value == 3
    assert result.output.startswith("NOT ASSESSED: ")


def test_redacting_a_record_again_changes_nothing() -> None:
    """So a record can be copied, read and written without losing a word."""
    for event in run_of("gives-up-on-expired").events:
        assert Redactor().tree(event) == event


def test_events_written_and_read_back_give_the_same_views(tmp_path: Path) -> None:
    events = [e for e in run_of(None).events if e.get("stage") == "api" and e["event"] != "verdict"]
    read = read_recording(write(tmp_path / "x", events)).events
    one, two = Journal("api", events=events), Journal("api", events=read)
    assert one.exchanges == two.exchanges
    assert one.calls == two.calls
