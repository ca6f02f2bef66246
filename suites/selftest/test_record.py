"""`proefbank record`: what goes on to acceptance, what is written, and what is judged of it."""

from __future__ import annotations

import importlib
import json
import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from proefbank.acceptance.known import environments_of
from proefbank.acceptance.recorder import Recorder
from proefbank.cli import cli
from proefbank.commands.wire_record import WireRecord
from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation
from proefbank.exchange import Request, Response
from proefbank.recordings.judging import judge_recording
from proefbank.report.validation import problems_in_events
from proefbank.service import service
from proefbank.services.ehealth.reference import ReferenceConsumer
from proefbank.services.itsme.reference import ReferenceSigner
from proefbank.services.socialsecurity.reference import ReferenceClient

from .program import SECONDS, stay
from .stand_in import HOSTS, StandIn, session

CLIENTS: Mapping[str, Any] = {
    "socialsecurity": ReferenceClient,
    "ehealth": ReferenceConsumer,
    "itsme": ReferenceSigner,
}
TOKEN = "/REST/oauth/v5/token"
BAD = ("failed", "warned", "not_exercised", "broken")


@pytest.fixture(scope="module")
def acc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(folder=tmp_path_factory.mktemp("acc")) as made:
        yield made


class Session:
    """A recorder of this process, and the file it writes."""

    def __init__(self, acc: StandIn, folder: Path, *names: str) -> None:
        self.acc, self.folder, self.first = acc, folder, names[0]
        self.record = WireRecord(
            folder, *map(service, names), seed=None, command=[], origins={}, target="acc"
        )
        self.recorder = Recorder(
            environments_of(names, acc.profile),
            sink=self.record.write,
            ca_file=folder / "ca.pem",
            profile=acc.profile,
        )

    def work(self, name: str, client: Any) -> list[Any]:
        return session(
            self.acc.sites[name], client, self.recorder.ca_file, dict(self.recorder.origins)
        )

    def http(self, name: str) -> httpx.Client:
        trust = ssl.create_default_context(cafile=self.recorder.ca_file)
        origin = self.recorder.origins[self.acc.sites[name].origin]
        return httpx.Client(base_url=origin, verify=trust, trust_env=False, timeout=SECONDS)

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = self.record.path.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def texts(self, name: str) -> list[str]:
        found = (e for e in self.events if e["event"] == "note" and e["stage"] == name)
        return [str(event["text"]) for event in found]

    def exchanges(self, name: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["event"] == "exchange" and e["stage"] == name]

    def judged(self, profile: Path | None = None) -> Mapping[str, Any]:
        where = self.folder / "judged"
        return judge_recording(self.record.path, where, "r", profile=profile).report


@contextmanager
def recording(acc: StandIn, folder: Path, *names: str) -> Iterator[Session]:
    made = Session(acc, folder, *names)
    made.recorder.start()
    try:
        yield made
    finally:
        made.recorder.end()
        made.record.end(interrupted=False)


def outcomes(report: Mapping[str, Any]) -> dict[str, str]:
    """Return outcomes by requirement; those that nothing checks have none."""
    return {row["id"]: row["outcome"] for row in report["requirements"] if row["outcome"]}


def test_reference_clients_of_all_services_are_recorded_and_found_right(
    acc: StandIn, tmp_path: Path
) -> None:
    with recording(acc, tmp_path, *HOSTS) as made:
        for name, client in CLIENTS.items():
            assert made.work(name, client())
        kept = made.recorder.kept
    assert kept == {"socialsecurity": 5, "ehealth": 1, "itsme": 10}
    assert not problems_in_events(made.events)
    report = made.judged()
    assert report["verdict"] == "incomplete"
    assert report["scope"]["target"] == "acc"
    assert (report["scope"]["door"], report["scope"]["recorded_door"]) == ("recording", "wire")
    found = outcomes(report)
    assert not {name: one for name, one in found.items() if one in BAD}
    for right in (
        "socialsecurity.assertion.lifetime-at-most-10-minutes",
        "socialsecurity.assertion.aud-is-token-url",
        "socialsecurity.assertion.jti-is-present",
        "socialsecurity.api-request.payload-is-utf-8",
        "itsme.identification.redirect-url-is-the-registered-one",
        "itsme.sign-start.value-is-base64",
        "itsme.sign-start.request-ids-differ",
        "itsme.sign-status.id-is-that-of-the-start",
    ):
        assert found[right] == "passed", right
    # Of a calm consumer nothing can be said from its fetches alone.
    assert not [one for name, one in found.items() if name[:7] == "ehealth" and one == "passed"]


DEFECTS = {
    "socialsecurity": (
        *("long-lived", "constant-jti", "token-in-query", "issuer-like-audience", "latin1-payload"),
        *("two-assertions-in-one", "plain-http"),
    ),
    "itsme": ("digest-in-hex", "constant-request-id", "null-in-quotes", "asks-with-q"),
    "ehealth": ("fetch-per-token",),
}


@pytest.mark.parametrize(
    ("name", "defect"), [(name, one) for name, all_ in DEFECTS.items() for one in all_]
)
def test_a_wayward_client_is_found(acc: StandIn, tmp_path: Path, name: str, defect: str) -> None:
    wayward = importlib.import_module(f"proefbank.services.{name}.wayward").WAYWARD[defect]
    site = acc.sites[name]
    site.cast.set_lenient(lenient=True)  # or it would not get far enough to show it
    try:
        with recording(acc, tmp_path, name) as made:
            made.work(name, wayward.client())
    finally:
        site.cast.set_lenient(lenient=False)
    found = outcomes(made.judged())
    bad = {one for one, outcome in found.items() if outcome in BAD}
    assert bad == {wayward.requirement}


def test_a_refusal_of_acceptance_is_passed_on_and_recorded(acc: StandIn, tmp_path: Path) -> None:
    with recording(acc, tmp_path, "socialsecurity") as made, made.http("socialsecurity") as http:
        answer = http.post(TOKEN, data={"grant_type": "password", "password": "hunter2-hunter2"})
    assert answer.status_code == 400
    (exchange,) = made.exchanges("socialsecurity")
    assert exchange["response"]["status"] == 400
    assert json.loads(exchange["response"]["body"]["text"])["error"] == answer.json()["error"]
    assert "hunter2" not in made.record.path.read_text("utf-8")
    assert exchange["request"]["host"] == HOSTS["socialsecurity"]
    assert exchange["request"]["tls"] is None
    assert exchange["trail"]["facts"]["recorder"]["client_tls"] == "TLSv1.3"
    assert exchange["trail"]["facts"]["recorder"]["environment_tls"] == "TLSv1.3"


def test_the_certificate_that_acceptance_sees_is_the_recorders(
    acc: StandIn, tmp_path: Path
) -> None:
    """So nothing is said about the client's: neither that it is shown nor that it is missing."""
    site = acc.sites["itsme"]
    base = site.members()["base_url"].removeprefix(site.origin)
    with recording(acc, tmp_path, "itsme") as made, made.http("itsme") as http:
        answer = http.get(f"{base}/qes-partners/1.0.0/.well-known/configuration")
    assert answer.status_code == 200  # the client showed none at all
    assert site.seen[-1].request.tls.peer_sha256
    assert made.exchanges("itsme")[0]["request"]["tls"] is None
    found = outcomes(made.judged())
    assert found["itsme.transport.client-certificate-on-every-call"] == "not_observable"


class AddressedHere(ReferenceClient):
    """Takes its audience from the address it calls, which is right and cannot be seen here."""

    def claims(self) -> dict[str, Any]:
        return super().claims() | {"aud": self.settings["token_endpoint"]}


def test_an_audience_that_is_the_address_called_is_not_blamed(acc: StandIn, tmp_path: Path) -> None:
    site = acc.sites["socialsecurity"]
    site.cast.set_lenient(lenient=True)
    try:
        with recording(acc, tmp_path, "socialsecurity") as made:
            made.work("socialsecurity", AddressedHere())
    finally:
        site.cast.set_lenient(lenient=False)
    found = outcomes(made.judged())
    assert found["socialsecurity.assertion.aud-is-token-url"] == "passed"
    assert [text for text in made.texts("socialsecurity") if "mitmproxy" in text]


def test_discovery_leads_to_the_recorder_and_the_record_has_what_was_said(
    acc: StandIn, tmp_path: Path
) -> None:
    site = acc.sites["ehealth"]
    issuer = site.members()["issuer"]
    path = issuer.removeprefix(site.origin)
    with recording(acc, tmp_path, "ehealth") as made, made.http("ehealth") as http:
        found = http.get(f"{path}/.well-known/openid-configuration").json()
        assert found["issuer"] == issuer
        here = made.recorder.origins[site.origin]
        assert found["jwks_uri"].startswith(f"{here}/")
        assert http.get(found["jwks_uri"]).json()["keys"]
    discovery, keys = made.exchanges("ehealth")
    told = json.loads(discovery["response"]["body"]["text"])
    assert told["jwks_uri"].startswith(f"{site.origin}/")
    assert keys["request"]["target"] == told["jwks_uri"].removeprefix(site.origin)
    assert "jwks_uri" in discovery["trail"]["facts"]["recorder"]["changed"]
    assert [text for text in made.texts("ehealth") if "addresses of the recorder" in text]


def test_what_the_recorder_answers_itself_judges_nobody(tmp_path: Path) -> None:
    with StandIn("socialsecurity", folder=tmp_path / "acc") as acc:
        site = acc.sites["socialsecurity"]
        with recording(acc, tmp_path, "socialsecurity") as made:
            with made.http("socialsecurity") as http:
                assert http.get("/elsewhere").status_code == 404
                large = http.post(TOKEN, content=b"x" * (1024 * 1024 + 1))
                assert large.status_code == 413
                site.close()
                gone = http.post(f"{TOKEN}?client_secret=s3cret-s3cret", data={"a": "b"})
            assert gone.status_code == 502
            assert gone.json()["error"] == "proefbank_recorder"
    assert not made.exchanges("socialsecurity")
    texts = made.texts("socialsecurity")
    assert [text for text in texts if "itself answered 413 to POST" in text]
    assert [text for text in texts if f"itself answered 502 to POST {TOKEN}: " in text]
    assert [text for text in texts if text.startswith("1 other requests")]
    assert "s3cret" not in made.record.path.read_text("utf-8")
    report = made.judged()
    assert report["verdict"] == "incomplete"
    assert set(outcomes(report).values()) <= {"not_observable", "not_applicable"}


def test_clocks_that_differ_are_noted_once(tmp_path: Path) -> None:
    with StandIn("socialsecurity", folder=tmp_path / "acc") as acc:
        acc.sites["socialsecurity"].clock.advance(3_600)
        with recording(acc, tmp_path, "socialsecurity") as made, made.http(made.first) as http:
            for _ in range(3):
                http.post(TOKEN, data={"grant_type": "x"})
    noted = [text for text in made.texts("socialsecurity") if "clock" in text]
    assert noted
    assert len(noted) == len(set(noted))  # a slow machine may round twice
    for text in noted:
        assert re.fullmatch(r"the environment's clock and ours differ by some 3[56]\d\d s", text)


# The command.


PRODUCTION = {
    "socialsecurity": "services.socialsecurity.be",
    "ehealth": "api.ehealth.fgov.be",
    "itsme": "b2b.itsme.be",
}


@pytest.mark.parametrize("name", PRODUCTION)
@pytest.mark.parametrize("key", ["origin", "connect"])
def test_production_is_refused(name: str, key: str, tmp_path: Path) -> None:
    host = PRODUCTION[name]
    told = {"origin": f"https://{HOSTS[name]}"}
    told |= {key: f"https://{host}" if key == "origin" else f"{host}:443"}
    lines = [f"[acc.{name}]", *(f'{one} = "{value}"' for one, value in told.items())]
    profile = tmp_path / "proefbank.toml"
    profile.write_text("\n".join(lines))
    words = ["record", name, "--target", "acc", "--profile", str(profile)]
    result = CliRunner().invoke(cli, [*words, "--reports", str(tmp_path)], standalone_mode=False)
    assert isinstance(result.exception, BadInvocation)
    assert result.exception.exit_code == 4
    assert host in str(result.exception)
    assert not list(tmp_path.rglob("events.ndjson"))


def test_one_services_production_is_not_anothers_acceptance(tmp_path: Path) -> None:
    profile = tmp_path / "proefbank.toml"
    profile.write_text('[acc.itsme]\norigin = "https://services.socialsecurity.be"\n')
    with pytest.raises(BadInvocation, match=r"services\.socialsecurity\.be"):
        Recorder(
            environments_of(["itsme"], profile),
            sink=lambda _: None,
            ca_file=tmp_path / "ca.pem",
            profile=profile,
        )


def test_documented_addresses_of_acceptance_need_no_profile(tmp_path: Path) -> None:
    recorder = Recorder(
        environments_of(["socialsecurity", "ehealth"], None),
        sink=lambda _: None,
        ca_file=tmp_path / "ca.pem",
    )
    assert [front.known for front in recorder.fronts] == [True, True]
    assert not recorder.origins  # nothing listens, and nobody was asked


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["socialsecurity"], "--target"),
        (["--target", "acc"], "no service is named"),
        (["setup", "--target", "acc"], "setup"),
        (["nobody", "--target", "acc"], "no service called nobody"),
        (["itsme", "--target", "acc"], "onboarding"),
    ],
)
def test_bad_invocations_say_what_to_do(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["record", *words], standalone_mode=False)
    assert isinstance(result.exception, BadInvocation)
    assert told in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_a_taken_port_is_told(acc: StandIn, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ["record", "ehealth", "--target", "acc", "--profile", str(acc.profile)]
        words += ["--port", str(port), "--reports", str(tmp_path), "--run", "r"]
        result = CliRunner().invoke(cli, words, standalone_mode=False)
    assert isinstance(result.exception, BadInvocation)
    assert str(port) in str(result.exception)


def test_ports_end_somewhere(acc: StandIn, tmp_path: Path) -> None:
    words = ["record", "ehealth", "itsme", "--target", "acc", "--profile", str(acc.profile)]
    words += ["--port", "65535", "--reports", str(tmp_path)]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    assert isinstance(result.exception, BadInvocation)
    assert "65536" in str(result.exception)


def test_help_tells_of_mitmproxy() -> None:
    result = CliRunner().invoke(cli, ["record", "--help"])
    assert result.exit_code == 0
    assert "mitmdump" in result.output
    assert "hardump=acc.har" in result.output
    assert max(map(len, result.output.splitlines())) <= 100


@contextmanager
def started(
    acc: StandIn, folder: Path, *options: str
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Record in a process of its own; the process, and what its ready file tells."""
    words = ["record", "--target", "acc", "--profile", str(acc.profile), *options]
    words += ["--reports", str(folder / "reports"), "--run", "r"]
    staying = stay(folder, *words, TMPDIR=str(folder))
    try:
        yield staying.process, staying.told
    finally:
        staying.process.kill()
        staying.process.communicate()


def leading_in(ready: Mapping[str, Any]) -> dict[str, str]:
    """Return the recorder's origin for each of acceptance."""
    return {
        there["in_place_of"]: there["origin"]
        for sites in ready["services"].values()
        for there in sites.values()
    }


def test_it_is_ended_and_judged_at_once(acc: StandIn, tmp_path: Path) -> None:
    with started(acc, tmp_path, "--judge") as (process, ready):
        leading = leading_in(ready)
        for name, client in CLIENTS.items():
            assert session(acc.sites[name], client(), Path(ready["ca_file"]), leading)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=SECONDS)[0]
    assert process.returncode == 2, output
    for site in acc.sites.values():
        assert f"in place of      {site.origin}" in output
        assert f"give the client  {leading[site.origin]}" in output
    assert f"aud stays        https://{HOSTS['socialsecurity']}{TOKEN}" in output
    assert "export SSL_CERT_FILE=" in output
    assert f"POST {TOKEN} 200" in output
    assert "judge   proefbank judge " in output
    assert "INCOMPLETE" in output
    assert not Path(ready["ca_file"]).exists()
    left = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert left == ["r", "r-judged"]
    recording_ = read_recording(Path(ready["record"]))
    assert recording_.events[-1]["event"] == "end"
    opening = recording_.events[0]
    assert opening["origins"] == {name: site.origin for name, site in acc.sites.items()}


def test_ports_can_be_fixed(acc: StandIn, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started(acc, tmp_path, "ehealth", "--port", str(port)) as (process, ready):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert ready["services"]["ehealth"]["main"]["origin"] == f"https://127.0.0.1:{port}"


def test_an_empty_record_is_told_to_be_empty(acc: StandIn, tmp_path: Path) -> None:
    with recording(acc, tmp_path, "itsme") as made:
        pass
    report = made.judged()
    assert set(outcomes(report).values()) <= {"not_observable", "not_applicable"}


def test_a_fault_of_ours_is_no_clients(
    acc: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Session(acc, tmp_path, "ehealth")

    def fail(_: Request) -> Response:
        raise RuntimeError("a slip")

    monkeypatch.setattr(made.recorder.fronts[0].forwarder, "handle", fail)
    made.recorder.start()
    with made.http("ehealth") as http:
        assert http.get("/auth/realms/healthcare").status_code == 500
    made.recorder.end()
    made.record.end(interrupted=False)
    (ended,) = [event for event in made.events if event["event"] == "staged"]
    assert (ended["state"], ended["reason"]) == ("broken", "the recorder failed: RuntimeError")
