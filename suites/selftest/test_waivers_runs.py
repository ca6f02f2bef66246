"""Waivers from end to end: a run fails, the failure is waived, and what comes after."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from proefbank.report.validation import validate

from . import program
from .program import Done, Proefbank

WAYWARD = "proefbank.services.socialsecurity.wayward.assertions"
LIFETIME = "socialsecurity.assertion.lifetime-at-most-10-minutes"
AUDIENCE = "socialsecurity.assertion.aud-is-token-url"
ELSEWHERE = '''
"""A client that breaks the requirement of another one, in a way of its own."""

from typing import Any

from proefbank.services.socialsecurity.wayward.assertions import OtherClaims


class Elsewhere(OtherClaims):
    """Names the token endpoint of somebody else."""

    def other(self, now: int) -> dict[str, Any]:
        return {"aud": "https://token.example/oauth"}
'''
OWNED = ("--owner", "J. Doe", "--cause", "repaired in March", "--ticket", "PB-12")


@pytest.fixture
def proefbank(tmp_path: Path) -> Proefbank:
    """Run a command in an empty folder."""
    return partial(program.proefbank, tmp_path)


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Proefbank:
    """Do the same in this process, for what stages nothing."""
    return program.here(tmp_path, monkeypatch, capsys)


def run(proefbank: Proefbank, name: str, client: str = "", *more: str, seed: int = 1) -> Done:
    chosen = ("--client", f"{WAYWARD}:{client}") if client else ()
    words = ("--stage", "token", "--seed", str(seed), "--run", name, *chosen, *more)
    return proefbank("run", "socialsecurity", *words)


def report_of(folder: Path, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "reports" / name / "report.json").read_text())
    assert validate(loaded) == []
    return loaded


def states(folder: Path, name: str) -> list[str]:
    return [row["state"] for row in report_of(folder, name)["waivers"]]


def until(folder: Path, day: str) -> None:
    path = folder / "waivers.toml"
    path.write_text(re.sub(r"expires = .*", f"expires = {day}", path.read_text("utf-8")), "utf-8")


def test_the_life_of_a_waiver(proefbank: Proefbank, here: Proefbank, tmp_path: Path) -> None:
    failed = run(proefbank, "failed", "LongLived")
    assert failed.returncode == 1, failed.stderr
    (row,) = [r for r in report_of(tmp_path, "failed")["requirements"] if r["id"] == LIFETIME]
    finding = row["judgements"][0]["finding"]["id"]
    assert f"finding   {finding}" in failed.stdout

    wrote = here("waive", "reports/failed", LIFETIME, *OWNED)
    assert wrote.returncode == 0, wrote.stderr
    assert f'finding = "{finding}"' in wrote.stdout
    assert f'finding = "{finding}"' in (tmp_path / "waivers.toml").read_text("utf-8")
    assert "proefbank run socialsecurity --stage token" in wrote.stdout

    # The same failure with another seed and other ports, alone and in two workers.
    waived = run(proefbank, "waived", "LongLived", seed=2)
    assert waived.returncode == 0, waived.stdout + waived.stderr
    assert "1 waived" in waived.stdout
    assert "J. Doe, PB-12" in waived.stdout
    assert "days left" in waived.stdout
    assert states(tmp_path, "waived") == ["used"]
    two = run(proefbank, "two", "LongLived", "--", "-n", "2", seed=3)
    assert two.returncode == 0, two.stdout + two.stderr
    rows = [report_of(tmp_path, name)["waivers"] for name in ("waived", "two")]
    assert rows[0] == rows[1]

    # The very recording of a run is judged like the run.
    judged = here("judge", "reports/failed/events.ndjson", "--run", "judged")
    assert judged.returncode == 0, judged.stdout
    assert states(tmp_path, "judged") == ["used"]

    # It is repaired.
    stale = run(proefbank, "stale")
    assert stale.returncode == 1
    assert states(tmp_path, "stale") == ["stale"]
    assert "remove the waiver" in stale.stdout
    assert "1 waiver has nothing to waive any more" in stale.stdout

    pages(tmp_path / "reports" / "stale", failures=1)
    pages(tmp_path / "reports" / "waived", failures=0)
    # Pages that are made again say what they said.
    before = report_of(tmp_path, "stale")
    assert here("report", "reports/stale").returncode == 0
    assert report_of(tmp_path, "stale") == before


def test_where_it_is_not_tried_and_when_it_is_over(
    proefbank: Proefbank, here: Proefbank, tmp_path: Path
) -> None:
    assert run(proefbank, "failed", "LongLived").returncode == 1
    assert here("waive", "reports/failed", LIFETIME, *OWNED).returncode == 0
    quiet = proefbank("run", "socialsecurity", "--stage", "api-html-502", "--run", "quiet")
    assert quiet.returncode == 0, quiet.stdout
    assert states(tmp_path, "quiet") == ["not_tried"]
    assert "not tried" in quiet.stdout
    until(tmp_path, "2026-11-01")
    path = tmp_path / "waivers.toml"
    path.write_text(re.sub(r"first_seen = .*", "first_seen = 2026-10-01", path.read_text()))
    over = here("judge", "reports/failed/events.ndjson", "--run", "over")
    assert over.returncode == 1
    assert states(tmp_path, "over") == ["expired"]
    assert "1 waiver has expired" in over.stdout
    elsewhere = here("judge", "reports/quiet/events.ndjson", "--run", "elsewhere")
    assert states(tmp_path, "elsewhere") == ["not_tried"], elsewhere.stdout

    pages(tmp_path / "reports" / "over", failures=2)


def test_another_defect_against_the_same_requirement_is_a_new_failure(
    proefbank: Proefbank, here: Proefbank, tmp_path: Path
) -> None:
    assert run(proefbank, "failed", "IssuerLikeAudience").returncode == 1
    assert here("waive", "reports/failed", AUDIENCE, *OWNED).returncode == 0
    assert run(proefbank, "waived", "IssuerLikeAudience", seed=5).returncode == 0
    (tmp_path / "other.py").write_text(ELSEWHERE)
    other = run(proefbank, "other", "", "--client", "other:Elsewhere")
    assert other.returncode == 1, other.stderr
    assert AUDIENCE in other.stdout
    assert states(tmp_path, "other") == ["stale"]
    assert "FAILED: 1 of" in other.stdout


def pages(folder: Path, failures: int) -> None:
    """Each page names the waiver with owner, ticket and time; JUnit is as red as the run."""
    for name in ("report.html", "summary.md", "junit.xml"):
        text = (folder / name).read_text("utf-8")
        assert "J. Doe" in text, name
        assert "PB-12" in text, name
        assert re.search(r"days? (left|ago)", text), name
    root = ET.fromstring((folder / "junit.xml").read_text("utf-8"))
    assert root.get("failures") == str(failures)
    assert len(root.findall(".//testcase[@classname='waivers']")) == 1


def test_plain_pytest_fails_by_a_waiver_too(proefbank: Proefbank, tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text(
        f'[[waivers]]\nrequirement = "{LIFETIME}"\nfinding = "0123456789ab"\ncause = "known"\n'
        'owner = "J. Doe"\nticket = "PB-12"\nfirst_seen = 2026-01-01\nexpires = 2099-01-01\n'
    )
    suite = Path(__file__).parents[1] / "socialsecurity"
    words = ["-m", "pytest", "-p", "no:cacheprovider", "-q", "--stage", "token", str(suite)]
    done = subprocess.run(
        [sys.executable, *words, "--reports", "reports", "--run", "one"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "stale" in done.stdout


# What `proefbank waive` says no to.


def write_report(folder: Path, *judgements: dict[str, Any], **row: Any) -> None:
    told = {"id": LIFETIME, "outcome": "failed", "state": "judged", "reason": "",
            "basis": "documented", "judgements": list(judgements)} | row  # fmt: skip
    passed = {"id": "socialsecurity.assertion.exp-is-present", "outcome": "passed",
              "state": "judged", "reason": "", "basis": "documented", "judgements": []}  # fmt: skip
    report = {"schema": "proefbank/report/1", "requirements": [told, passed], "waivers": [],
              "run": {"command": ["proefbank", "run"], "started": "2026-11-22T10:00:00Z",
                      "seed": 1}}  # fmt: skip
    (folder / "report.json").write_text(json.dumps(report))


def judgement(stage: str, actual: str) -> dict[str, Any]:
    found = {"where": "exp", "expected": "less", "actual": actual, "hint": "", "soft": False,
             "exchange": 1}  # fmt: skip
    return {"stage": stage, "outcome": "failed", "finding": found, "evidence": [], "reason": ""}


def test_several_findings_are_told_apart(here: Proefbank, tmp_path: Path) -> None:
    write_report(tmp_path, judgement("token", "3600 s"), judgement("api", "absent"))
    refused = here("waive", ".", LIFETIME, *OWNED)
    assert refused.returncode == 4
    ids = re.findall(r"--finding ([0-9a-f]{12})   exp: (.*)  \[(.*)\]", refused.stderr)
    assert [(actual, stage) for _, actual, stage in ids] == [("3600 s", "token"), ("absent", "api")]
    assert not (tmp_path / "waivers.toml").exists()
    done = here("waive", "report.json", LIFETIME, *OWNED, "--finding", ids[1][0], "--days", "10")
    assert done.returncode == 0, done.stderr
    assert 'stages = ["api"]' in done.stdout
    again = here("waive", ".", LIFETIME, *OWNED, "--finding", ids[1][0])
    assert again.returncode == 4
    assert "holds a waiver" in again.stderr
    wrong = here("waive", ".", LIFETIME, *OWNED, "--finding", "0" * 12)
    assert wrong.returncode == 4
    assert ids[0][0] in wrong.stderr


@pytest.mark.parametrize(
    ("words", "row", "said"),
    [
        (["socialsecurity.assertion.exp-is-present"], {}, "was passed"),
        (["socialsecurity.assertion.exp-is-presnt"], {}, LIFETIME),
        ([LIFETIME], {"basis": "practice"}, "advice of ours"),
        ([LIFETIME, "--until", "soon"], {}, "no date"),
        ([LIFETIME, "--until", "2020-01-01"], {}, "is over"),
        ([LIFETIME, "--days", "-1"], {}, "is over"),
        ([LIFETIME, "--until", "2099-01-01", "--days", "3"], {}, "twice"),
        ([LIFETIME, "--owner", " "], {}, "says nothing"),
    ],
)
def test_what_waive_refuses(
    here: Proefbank, tmp_path: Path, words: list[str], row: dict[str, Any], said: str
) -> None:
    write_report(tmp_path, judgement("token", "3600 s"), **row)
    done = here("waive", ".", *OWNED, *words)
    assert done.returncode == 4
    assert said in done.stderr
    assert not (tmp_path / "waivers.toml").exists()


def test_no_report_there(here: Proefbank, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("[]")
    for run_folder, said in ((".", "no report of a run"), ("none", "no run none")):
        done = here("waive", run_folder, LIFETIME, *OWNED)
        assert done.returncode == 4
        assert said in done.stderr


def test_an_unclear_waiver_stops_the_run_before_it_starts(here: Proefbank, tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text("[[waivers]]\nrequirement = 'x.y'\n")
    done = here("run", "socialsecurity")
    assert done.returncode == 4
    assert "there is no requirement x.y" in done.stderr
    assert here("run", "--waivers", "none.toml").returncode == 4
