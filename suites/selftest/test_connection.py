"""Preflight: what stands between a client and being judged, told step by step and never blamed."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proefbank.certificates import to_pem
from proefbank.choices import Choices
from proefbank.clock import Clock
from proefbank.connection import checks as connection
from proefbank.connection.accounts import account_rows
from proefbank.connection.reaching import Row, reach
from proefbank.errors import BadInvocation, NotAssessed
from proefbank.keys import SigningKey, key_for
from proefbank.parts import Parts
from proefbank.pki import CertificateAuthority, self_signed
from proefbank.profile.credentials import Reference
from proefbank.report.validation import validate
from proefbank.service import Settings, service
from proefbank.upstream import Upstream

from . import program
from .acc_profiles import complete
from .program import Done, Proefbank, proefbank
from .stand_in import HOSTS, StandIn

DISCOVERY = "/auth/realms/healthcare/.well-known/openid-configuration"
DAY = 86_400.0


@pytest.fixture(scope="module")
def acc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """Return acceptance as it may be, with a whole profile."""
    with StandIn(folder=tmp_path_factory.mktemp("acc")) as made:
        complete(made)
        yield made


def upstream(acc: StandIn, name: str = "ehealth", **changes: Any) -> Upstream:
    site = acc.sites[name]
    made = Upstream("main", site.origin, ca_file=acc.ca_file, connect=site.connect())
    return replace(made, **changes)


def steps(rows: list[Row]) -> dict[str, str]:
    return {row.check.partition(": ")[2]: row.outcome for row in rows}


def red(rows: list[Row]) -> Row:
    (found,) = [row for row in rows if row.outcome == "failed"]
    assert found.hint
    return found


def after(rows: list[Row], step: str) -> set[str]:
    told = steps(rows)
    return {told[name] for name in list(told)[list(told).index(step) + 1 :]}


# A server, step by step.


def test_a_server_that_is_there(acc: StandIn) -> None:
    rows = reach(upstream(acc), path=DISCOVERY, clock=Clock())
    assert steps(rows) == {
        "name": "passed",
        "connection": "passed",
        "TLS trust": "passed",
        "client certificate": "skipped",
        "HTTP answer": "passed",
        "clock": "passed",
    }
    assert all(row.check.startswith(f"{HOSTS['ehealth']}: ") for row in rows)


def test_without_anything_published_nothing_is_asked(acc: StandIn) -> None:
    came = len(acc.sites["socialsecurity"].seen)
    rows = reach(upstream(acc, "socialsecurity"), path=None, clock=Clock())
    assert [row.outcome for row in rows] == ["passed"] * 3 + ["skipped"] * 3
    assert len(acc.sites["socialsecurity"].seen) == came


def test_a_name_that_nobody_knows(acc: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("proefbank.connection.reaching.socket.getaddrinfo", unknown)
    monkeypatch.setattr("proefbank.connection.reaching.urllib.request.getproxies", dict)
    rows = reach(upstream(acc, connect=None), path=None, clock=Clock())
    assert "is not known" in red(rows).detail
    assert after(rows, "name") == {"skipped"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_port_where_nobody_listens(acc: StandIn) -> None:
    rows = reach(upstream(acc, connect=f"127.0.0.1:{free_port()}"), path=None, clock=Clock())
    assert red(rows).check.endswith(": connection")
    assert after(rows, "connection") == {"skipped"}


@contextmanager
def answering(content: bytes) -> Iterator[int]:
    """Listen without TLS: answer whatever comes with this, and close."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard: list[bytes] = []

        def serve() -> None:
            try:
                came, _ = listener.accept()
            except OSError:
                return
            with came:
                heard.append(came.recv(4096))
                came.sendall(content)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.close()
        thread.join(10)


def test_a_server_that_speaks_no_tls(acc: StandIn) -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        rows = reach(upstream(acc, connect=f"127.0.0.1:{port}"), path=None, clock=Clock())
    assert red(rows).check.endswith(": TLS trust")


def test_an_authority_that_is_not_trusted(acc: StandIn, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(CertificateAuthority(now=Clock().now()).pem)
    rows = reach(upstream(acc, ca_file=other), path=DISCOVERY, clock=Clock())
    assert "not trusted" in red(rows).detail
    assert "ca_file" in red(rows).hint
    assert after(rows, "TLS trust") == {"skipped"}


def test_a_server_with_another_name(acc: StandIn) -> None:
    rows = reach(upstream(acc, origin="https://other.acc.example"), path=None, clock=Clock())
    assert red(rows).check == "other.acc.example: TLS trust"


def pair(folder: Path, key: SigningKey, **days: float) -> dict[str, Reference]:
    now = Clock().now()
    made = self_signed(
        key,
        organisation="Voorbeeld NV",
        enterprise_number="0000000196",
        valid_from=now + days.get("start", -1) * DAY,
        valid_to=now + days.get("end", 400) * DAY,
    )
    (folder / "c.pem").write_bytes(to_pem(made))
    (folder / "k.pem").touch(mode=0o600)
    (folder / "k.pem").write_bytes(key.pem_private())
    return {
        "certificate": Reference("file", "c.pem", folder),
        "key": Reference("file", "k.pem", folder),
    }


@pytest.mark.parametrize("path", ["/qes-partners/1.0.0/.well-known/configuration", None])
def test_a_certificate_that_is_not_wanted(acc: StandIn, tmp_path: Path, path: str | None) -> None:
    mine = pair(tmp_path, key_for("selftest-preflight", "EC P-384"))
    rows = reach(upstream(acc, "itsme", **mine), path=path, clock=Clock())
    assert red(rows).check.endswith((": client certificate", ": HTTP answer")), rows
    assert steps(rows)["connection"] == "passed"


def test_a_key_of_another_certificate(acc: StandIn, tmp_path: Path) -> None:
    mine = pair(tmp_path, key_for("selftest-preflight", "EC P-384"))
    other = tmp_path / "other.pem"
    other.touch(mode=0o600)
    other.write_bytes(key_for("selftest-preflight-2", "EC P-384").pem_private())
    mine["key"] = Reference("file", other.name, tmp_path)
    rows = reach(upstream(acc, "itsme", **mine), path=None, clock=Clock())
    assert red(rows).check.endswith(": client certificate")


def test_a_path_that_is_not_there(acc: StandIn) -> None:
    rows = reach(upstream(acc), path="/auth/realms/none/.well-known/x", clock=Clock())
    assert "404" in red(rows).detail
    assert after(rows, "HTTP answer") == {"skipped"}


@pytest.mark.parametrize(("offset", "word"), [(3600, "ahead"), (-3600, "behind")])
def test_a_clock_that_is_wrong(acc: StandIn, offset: float, word: str) -> None:
    clock = Clock()
    clock.advance(offset)
    found = red(reach(upstream(acc), path=DISCOVERY, clock=clock))
    assert found.check.endswith(": clock")
    assert re.search(rf"3[56]\d\d s {word} of", found.detail), found.detail


def test_a_proxy_that_does_not_let_us_out(acc: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(b"HTTP/1.1 403 Forbidden\r\n\r\n") as port:
        told = {"https": f"http://someone:secret@127.0.0.1:{port}"}
        monkeypatch.setattr("proefbank.connection.reaching.urllib.request.getproxies", lambda: told)
        monkeypatch.setattr(
            "proefbank.connection.reaching.urllib.request.proxy_bypass", lambda _: False
        )
        rows = reach(upstream(acc, connect=None), path=None, clock=Clock())
    assert steps(rows)["name"] == "skipped"
    assert "403" in red(rows).detail
    assert "proxy 127.0.0.1" in red(rows).detail
    assert "secret" not in str(rows)


# The account.


def account_of(acc: StandIn, folder: Path, more: str = "", **changes: Any) -> list[Row]:
    """Look at the account of a profile in which keys of socialsecurity are changed."""
    text = acc.profile.read_text("utf-8")
    for key, value in changes.items():
        text = re.sub(rf"(?m)(?<=^){key} = .*$", f"{key} = {value}", text)
    for file in acc.folder.iterdir():
        if not (folder / file.name).exists():
            (folder / file.name).write_bytes(file.read_bytes())
            (folder / file.name).chmod(0o600)
    (folder / "proefbank.toml").write_text(text + more, "utf-8")
    return account_rows(Settings(folder / "proefbank.toml"), service("socialsecurity"))


def test_an_account_that_fits(acc: StandIn, tmp_path: Path) -> None:
    assert [row.outcome for row in account_of(acc, tmp_path)] == ["passed", "passed"]


MINE = {"certificate": '{ file = "c.pem" }', "private_key": '{ file = "k.pem" }'}


@pytest.mark.parametrize(
    ("days", "outcome", "said"),
    [
        ({"start": -50, "end": -2}, "failed", "has expired"),
        ({"start": 2, "end": 50}, "failed", "not valid yet"),
        ({"start": -50, "end": 3}, "noted", "days left"),
        ({"start": -50, "end": 300}, "passed", "of the private key"),
    ],
)
def test_the_days_of_a_certificate(
    acc: StandIn, tmp_path: Path, days: dict[str, float], outcome: str, said: str
) -> None:
    pair(tmp_path, key_for("selftest-preflight", "EC P-384"), **days)
    row = account_of(acc, tmp_path, **MINE)[1]
    assert row.outcome == outcome
    assert said in row.detail
    assert "Voorbeeld" not in row.detail


def test_a_certificate_of_another_key(acc: StandIn, tmp_path: Path) -> None:
    pair(tmp_path, key_for("selftest-preflight", "EC P-384"))
    (row,) = account_of(acc, tmp_path, certificate=MINE["certificate"])
    assert row.outcome == "failed"
    assert "not the certificate of the private key" in row.detail


@pytest.mark.parametrize(("listed", "outcome"), [("c.pem", "passed"), ("old.pem", "failed")])
def test_the_certificates_of_the_account(
    acc: StandIn, tmp_path: Path, listed: str, outcome: str
) -> None:
    pair(tmp_path, key_for("selftest-preflight-2", "EC P-384"))
    (tmp_path / "c.pem").rename(tmp_path / "old.pem")
    pair(tmp_path, key_for("selftest-preflight", "EC P-384"))
    more = f'\n[[accounts]]\nname = "mine"\nclient_id = "mine"\ncertificates = ["{listed}"]\n'
    more += 'enterprise_number = "0000000196"\n'
    rows = account_of(acc, tmp_path, more, client_id='"mine"', **MINE)
    rows = [row for row in rows if row.check.endswith("of the account")]
    assert {row.outcome for row in rows} == {outcome}, rows


# Ports, and what a run writes down.


def test_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        choices = Choices(port=taken.getsockname()[1])
        (row,) = connection.before(choices, service("ehealth"))
    assert row.outcome == "failed"
    assert connection.before(Choices(), service("ehealth")) == []


def test_a_red_row_ends_it(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        choices = Choices(port=taken.getsockname()[1])
        with pytest.raises(NotAssessed, match="cannot be had") as caught:
            connection.look_before(parts, choices, service("ehealth"))
    parts.save_fatal(caught.value)
    (row,) = connection.rows_of(parts, {})
    assert row["outcome"] == "failed"
    assert row["check"] == "free ports"
    assert row["hint"]


def test_a_run_without_anything_has_no_green_preflight(tmp_path: Path) -> None:
    assert connection.rows_of(Parts(tmp_path), {})[0]["outcome"] == "failed"


# The command, and a run.


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Proefbank:
    """Run a command in this process, in an empty folder."""
    return program.here(tmp_path, monkeypatch, capfd)


def test_a_client_that_can_be_judged(here: Proefbank) -> None:
    done = here("check", "connection", "socialsecurity")
    assert done.returncode == 0, done.stdout
    assert "READY" in done.stdout
    assert "the client connected" in done.stdout


def test_a_client_that_does_not_start(here: Proefbank) -> None:
    done = here("check", "connection", "socialsecurity", "--client-command", "false")
    assert done.returncode == 3
    assert "the client introduces itself" in done.stdout
    assert "exit code 1" in done.stdout
    assert "NOT READY" in done.stderr


def test_acceptance_as_a_command(acc: StandIn, here: Proefbank) -> None:
    words = ("check", "connection", "--target", "acc", "--profile", str(acc.profile), "--json")
    done = here(*words)
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert told["ready"]
    assert set(told["services"]) == set(HOSTS)
    assert not [r for rows in told["services"].values() for r in rows if r["outcome"] == "failed"]
    assert here("check", "connection", "--target", "acc", "--no-profile").returncode == 4


def test_a_target_that_says_nothing_of_acceptance() -> None:
    with pytest.raises(BadInvocation):
        connection.before(Choices(target="acc"), service("itsme"))


def run(folder: Path, *words: str) -> Done:
    return proefbank(folder, "run", *words, "--run", "one")


def test_a_run_that_cannot_reach_acceptance_judges_nobody(tmp_path: Path) -> None:
    with StandIn("ehealth", folder=tmp_path) as gone:
        complete(gone)
    done = run(tmp_path, "ehealth", "--target", "acc")
    assert done.returncode == 3, done.stdout + done.stderr
    report = json.loads((tmp_path / "reports/one/report.json").read_text("utf-8"))
    assert validate(report) == []
    assert report["verdict"] == "not_assessed"
    (row,) = [row for row in report["preflight"] if row["outcome"] == "failed"]
    assert row["check"] == f"{HOSTS['ehealth']}: connection"
    assert row["check"] in report["headline"]
    assert not [row for row in report["requirements"] if row["outcome"] == "failed"]
    page = (tmp_path / "reports/one/report.html").read_text("utf-8")
    assert row["hint"] in page
    assert row["hint"] in done.stderr


AHEAD = '''
import time

from proefbank.services.socialsecurity.wayward.assertions import OtherClaims


class Ahead(OtherClaims):
    """States an instant that is an hour off."""

    def other(self, now):
        return {"iat": now + 3600}
'''


def test_what_a_run_looked_at_is_in_its_record(tmp_path: Path) -> None:
    (tmp_path / "ahead.py").write_text(AHEAD)
    done = run(tmp_path, "socialsecurity", "--stage", "token", "--client", "ahead:Ahead")
    report = json.loads((tmp_path / "reports/one/report.json").read_text("utf-8"))
    assert validate(report) == []
    told = {row["check"]: row["outcome"] for row in report["preflight"]}
    assert told == {
        "the client introduces itself": "passed",
        "trust in the run's authority": "passed",
        "the client's clock": "noted",
    }
    assert report["verdict"] == "passed", done.stdout  # it is judged all the same, by the rules
