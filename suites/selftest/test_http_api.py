"""`--api URL`: an API that is called directly, on trial with APIs that are right and wrong."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proefbank.bench import Bench
from proefbank.cli import main
from proefbank.clients.adapter import ClientUnderTest
from proefbank.clients.api_answer import ApiCaller
from proefbank.clients.api_command import CommandHost
from proefbank.clients.api_local import LocalHost, local_api
from proefbank.clients.api_started import StartedApi
from proefbank.clients.http_api import HttpApi
from proefbank.clients.moving_library import find_libfaketime
from proefbank.errors import BadInvocation, NotAssessed, NotObservable, Rejected
from proefbank.judge import judge
from proefbank.pki import CertificateAuthority
from proefbank.service import Settings, service
from proefbank.services.ehealth.reference_api import ReferenceApi, Reply
from proefbank.services.ehealth.wayward import WAYWARD
from proefbank.services.ehealth.wayward.api_answers import Bare401, ForbidsInstead
from proefbank.services.ehealth.wire.api_answers import RefusalAnswer
from proefbank.services.ehealth.wire.showings import Verification
from proefbank.staging import rules_for, stages_of
from proefbank.verdict import Outcome, Verdict

from .program import Done, proefbank

SERVICE = service("ehealth")
ROOT = Path(__file__).parents[2]
REFERENCE = f"{sys.executable} -m proefbank.services.ehealth.reference_api"
GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
FEW = (
    "api-refusals",
    "inexact-audiences",
    "huge-tokens",
    "odd-headers",
    "output",
    "unknown-kid",
    "keys-cold-start",
    "keys-flood",
    "keys-of-two-issuers",
    "keys-server-error",
    "keys-tls-unknown-ca",
    "rotation-across-step-3",
)
"""Situations of every kind: with and without a moved clock, a fresh start, an armed stimulus."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def opened(make: Callable[[Path], ClientUnderTest], **options: Any) -> Iterator[Bench]:
    bench = Bench(SERVICE, settings=Settings(), seed=1, make_client=make, **options)
    try:
        yield bench
    finally:
        bench.close()


def judged(bench: Bench, *names: str) -> list[Verdict]:
    found = []
    for stage in stages_of(SERVICE.package):
        if not names or stage.name in names:
            journal = bench.run(stage)
            for reading in stage.readings:
                found += [judge(rule, journal) for rule in rules_for(stage, reading)]
    return found


def bad(verdicts: list[Verdict]) -> dict[str, str]:
    return {v.requirement: v.outcome.value for v in verdicts if v.outcome not in GOOD}


# APIs that the bench starts.


def test_the_reference_api_passes() -> None:
    with opened(lambda _: local_api(ReferenceApi)) as bench:
        bench.preflight()
        assert bench.hello.clock == "settable"
        found = judged(bench, *FEW)
    assert bad(found) == {}
    assert {v.stage for v in found if v.outcome is Outcome.NOT_APPLICABLE} == {
        "keys-of-two-issuers"
    }


@pytest.mark.parametrize(
    ("api", "requirement"),
    [
        (ForbidsInstead, "ehealth.token.refusal-is-401"),
        (Bare401, "ehealth.token.refusal-names-invalid-token"),
    ],
)
def test_a_wayward_api_breaks_its_requirement_and_no_other(
    api: type[ReferenceApi], requirement: str
) -> None:
    with opened(lambda _: local_api(api)) as bench:
        bench.preflight()
        assert bad(judged(bench, *FEW)) == {requirement: "warned"}


class SendsToLogin(ReferenceApi):
    """Redirects to a page on which people sign in."""

    def unauthorised(self) -> Reply:
        return Reply("302 Found")

    def refusal(self, refusal: Rejected) -> Reply:
        return self.unauthorised()


class FallsOver(ReferenceApi):
    """Answers 500 to a token that it cannot read."""

    def refusal(self, refusal: Rejected) -> Reply:
        if refusal.reject_class == "malformed":
            return Reply("500 Internal Server Error")
        return super().refusal(refusal)


class TakesAnyAudience(ReferenceApi):
    """Does not look whom a token is for."""

    def check_audience(self, told: object, store: object) -> None:
        pass


@pytest.mark.parametrize(
    ("api", "stages", "expected"),
    [
        (SendsToLogin, FEW, {"ehealth.token.refusal-is-401": "warned"}),
        (
            FallsOver,
            ("odd-headers", "inexact-audiences", "api-refusals"),
            {"ehealth.token.header-that-is-no-object-is-refused": "failed"},
        ),
        (
            TakesAnyAudience,
            ("odd-headers", "inexact-audiences"),
            {"ehealth.token.audience-is-compared-whole": "failed"},
        ),
    ],
)
def test_other_defects_are_found_where_they_are(
    api: type[ReferenceApi], stages: tuple[str, ...], expected: dict[str, str]
) -> None:
    with opened(lambda _: local_api(api)) as bench:
        assert bad(judged(bench, *stages)) == expected


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("hmac-with-pem", "pem-secrets"),
        ("crashes-on-two-parts", "other-counts"),
        ("crashes-on-header-array", "odd-headers"),
        ("thirty-hour-cache", "keys-office-hours"),
    ],
)
def test_a_wayward_consumer_is_found_through_http_too(name: str, stage: str) -> None:
    wayward = WAYWARD[name]
    served = type(wayward.client.__name__, (wayward.client, ReferenceApi), {})
    with opened(lambda _: local_api(served)) as bench:
        assert bad(judged(bench, stage)).keys() == {wayward.requirement}


class StaysInItsTime(ReferenceApi):
    """Says that its time moves, and it does not."""

    def clock(self, now: float) -> None:
        pass


def test_an_api_that_does_not_follow_is_not_blamed_for_it() -> None:
    with opened(lambda _: local_api(StaysInItsTime)) as bench:
        bench.preflight()
        assert bench.hello.clock == "system"
        found = judged(bench, "rotation-across-step-3", "api-refusals")
    assert {v.outcome for v in found if v.stage != "api-refusals"} == {Outcome.NOT_OBSERVABLE}
    assert "moved two days ahead, it refused" in next(v.reason for v in found if v.reason)


# An API that somebody else runs.


@dataclass
class Operator:
    """Configures an API as the bench announces it, and leaves it running."""

    make: type[ReferenceApi] = ReferenceApi
    changed: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        port = free_port()
        self.host = LocalHost(self.make, port)
        self.heard = ""
        self.api = HttpApi(f"http://127.0.0.1:{port}/protected", announce=self.hear, timeout=5)

    def hear(self, text: str) -> None:
        told = self.api._told
        assert told is not None
        self.heard = text
        scenario = {"ehealth": {**told.members, **dict(self.changed)}, "ca_file": told.ca_file}
        self.host.start(told, scenario, None)


@contextmanager
def running(make: type[ReferenceApi] = ReferenceApi, **changed: str) -> Iterator[Operator]:
    operator = Operator(make, tuple(changed.items()))
    try:
        yield operator
    finally:
        operator.host.stop()


def test_an_api_that_nobody_restarts_is_judged_by_what_it_can_show() -> None:
    with running() as operator, opened(lambda _: operator.api) as bench:
        bench.preflight()
        found = judged(bench)
    outcomes = {outcome: {v.stage for v in found if v.outcome is outcome} for outcome in Outcome}
    assert set(bad(found).values()) == {"not_observable"}
    assert {"api-refusals", "inexact-audiences", "keys-flood"} <= outcomes[Outcome.PASSED]
    hidden = {"output", "unknown-kid", "keys-cold-start", "rotation-across-step-3"}
    assert (
        hidden | {"keys-tls-unknown-ca", "rotation-cold-starts"} <= outcomes[Outcome.NOT_OBSERVABLE]
    )
    for word in ("issuer", "jwks_uri", "audience", "RS256", str(bench.ca_file)):
        assert word in operator.heard


class Open(ReferenceApi):
    """Protects nothing."""

    def unauthorised(self) -> Reply:
        return Reply("200 OK")


class NoPage(ReferenceApi):
    """Has nothing there for whoever has a token."""

    def reply(self, authorization: str, log: Any) -> Reply:
        return Reply("404 Not Found") if authorization else self.unauthorised()


class Broken(ReferenceApi):
    """Cannot answer."""

    def reply(self, authorization: str, log: Any) -> Reply:
        raise RuntimeError("no database")


@pytest.mark.parametrize(
    ("api", "changed", "said", "todo"),
    [
        (Open, {}, "200 OK to a request without a token", "name a path"),
        (NoPage, {}, "404 Not Found to an honest token", "answers GET with 2xx"),
        (Broken, {}, "500 Internal Server Error", "log"),
        (ReferenceApi, {"audience": "other"}, "it did fetch the key set", "audience"),
        (ReferenceApi, {"issuer": "https://x.invalid"}, "it did fetch the key set", "issuer"),
        (ReferenceApi, {"jwks_uri": "https://127.0.0.1:9/x"}, "never asked for", "jwks_uri"),
    ],
)
def test_an_api_that_is_not_ready_is_not_assessed(
    api: type[ReferenceApi], changed: dict[str, str], said: str, todo: str
) -> None:
    with (
        running(api, **changed) as operator,
        opened(lambda _: operator.api) as bench,
        pytest.raises(NotAssessed) as problem,
    ):
        bench.preflight()
    assert said in problem.value.message
    assert todo in problem.value.hint
    assert problem.value.exit_code == 3


class TrustsOthers(ReferenceApi):
    """Does not know the authority of the run."""

    def trust(self, ca_file: str) -> Any:
        del ca_file
        return super().trust(None)  # type: ignore[arg-type]


def test_an_api_that_distrusts_the_run_is_told_apart() -> None:
    with (
        running(TrustsOthers) as operator,
        opened(lambda _: operator.api) as bench,
        pytest.raises(NotAssessed, match="broke off the TLS handshake"),
    ):
        bench.preflight()


def test_nothing_at_the_url_is_not_assessed() -> None:
    api = HttpApi(f"http://127.0.0.1:{free_port()}/")
    with opened(lambda _: api) as bench, pytest.raises(NotAssessed) as problem:
        bench.preflight()
    assert "no connection" in problem.value.message
    assert "--api-command" in problem.value.hint


def test_a_certificate_that_nobody_trusts_is_named(tmp_path: Path) -> None:
    with opened(lambda _: local_api(ReferenceApi)) as elsewhere:  # any server over TLS will do
        url = f"{elsewhere.origins['main']}/x"
        with opened(lambda _: HttpApi(url)) as bench, pytest.raises(NotAssessed) as problem:
            bench.preflight()
        assert "--api-ca" in problem.value.hint
        assert ApiCaller(url, ca_file=elsewhere.ca_file).ask(None, 5).status == 404
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    with pytest.raises(BadInvocation, match="no certificate"):
        ApiCaller(url, ca_file=empty)


# What one request says.


def test_a_token_that_no_header_can_carry_is_not_observable() -> None:
    with pytest.raises(NotObservable, match="header"):
        ApiCaller("http://127.0.0.1:9/").ask("a\r\nb", 1)


@pytest.mark.parametrize(
    ("challenges", "errors"),
    [
        ((), []),
        (("Basic realm=x",), []),
        (("Bearer",), [""]),
        (('Bearer realm="a", error="invalid_token"',), ["invalid_token"]),
        (("bearer error=invalid_token",), ["invalid_token"]),
        (('Basic realm="a", Bearer error = "insufficient_scope"',), ["insufficient_scope"]),
        (('Bearer error_description="error=invalid_token"',), [""]),
    ],
)
def test_challenges_are_read_as_they_come(challenges: tuple[str, ...], errors: list[str]) -> None:
    shown = Verification(
        1, 1, "expired", "OLD", "", "", "S0", "probe", "", 0.0, "rejected", "unclassified", "", (),
        0, 401, challenges,
    )  # fmt: skip
    assert RefusalAnswer(shown, None).errors == errors


def test_an_authority_can_be_kept(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    first = CertificateAuthority.kept(folder, now=1.8e9)
    again = CertificateAuthority.kept(folder, now=1.8e9 + 1e7)
    assert again.pem == first.pem == (folder / "ca.pem").read_bytes()
    assert (folder / "ca-key.pem").stat().st_mode & 0o77 == 0
    leaf = again.issue_server(["localhost"], now=1.8e9)
    leaf.certificate.verify_directly_issued_by(first.certificate)
    with pytest.raises(BadInvocation, match="its time is over"):
        CertificateAuthority.kept(folder, now=1.8e9 + 1e9)
    (folder / "ca-key.pem").write_text("nothing")
    with pytest.raises(BadInvocation) as problem:
        CertificateAuthority.kept(folder, now=1.8e9)
    assert problem.value.where == "--ca-folder"


# The command line.

BAD_CALLS: list[tuple[list[str], list[str]]] = [
    (["--api", "ftp://localhost/x"], ["--api", "neither an https nor an http URL"]),
    (["--api", "localhost:8443/x"], ["--api", "neither an https nor an http URL"]),
    (["--api", "https://"], ["--api", "names no host"]),
    (["--api", "https://localhost:99999/"], ["--api", "no URL"]),
    (["--api", "http://api.example.org/x"], ["--api", "http is for this machine only"]),
    (["--api", "https://me:secret@localhost/"], ["--api", "a name or password"]),
    (["--api", "https://api.ehealth.fgov.be/x"], ["--api", "belongs to a provider"]),
    (["--api", "https://localhost/x", "--client", "a:b"], ["--client and --api"]),
    (["--api-command", "node x.js"], ["--api-command", "--api"]),
    (["--api", "http://localhost:1/", "--api-command", ""], ["--api-command", "empty"]),
    (["--api", "http://localhost:1/", "--api-command", "a 'b"], ["--api-command", "quotation"]),
    (["--api", "http://localhost:1/", "--api-ca", "none.pem"], ["--api-ca", "none.pem"]),
    (["--api", "http://localhost:1/", "--port", "70000"], ["--port", "70000"]),
    (["--api", "http://localhost:1/", "--ca-folder", "file"], ["--ca-folder", "file"]),
    (["socialsecurity", "--api", "http://localhost:1/"], ["socialsecurity has no tokens"]),
    (["--api", "http://localhost:1/", "--", "-n", "2"], ["-n", "several workers"]),
]


@pytest.mark.parametrize(("words", "expected"), BAD_CALLS, ids=lambda item: " ".join(item)[:40])
def test_a_bad_call_is_told_in_one_message(
    words: list[str],
    expected: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["proefbank", "run", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 4, said
    assert said.out == ""
    for word in expected:
        assert word in said.err
    assert "Traceback" not in said.err
    assert "secret" not in said.err


def run(folder: Path, *words: str) -> Done:
    return proefbank(folder, "run", "ehealth", "--seed", "1", "--run", "r", *words)


def test_a_run_against_an_api_that_a_command_starts(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/protected"
    stages = ["--stage=api-refusals", "--stage=output", "--stage=keys-cold-start"]
    done = run(tmp_path, "--api", url, "--api-command", REFERENCE, *stages)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "reports" / "r"
    report = json.loads((folder / "report.json").read_bytes())
    assert report["scope"]["door"] == "api"
    assert report["subject"]["name"] == f"API at {url}"
    assert report["subject"]["version"].startswith("WSGIServer")
    assert report["subject"]["client"] == REFERENCE
    assert "answered over HTTP" in (folder / "report.html").read_text("utf-8")
    events = (folder / "events.ndjson").read_text("utf-8")
    assert '"answer": {"status": 401, "challenges": ["Bearer realm=' in events
    assert "eyJ" not in events
    assert "token refused, expired" in events


def test_the_time_of_a_python_api_is_moved(tmp_path: Path) -> None:
    pytest.importorskip("time_machine")
    url = f"http://127.0.0.1:{free_port()}/protected"
    command = REFERENCE.replace(" -m ", " -m proefbank.clients.moved -m ", 1)
    stages = ["--stage=rotation-across-step-3", "--stage=keys-idle-across-step-3"]
    done = run(tmp_path, "--api", url, "--api-command", command, *stages)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("PASSED")


def test_a_program_that_takes_no_heed_of_its_time_is_noticed(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/protected"
    command = f"{REFERENCE} proefbank.clients.moved"  # only looks like it
    done = run(tmp_path, "--api", url, "--api-command", command, "--stage=keys-cold-start")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(tmp_path, "--api", url, "--api-command", command, "--stage=rotation-across-step-3")
    assert done.returncode == 2, done.stdout + done.stderr
    report = json.loads((tmp_path / "reports" / "r" / "report.json").read_bytes())
    reasons = {row["reason"] for row in report["requirements"] if row["judgements"]}
    assert any("takes no heed" in reason for reason in reasons), reasons


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("false", ["ended with exit code 1"]),
        ("nosuch-command", ["there is no command nosuch-command", "PATH"]),
        ('sh -c "echo out of disk >&2; exit 3"', ["exit code 3", "out of disk"]),
    ],
)
def test_a_command_that_starts_no_api_is_not_assessed(
    tmp_path: Path, command: str, words: list[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    done = run(tmp_path, "--api", url, "--api-command", command, "--stage=api-refusals")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("NOT ASSESSED")
    for word in words:
        assert word in done.stderr


def test_an_api_that_a_command_starts_lives_in_belgium(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text("import os; print('zone', os.environ.get('TZ'), flush=True)")
    url = f"http://127.0.0.1:{free_port()}/"
    command = f"{sys.executable} {tmp_path / 'told.py'}"
    done = run(tmp_path, "--api", url, "--api-command", command, "--stage=api-refusals")
    assert "zone Europe/Brussels" in done.stdout + done.stderr


def test_something_else_at_the_url_is_not_taken_for_the_api() -> None:
    with running() as operator, opened(lambda _: operator.api) as bench:
        bench.preflight()  # which has it started
        url = operator.api.url
        with pytest.raises(NotAssessed, match="something answers"):
            StartedApi(url, CommandHost("sleep 9", url)).hello()


def test_apache_is_judged_as_it_is(tmp_path: Path) -> None:
    if shutil.which("apache2", path="/usr/sbin:/usr/bin:/bin") is None:
        pytest.skip("no apache2; apt-get install apache2 libapache2-mod-auth-openidc")
    url = f"http://127.0.0.1:{free_port()}/protected"
    words = ["--api", url, "--api-command", f"sh {ROOT}/adapters/apache/start.sh CLAIMS"]
    names = ["api-refusals", "inexact-audiences", "tampered-tokens", "unknown-crit", "early-tokens"]
    if find_libfaketime():
        words += ["--move-clock", "libfaketime"]
        names += ["rotation-across-step-3"]
    done = run(tmp_path, *words, *(f"--stage={name}" for name in names))
    assert done.returncode in (0, 1), done.stdout + done.stderr
    report = json.loads((tmp_path / "reports" / "r" / "report.json").read_bytes())
    assert report["subject"]["version"].startswith("Apache/2.4")
    found = {row["id"]: row["outcome"] for row in report["requirements"] if row["judgements"]}
    assert {name for name, outcome in found.items() if outcome == "failed"} <= {
        "ehealth.token.unknown-crit-is-refused",
        "ehealth.token.future-nbf-is-honoured",
    }
    assert found["ehealth.token.refusal-is-401"] == "passed"
    assert found["ehealth.token.audience-is-compared-whole"] == "passed"
    if find_libfaketime():
        assert found["ehealth.rotation.new-key-works-after-step-3"] == "passed"
