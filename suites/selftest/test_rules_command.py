"""`proefbank rules`: every requirement can be found, read, and counted after a run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from proefbank.cli import cli
from proefbank.errors import BadInvocation
from proefbank.judge import catalogue, rules_of
from proefbank.report.coverage import coverage_of
from proefbank.report.write import write_run
from proefbank.service import catalogues, service

HOME = service("socialsecurity")
AUDIENCE = "socialsecurity.assertion.aud-is-token-url"
ROWS = catalogue(HOME.package)


def rules(*words: str) -> Result:
    return CliRunner().invoke(cli, ["rules", *words], standalone_mode=False)


def listed(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(rules("list", "--json", *words).stdout)
    return found


def test_list_has_every_requirement_in_plain_lines() -> None:
    lines = rules("list").stdout.splitlines()
    rows = [name for item in catalogues().values() for name in catalogue(item.package)]
    assert [line.split()[0] for line in lines] == rows
    assert all(len(line.split(None, 3)) == 4 for line in lines)


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (["--level", "should"], lambda row: row["level"] == "SHOULD"),
        (["--basis", "practice"], lambda row: row["basis"] == "practice"),
        (["--code", "ssoauth-015"], lambda row: row["id"] == AUDIENCE),
        (["--excluded"], lambda row: row["excluded"]),
        (
            ["--service", "socialsecurity", "--level", "MUST"],
            lambda row: row["level"] == "MUST" and row["id"].startswith("socialsecurity."),
        ),
    ],
)
def test_list_can_be_narrowed(words: list[str], right: Any) -> None:
    found = listed(*words)
    assert found
    assert all(right(row) for row in found)
    assert len(found) == sum(bool(right(row)) for row in listed())


def test_unknown_names_are_told_with_what_there_is() -> None:
    with pytest.raises(BadInvocation, match="socialsecurity"):
        raise rules("list", "--service", "nonsuch").exception or AssertionError
    for name in ("socialsecurity.assertion.aud-is-token-ulr", "aud-is-the-token-url"):
        problem = rules("show", name).exception
        assert isinstance(problem, BadInvocation)
        assert problem.exit_code == 4
        assert AUDIENCE in problem.hint
    problem = rules("show", "SSOAUTH-51").exception
    assert isinstance(problem, BadInvocation)
    assert "SSOAUTH-0" in problem.hint


@pytest.mark.parametrize("name", [AUDIENCE, "SSOAUTH-015", "ssoauth-015", "aud-is-token-url"])
def test_show_tells_everything(name: str) -> None:
    text = rules("show", name).stdout
    assert text.startswith(f"{AUDIENCE}   MUST   ")
    for words in (
        "SSOAUTH-015",
        "Opzetten kanaal REST API (17/09/2024), 5.1",
        "documented, binds the client",
        "An assertion minted for one server must not be of use at another.",
        "stages    token, api",
        f"proefbank run --client {HOME.wayward}.assertions:IssuerLikeAudience",
    ):
        assert words in text


def test_show_gives_each_requirement_of_a_code() -> None:
    ids = [row.id for row in ROWS.values() if row.code == "SSOAUTH-004"]
    assert len(ids) > 1
    assert [item["id"] for item in json.loads(rules("show", "SSOAUTH-004", "--json").stdout)] == ids


def test_every_requirement_that_is_not_excluded_has_rule_stage_and_wayward_client() -> None:
    for row in ROWS.values():
        told = json.loads(rules("show", row.id, "--json").stdout)[0]
        if row.excluded:
            assert not told["rules"]
        else:
            assert told["rules"], row.id
            assert told["why"], row.id
            assert told["stages"], row.id
            assert told["wayward"], row.id


def run_of(folder: Path, outcomes: dict[str, str]) -> Path:
    """Write a run in which these requirements were judged, and nothing else."""
    scope = {"services": [HOME.name], "target": "mock", "door": "adapter"}
    events: list[dict[str, Any]] = [
        {
            "event": "run",
            "schema": "proefbank/events/1",
            "run": {"id": folder.name, "started": "2026-11-22T06:00:00.000+00:00"},
            "scope": scope,
            "run_selected": True,
        }
    ]
    for name, outcome in outcomes.items():
        verdict = {"event": "verdict", "stage": "token", "requirement": name, "outcome": outcome}
        events.append(verdict | {"finding": None, "evidence": [], "reason": "as it is"})
    write_run(folder, [*events, {"event": "end"}], [ROWS], {r.requirement: r.why for r in RULES})
    return folder


RULES = rules_of(HOME.package)


def test_coverage_counts_what_a_run_exercised(tmp_path: Path) -> None:
    split = [row.id for row in ROWS.values() if row.code == "SSOAUTH-004"]
    run_of(
        tmp_path / "reports" / "mine",
        {AUDIENCE: "passed", split[0]: "failed", split[1]: "not_observable"},
    )
    reports = str(tmp_path / "reports")
    told = json.loads(rules("coverage", "mine", "--reports", reports, "--json").stdout)
    codes = {item["code"]: item for item in told["codes"]}

    wanted = {f"SSOAUTH-{n:03}" for n in range(1, 45)} | {f"FLA-{n:03}" for n in range(1, 48)}
    assert wanted <= set(codes)
    assert codes["SSOAUTH-015"]["state"] == "exercised"
    assert codes["SSOAUTH-004"]["state"] == "partly exercised"
    rows = {row["id"]: row for item in told["codes"] for row in item["requirements"]}
    assert set(rows) == set(ROWS)
    assert rows[split[0]]["told"] == "failed"
    assert rows[split[1]]["state"] == "not exercised"
    assert rows[split[1]]["told"] == "not observable: as it is"
    excluded = next(row.id for row in ROWS.values() if row.excluded)
    assert rows[excluded]["state"] == "excluded"
    assert rows[excluded]["told"] == ROWS[excluded].excluded
    counts = told["counts"]["requirements"]
    assert counts["exercised"] == 2
    assert sum(counts.values()) == len(ROWS)
    assert re.search(rf"{len(ROWS)} requirements: 2 exercised, \d+ not exercised", told["line"])


def test_coverage_takes_the_newest_run(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    for age, name in enumerate(("newest", "older")):
        folder = run_of(reports / name, {AUDIENCE: "passed"})
        os.utime(folder / "report.json", (1_800_000_000 - age, 1_800_000_000 - age))
    text = rules("coverage", "--reports", str(reports)).stdout
    assert text.rstrip().endswith(f"run: {reports / 'newest'}")
    assert "SSOAUTH-015" in text
    named = rules("coverage", str(reports / "older")).stdout
    assert named.rstrip().endswith("older")


def test_coverage_needs_a_run(tmp_path: Path) -> None:
    problem = rules("coverage", "--reports", str(tmp_path)).exception
    assert isinstance(problem, BadInvocation)
    assert "proefbank run" in problem.hint
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "report.json").write_text("{}", "utf-8")
    for words in (["nonsuch"], ["broken"]):
        problem = rules("coverage", *words, "--reports", str(tmp_path)).exception
        assert isinstance(problem, BadInvocation)


def test_coverage_reads_the_report_and_not_the_code(tmp_path: Path) -> None:
    report = json.loads(
        (run_of(tmp_path / "x", {AUDIENCE: "passed"}) / "report.json").read_text("utf-8")
    )
    report["requirements"] = [row for row in report["requirements"] if row["id"] == AUDIENCE]
    assert coverage_of(report)["line"] == (
        "1 catalogue row: 1 exercised; 1 requirement: 1 exercised"
    )
