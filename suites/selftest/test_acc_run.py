"""`proefbank run --target acc` as somebody types it, in front of the stand-in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from proefbank.acceptance.known import acceptance_of
from proefbank.commands.run import command
from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation
from proefbank.recordings.again import check_evidence
from proefbank.recordings.judging import judged_events
from proefbank.report.signing.standing import Standing
from proefbank.report.validation import problems_in_events, validate
from proefbank.service import services

from . import acc_profiles
from .program import CODE, Done, proefbank
from .stand_in import HOSTS, StandIn

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def acc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(folder=tmp_path_factory.mktemp("acc")) as made:
        yield made


def run(acc: StandIn, folder: Path, *words: str, **env: str) -> tuple[Done, Path]:
    """Run against the stand-in; its profile is in `acc.profile`. Return also the run's folder."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    told = ["--target", "acc", "--profile", str(acc.profile), "--reports", "reports", "--run", "r"]
    env = {"PYTHONPATH": path, "TMPDIR": str(temporary), **env}
    done = proefbank(folder, "run", *words, *told, **env)
    assert not list(temporary.glob("proefbank-*")), "key files are left"
    return done, folder / "reports" / "r"


def test_a_run_says_what_was_seen_and_what_was_not(acc: StandIn, tmp_path: Path) -> None:
    acc_profiles.complete(acc)
    done, folder = run(acc, tmp_path, "--seed", "1")
    assert done.returncode == 2, done.stdout + done.stderr
    first = done.stdout.splitlines()[0]
    assert re.match(
        r"INCOMPLETE: \d+ of \d+ required checks passed, 0 failed, \d+ not observable at "
        r"acceptance \(the simulated services show them\)",
        first,
    ), first
    assert "acceptance environment (ACC)" in first
    for name in HOSTS:
        asked = sum(acceptance_of(services()[name]).played.values())
        assert f"ACC: {name} is asked about {asked} times, at https://" in done.stderr

    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert validate(report) == []
    assert report["scope"]["target"] == "acc"
    assert report["scope"]["services"] == sorted(HOSTS)
    assert "authority" not in report["scope"]
    counts = report["counts"]
    played = counts["stagings"] - counts["unplayed"]
    assert 0 < played < 20
    assert f"went through {played} situations" in report["notes"][0]["text"]
    outcomes = [row["outcome"] for row in report["requirements"]]
    assert not {"failed", "warned", "not_exercised", "broken"} & set(outcomes)
    assert outcomes.count("passed") > 55
    unseen = [row for row in report["requirements"] if row["outcome"] == "not_observable"]
    for row in unseen:
        unplayed = [one for one in row["judgements"] if one["reason"].startswith("needs ")]
        assert len(unplayed) <= 1
    assert all(item["reason"] for row in unseen for item in row["judgements"])
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "acceptance" in page
    assert "needs a stimulus" in page

    recording = read_recording(folder / "events.ndjson")
    assert not problems_in_events(recording.events)
    assert check_evidence(folder).standing is Standing.VALID
    again = [event for event in judged_events(recording, "again") if event["event"] == "verdict"]
    told = [event for event in recording.events if event["event"] == "verdict"]
    assert {(e["requirement"], e["stage"]): e["outcome"] for e in again} == {
        (e["requirement"], e["stage"]): e["outcome"] for e in told
    }


def test_no_secret_and_no_person_is_in_any_file(acc: StandIn, tmp_path: Path) -> None:
    acc_profiles.complete(acc)
    leaked = tmp_path / "leaked"
    done, folder = run(
        acc, tmp_path, "socialsecurity", "--client", "leaky_client:Leaky", LEAKED=str(leaked)
    )
    assert done.returncode == 1, done.stderr
    done_too, _ = run(acc, tmp_path, "ehealth", "itsme", "--run", "two")
    planted = set(leaked.read_text(encoding="utf-8").split())
    planted |= {"Müller", "Voorbeeldopleiding", "proefbank-acc"}
    for site in acc.sites.values():
        planted |= {one.value for one in site.cast.secrets() if len(one.value) > 7}
    planted |= {
        line
        for path in acc.folder.glob("*.key")
        for line in path.read_text(encoding="ascii").splitlines()
        if not line.startswith("-----")
    }
    planted.add((acc.folder / "acc.jwt").read_text(encoding="utf-8"))
    assert len(planted) > 60
    left = [file for file in folder.parent.rglob("*") if file.is_file()]
    assert {"events.ndjson", "report.html", "traffic.har"} <= {file.name for file in left}
    texts = {str(file): file.read_text(encoding="utf-8") for file in left}
    texts |= {"output": done.stdout + done.stderr + done_too.stdout + done_too.stderr}
    for name, text in texts.items():
        plain = text.replace("\\n", "\n").replace("\\/", "/").replace("&#x2F;", "/")
        found = [word for word in planted if word in text or word in plain]
        assert not found, f"{name} holds {found[0][:12]}… and {len(found) - 1} more"


def test_who_allowed_it_is_in_the_report(acc: StandIn, tmp_path: Path) -> None:
    acc_profiles.complete(acc)
    stage = "--stage=token-with-two-scopes"
    done, folder = run(acc, tmp_path, "socialsecurity", stage, "--provoke-errors")
    assert done.returncode in (0, 2), done.stdout + done.stderr
    scope = json.loads((folder / "report.json").read_text(encoding="utf-8"))["scope"]
    assert scope["authority"] == "An Example, test manager"
    assert scope["provoke_errors"] is True


UNUSABLE: list[tuple[str, dict[str, Any], str]] = [
    ("socialsecurity", {"client_id": None}, "acc.socialsecurity.client_id"),
    ("socialsecurity", {"private_key": None}, "acc.socialsecurity.private_key"),
    ("socialsecurity", {"private_key": {"file": "gone.key"}}, "acc.socialsecurity.private_key"),
    ("socialsecurity", {"private_key": {"env": "PB_NONE"}}, "acc.socialsecurity.private_key"),
    ("socialsecurity", {"private_key": {"file": "acc-ca.pem"}}, "no private key in PEM"),
    ("socialsecurity", {"private_key": "MIIEvQIBADANBg"}, "acc.socialsecurity.private_key"),
    ("socialsecurity", {"certificate": {"file": "acc-ca.pem"}}, "not the certificate of the"),
    ("socialsecurity", {"call": {"method": "GET", "path": "x"}}, "does not begin with /"),
    ("socialsecurity", {"origin": "https://services.socialsecurity.be"}, "production"),
    ("socialsecurity", {"origin": "https://SERVICES.socialsecurity.be.:443"}, "production"),
    ("socialsecurity", {"connect": "services.socialsecurity.be:443"}, "production"),
    ("socialsecurity", {"origin": "http://acc.example"}, "is not an origin"),
    ("socialsecurity", {"ca_file": "gone.pem"}, "acc.socialsecurity.ca_file"),
    ("socialsecurity", {"ca_file": "acc.jwt"}, "holds no authorities"),
    ("socialsecurity", {"client": "x"}, "acc.socialsecurity.client"),
    ("ehealth", {"audience": None}, "acc.ehealth.audience"),
    ("ehealth", {"token": {"file": "acc-ca.pem"}}, "is no signed token"),
    ("ehealth", {"audience": "somebody-else"}, "is not for the audience somebody-else"),
    ("ehealth", {"origin": "https://api.ehealth.fgov.be"}, "production"),
    ("ehealth", {"issuer": "https://api.ehealth.fgov.be/auth/realms/M2M"}, "production"),
    ("itsme", {"partner_code": None}, "acc.itsme.partner_code"),
    ("itsme", {"certificate": None}, "acc.itsme.certificate"),
    ("itsme", {"key": {"file": "acc-employer.key"}}, "not the certificate of the private key"),
    ("itsme", {"origin": None}, "acc.itsme.origin"),
    ("itsme", {"origin": "https://b2b.sign.itsme.be"}, "production"),
    ("itsme", {"document": {"id": "x", "sha256": "abc"}}, "is no SHA-256"),
]


@pytest.mark.parametrize(("name", "changes", "told"), UNUSABLE)
def test_a_profile_that_cannot_be_used_names_the_key(
    acc: StandIn, tmp_path: Path, name: str, changes: dict[str, Any], told: str
) -> None:
    acc_profiles.complete(acc)  # so that every file is there
    acc_profiles.complete(acc, **{name: changes})
    said = refused(acc, tmp_path, name)
    assert told in said
    assert "MIIEvQIBADANBg" not in said
    assert "proefbank.toml" in said or "ca_file of" in said


def refused(acc: StandIn, folder: Path, *words: str, profile: bool = True) -> str:
    """Return why a run is not begun."""
    told = ["--target", "acc", "--reports", str(folder), *words]
    told += ["--profile", str(acc.profile)] if profile else ["--no-profile"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["proefbank", "run", *told])
        with pytest.raises(BadInvocation) as why:
            command.main(told, standalone_mode=False)
    assert why.value.exit_code == 4
    return str(why.value)


def test_without_a_profile_it_says_where_one_comes_from(acc: StandIn, tmp_path: Path) -> None:
    said = refused(acc, tmp_path, "socialsecurity", profile=False)
    assert "a profile says where acceptance stands" in said


@pytest.mark.parametrize(
    "words", [("ehealth", "--api", "https://127.0.0.1:1"), ("itsme", "--shard", "1/2")]
)
def test_what_does_not_go_with_acceptance_is_refused(
    acc: StandIn, tmp_path: Path, words: tuple[str, ...]
) -> None:
    acc_profiles.complete(acc)
    assert words[1] in refused(acc, tmp_path, *words)


def test_an_expired_token_is_told_before_anybody_is_blamed(acc: StandIn, tmp_path: Path) -> None:
    profile = acc_profiles.complete(acc)
    site = acc.sites["ehealth"]
    made = site.cast.token("access", at=site.clock.now(), life=60)
    (acc.folder / "acc.jwt").write_text(made.token, encoding="utf-8")
    said = refused(acc, tmp_path, "ehealth")
    assert "expires" in said
    assert made.token not in said
    assert str(profile) in said


def test_the_help_counts_as_the_services_do() -> None:
    said = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    asked = {name: acceptance_of(services()[name]) for name in HOSTS}
    total = {name: sum(one.played.values()) for name, one in asked.items()}
    assert f"{total['socialsecurity']} times for socialsecurity" in said
    assert f"{total['ehealth']} for ehealth" in said
    assert f"{total['itsme']} for itsme" in said
    assert sum(sum(one.provoking.values()) for one in asked.values()) == 1


def test_a_person_at_a_real_terminal_signs(acc: StandIn, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="there are terminals on POSIX only")
    acc_profiles.complete(acc)
    ours, theirs = pty.openpty()
    words = ["run", "itsme", "--target", "acc", "--profile", str(acc.profile), "--run", "r"]
    with (
        acc_profiles.somebody(acc) as person,
        subprocess.Popen(
            [sys.executable, "-c", CODE, *words, "--reports", "reports", "--stage", "sign"],
            cwd=tmp_path,
            env={**os.environ, "TERM": "dumb", "NO_COLOR": "1"},
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
            text=True,
        ) as run_,
    ):
        os.close(theirs)
        assert run_.stdout is not None
        said, seen = "", 0
        while True:
            try:
                part = os.read(ours, 4096).decode("utf-8", "replace")
            except OSError:  # the other end is gone
                break
            said += part
            pages = re.findall(r"  (https://front\.\S+)\s", said)
            for page in pages[seen:]:
                seen += 1
                os.write(ours, f"{person(page)}\n".encode())
        told = run_.stdout.read()
        os.close(ours)
    assert run_.returncode == 2, told + said
    assert seen == 2, said
    report = json.loads((tmp_path / "reports" / "r" / "report.json").read_text(encoding="utf-8"))
    outcomes = [row["outcome"] for row in report["requirements"]]
    assert outcomes.count("passed") > 40
    assert "failed" not in outcomes


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("ehealth", {"token": None}, "no genuine token to show"),
        ("socialsecurity", {"call": None}, "names no harmless call"),
        ("socialsecurity", {"scope": None, "capacity": None}, "does not tell it (capacity scope)"),
    ],
)
def test_what_the_profile_leaves_out_is_said(
    acc: StandIn, tmp_path: Path, name: str, changes: dict[str, Any], told: str
) -> None:
    acc_profiles.complete(acc, **{name: changes})
    done, folder = run(acc, tmp_path, name)
    assert done.returncode == 2, done.stdout + done.stderr
    events = read_recording(folder / "events.ndjson").events
    reasons = [str(e.get("reason")) for e in events if e["event"] == "staged"]
    assert any(told in reason for reason in reasons)
    assert not [e for e in events if e["event"] == "verdict" and e["outcome"] == "failed"]
