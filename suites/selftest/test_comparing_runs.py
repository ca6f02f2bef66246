"""Runs side by side (`diff`), runs in parts (`--shard`, `merge`), and the badge."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proefbank.errors import BadInvocation
from proefbank.merging import merge_runs
from proefbank.report.badge import badge
from proefbank.report.comparison import Kind, compare
from proefbank.report.validation import validate
from proefbank.shards import Shard

from .program import Proefbank, proefbank

SAMPLE = Path(__file__).parents[2] / "reports" / "sample" / "authlib" / "report.json"
FINDING = {
    "where": "header",
    "expected": "a | b",
    "actual": "<c>",
    "hint": "",
    "soft": False,
    "exchange": None,
}
STAGES = ["token", "token-again", "token-html-500", "tls-expired", "api"]
Report = dict[str, Any]


@pytest.fixture(scope="module")
def sample() -> Report:
    loaded: Report = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def changed(sample: Report) -> Report:
    return copy.deepcopy(sample)


@pytest.fixture
def command(tmp_path: Path) -> Proefbank:
    """Run `proefbank` with the words given, in an empty folder."""
    return partial(proefbank, tmp_path)


def a_row(report: Report, outcome: str = "passed", stages: int = 1) -> Report:
    """Return a row that decides, has this outcome and was judged in so many situations."""
    return next(
        row
        for row in report["requirements"]
        if row["outcome"] == outcome
        and row["basis"] != "practice"
        and len({judgement["stage"] for judgement in row["judgements"]}) >= stages
    )


def breaks(row: Report, finding: Mapping[str, Any] = FINDING) -> None:
    row["outcome"] = row["judgements"][0]["outcome"] = "failed"
    row["judgements"][0]["finding"] = dict(finding)


# Two reports.


def test_a_run_is_not_worse_than_itself(sample: Report) -> None:
    found = compare(sample, sample)
    assert (found.worse, list(found.changes), list(found.notes)) == (False, [], [])


def test_what_fails_now_is_worse_and_what_passes_now_is_not(
    sample: Report, changed: Report
) -> None:
    breaks(a_row(changed))
    there, back = compare(sample, changed), compare(changed, sample)
    assert [(c.kind, c.old, c.new) for c in there.changes] == [
        (Kind.NEWLY_FAILING, "passed", "failed")
    ]
    assert there.changes[0].detail == "expected a | b, got <c>"
    assert there.worse
    assert [change.kind for change in back.changes] == [Kind.NEWLY_PASSING]
    assert not back.worse


@pytest.mark.parametrize("outcome", ["not_observable", "not_applicable", None])
def test_what_silently_stopped_is_worse(
    sample: Report, changed: Report, outcome: str | None
) -> None:
    row = a_row(changed)
    row.update(outcome=outcome, judgements=[], reason="the client went mute", state="not_selected")
    found = compare(sample, changed)
    assert [change.kind for change in found.changes] == [Kind.STOPPED]
    assert found.worse
    assert [change.kind for change in compare(changed, sample).changes] == [Kind.NEWLY_JUDGED]


def test_a_requirement_that_left_the_report_has_stopped(sample: Report, changed: Report) -> None:
    gone = a_row(changed)
    changed["requirements"].remove(gone)
    found = compare(sample, changed)
    assert [(c.id, c.kind, c.new) for c in found.changes] == [(gone["id"], Kind.STOPPED, "absent")]


def test_one_that_lost_a_situation_is_worse(sample: Report, changed: Report) -> None:
    row = a_row(changed, stages=2)
    lost = row["judgements"][0]["stage"]
    row["judgements"] = [item for item in row["judgements"] if item["stage"] != lost]
    found = compare(sample, changed)
    assert [(c.kind, c.detail) for c in found.changes] == [(Kind.FEWER, f"no longer in {lost}")]
    assert found.worse
    assert compare(changed, sample).changes == []


def test_another_failure_of_the_same_requirement_is_told(sample: Report, changed: Report) -> None:
    breaks(a_row(changed, "failed"))
    found = compare(sample, changed)
    assert [change.kind for change in found.changes] == [Kind.FAILING_OTHERWISE]
    assert not found.worse


def test_another_seed_does_not_make_it_another_failure(changed: Report) -> None:
    """Ports, ids and amounts are the run's; a finding keeps its id."""
    row = a_row(changed)
    row["outcome"] = "failed"
    row["judgements"][0] |= {"outcome": "failed", "finding": {**FINDING, "id": "a" * 12}}
    again = copy.deepcopy(changed)
    a_row(again, "failed")["judgements"][0]["finding"]["actual"] = "https://127.0.0.1:4711"
    assert compare(changed, again).changes == []
    a_row(again, "failed")["judgements"][0]["finding"]["id"] = "b" * 12
    assert [one.kind for one in compare(changed, again).changes] == [Kind.FAILING_OTHERWISE]


def test_warnings_come_and_go(sample: Report, changed: Report) -> None:
    row = a_row(changed, "warned")
    row["outcome"] = "passed"
    assert [change.kind for change in compare(sample, changed).changes] == [Kind.WARNING_GONE]
    assert [change.kind for change in compare(changed, sample).changes] == [Kind.NEWLY_WARNED]


@pytest.mark.parametrize("before", ["passed", "failed"])
def test_a_failure_that_is_accepted_does_not_count_as_passing(
    sample: Report, changed: Report, before: str
) -> None:
    row = a_row(changed, before)
    breaks(row)
    row["outcome"] = row["judgements"][0]["outcome"] = "waived"
    found = compare(sample, changed)
    assert [change.kind for change in found.changes] == [Kind.NEWLY_WAIVED]
    assert found.changes[0].detail == "expected a | b, got <c>"
    assert not found.worse


def test_hardening_is_told_and_makes_nothing_worse(sample: Report, changed: Report) -> None:
    row = next(
        row
        for row in changed["requirements"]
        if row["basis"] == "practice" and row["outcome"] == "passed"
    )
    breaks(row)
    found = compare(sample, changed)
    assert [(c.kind, c.decides) for c in found.changes] == [(Kind.NEWLY_FAILING, False)]
    assert not found.worse


def test_other_circumstances_are_told(sample: Report, changed: Report) -> None:
    changed["subject"]["version"] = "2.0"
    changed["scope"]["target"] = "acc"
    changed["run"]["selected"] = True
    assert list(compare(sample, changed).notes) == [
        "client: Authlib (requests) 1.9.9 before, Authlib (requests) 2.0 now",
        "target: mock before, acc now",
        "the new run was told to leave something out",
    ]


def test_diff_prints_and_ends_as_it_says(
    command: Proefbank, tmp_path: Path, sample: Report, changed: Report
) -> None:
    breaks(a_row(changed))
    for name, report in (("old", sample), ("new", changed)):
        (tmp_path / "reports" / name).mkdir(parents=True)
        (tmp_path / "reports" / name / "report.json").write_text(json.dumps(report))
    done = command("diff", "old")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "WORSE: 1 newly failing"
    done = command("diff", "old", "reports/new", "--format", "markdown")
    assert "expected a &#124; b, got &#60;c&#62;" in done.stdout
    done = command("diff", "new", "old", "--format", "json")
    assert done.returncode == 0
    assert [row["kind"] for row in json.loads(done.stdout)["changes"]] == ["newly passing"]
    done = command("diff", "nightly")
    assert done.returncode == 4
    assert "OLD: there is no run nightly" in done.stderr


def test_diff_refuses_what_is_no_report(command: Proefbank, tmp_path: Path) -> None:
    (tmp_path / "reports" / "old").mkdir(parents=True)
    for text in ("", "[]", '{"verdict": "passed"}', "[" * 5000):
        (tmp_path / "reports" / "old" / "report.json").write_text(text)
        done = command("diff", "old")
        assert done.returncode == 4
        assert "this is no report of a run" in done.stderr
        assert "Traceback" not in done.stderr


# The badge.


def test_a_badge_tells_verdict_and_numbers(sample: Report) -> None:
    root = ET.fromstring(badge(sample))
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["proefbank", "failed 70/72"]
    assert root.attrib["role"] == "img"
    assert sample["headline"] in root.attrib["aria-label"]


def test_a_badge_of_nothing_shows_no_numbers(changed: Report) -> None:
    changed["verdict"] = "not_assessed"
    changed["headline"] = '<NOT> & "assessed" ]]>'
    assert "not assessed<" in badge(changed)
    assert changed["headline"] in ET.fromstring(badge(changed)).attrib["aria-label"]


def test_the_command_writes_it(command: Proefbank, tmp_path: Path) -> None:
    done = command("badge", SAMPLE.parent, "--out", "badge.svg")
    assert (done.returncode, done.stdout) == (0, "badge: badge.svg\n")
    assert command("badge", SAMPLE.parent).stdout == (tmp_path / "badge.svg").read_text()
    assert command("badge", SAMPLE.parent, "--out", "none/badge.svg").returncode == 4


# Parts of a run.


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "-1/2", "1/2/3", "", "a/b", "1/99999"])
def test_a_part_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInvocation, match=r"--shard 2/3"):
        Shard.of(text)


@given(of=st.integers(1, 40), count=st.integers(0, 200))
def test_parts_cover_everything_once(of: int, count: int) -> None:
    parts = [Shard.of(f"{index}/{of}") for index in range(1, of + 1)]
    held = [place for part in parts for place in range(count) if part.has(place)]
    assert sorted(held) == list(range(count))
    sizes = [sum(part.has(place) for place in range(count)) for part in parts]
    assert max(sizes) - min(sizes) <= 1


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stage a few situations in two parts, and at once."""
    folder = tmp_path_factory.mktemp("parts")
    only = [f"--stage={name}" for name in STAGES]
    for name, extra in (("one", ["--shard=1/2"]), ("two", ["--shard=2/2"]), ("all", [])):
        words = ["run", "socialsecurity", "--seed", "5", "--run", name, *only, *extra]
        done = proefbank(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder / "reports"


def report_of(folder: Path) -> Report:
    loaded: Report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return loaded


def merged(folders: list[Path], into: Path) -> Report:
    return merge_runs(folders, [report_of(folder) for folder in folders], into)


def test_parts_together_are_the_whole(parts: Path, tmp_path: Path) -> None:
    folders = [parts / "one", parts / "two"]
    random.Random(1).shuffle(folders)
    told, whole = merged(folders, tmp_path / "whole"), report_of(parts / "all")
    assert validate(told) == []
    for report in (told, whole):
        del report["run"]
    assert told == whole


def test_each_part_has_situations_of_its_own(parts: Path) -> None:
    staged = [
        {
            item["stage"]
            for row in report_of(parts / name)["requirements"]
            for item in row["judgements"]
        }
        for name in ("one", "two")
    ]
    assert all(staged)
    assert staged[0].isdisjoint(staged[1])
    assert staged[0] | staged[1] == set(STAGES)


def test_a_missing_part_makes_the_whole_incomplete(parts: Path, tmp_path: Path) -> None:
    told = merged([parts / "one"], tmp_path / "half")
    assert told["verdict"] == "incomplete"
    assert "Part 2/2 is missing from this run." in [note["text"] for note in told["notes"]]


def test_parts_of_different_runs_are_refused(parts: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="was staged in"):
        merged([parts / "one", parts / "one"], tmp_path / "x")
    other = tmp_path / "other"
    other.mkdir()
    text = (parts / "two" / "events.ndjson").read_text(encoding="utf-8")
    (other / "events.ndjson").write_text(text.replace('"seed": 5', '"seed": 6', 1))
    (other / "report.json").write_text((parts / "two" / "report.json").read_text())
    with pytest.raises(BadInvocation, match="the seed is 5"):
        merged([parts / "one", other], tmp_path / "x")
    (other / "events.ndjson").write_text("")
    with pytest.raises(BadInvocation, match="no record of a run"):
        merged([parts / "one", other], tmp_path / "x")


def test_merge_ends_like_the_run_it_makes(command: Proefbank, parts: Path, tmp_path: Path) -> None:
    done = command("merge", parts / "one", parts / "two", "--run", "both")
    assert done.returncode == 0
    assert done.stdout.startswith("PASSED: ")
    assert (tmp_path / "reports" / "both" / "report.html").is_file()
    assert command("merge", parts / "two", "--run", "half").returncode == 2
    done = command("merge", parts / "two", "--reports", parts, "--run", "two")
    assert (done.returncode, "--run nightly" in done.stderr) == (4, True)


def test_a_whole_run_in_parts_is_not_called_a_selection(parts: Path, tmp_path: Path) -> None:
    """As if nothing but the parts had been asked for."""
    folders = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        lines = (parts / name / "events.ndjson").read_text(encoding="utf-8").splitlines()
        opening = json.loads(lines[0])
        opening["scope"]["shard_selected"] = False
        (folder / "events.ndjson").write_text("\n".join([json.dumps(opening), *lines[1:]]))
        (folder / "report.json").write_text((parts / name / "report.json").read_text())
        folders.append(folder)
    told = merged(folders, tmp_path / "whole")
    assert told["run"]["selected"] is False
    assert told["counts"]["unjudged"] > 0
    assert told["verdict"] == "failed", "what no part put to the test is never green"
