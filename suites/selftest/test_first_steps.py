"""What somebody new is told after a mistake, and sees at once in a report."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
from click.testing import CliRunner

from proefbank.cli import cli
from proefbank.commands import judge
from proefbank.commands import run as run_command
from proefbank.commands.password_source import password_from
from proefbank.commands.progress import Progress
from proefbank.commands.runs import folder_of, report_in
from proefbank.errors import BadInvocation, NotAssessed
from proefbank.parts import Parts
from proefbank.report.html import render_html
from proefbank.report.text import headline
from proefbank.report.waiver_text import waivers_in_order
from proefbank.report.words import words_in
from proefbank.report.write import write_run

from .program import proefbank
from .test_report import CATALOGUE, END, OUTCOMES, WHYS, passing, verdict


def told(**over: Any) -> dict[str, Any]:
    """Return the report of a run that passed, changed."""
    return {**write_run_here(), **over}


def write_run_here(*events: Any) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return write_run(Path(folder), list(events) or passing(), [CATALOGUE], WHYS)


def test_a_run_that_is_not_there_has_a_near_or_a_newest_one(tmp_path: Path) -> None:
    with pytest.raises(BadInvocation, match="there is no run x") as raised:
        folder_of("x", tmp_path)
    assert "newest" not in raised.value.hint
    for name in ("nightly", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadInvocation) as raised:
        folder_of("nightlyy", tmp_path)
    assert raised.value.hint.endswith("did you mean nightly?")
    with pytest.raises(BadInvocation) as raised:
        folder_of("4711", tmp_path)
    assert "the newest is" in raised.value.hint


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (("check", "certificate"), "proefbank check certificate my.pfx --password-env"),
        (("sign",), "proefbank sign RUN --key my.p12 --password-env"),
    ],
)
def test_a_missing_password_is_explained_for_the_command_that_lacks_it(
    path: tuple[str, ...], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)
    context = None
    for name in ("proefbank", *path):
        context = click.Context(click.Command(name), info_name=name, parent=context)
    assert context is not None
    with context, pytest.raises(BadInvocation) as raised:
        password_from("NOT_THERE", None)
    assert shown in raised.value.hint


def test_what_is_no_recording_leads_to_the_help(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("hello\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["judge", str(file), "--reports", str(tmp_path)])
    assert isinstance(done.exception, BadInvocation)
    assert "proefbank judge --help" in done.exception.hint


def test_an_interrupted_judge_says_that_there_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(judge, "judge_file", interrupted)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["judge", "x.har"], standalone_mode=False)
    assert done.return_value == judge.INTERRUPTED
    assert "there is no report" in done.stderr


def test_a_run_that_is_interrupted_at_once_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert Progress([], []).conclude(int(pytest.ExitCode.INTERRUPTED), "") == 3
    assert "interrupted before anything was judged" in capsys.readouterr().err


def test_workers_without_xdist_name_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: str) -> None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", nothing)
    with pytest.raises(BadInvocation) as raised:
        run_command._run(["-n", "2"], [], [], quiet=True)
    assert (raised.value.where, raised.value.hint) == ("-n", "pip install pytest-xdist")


def test_the_way_out_stands_below_what_a_client_printed(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.save_fatal(NotAssessed("it ended\n  stderr: a\n  stderr: b", hint="see what it answers"))
    fatal = parts.fatal()
    assert fatal is not None
    assert fatal["message"].splitlines()[-1] == "see what it answers"


def waiver(state: str) -> dict[str, Any]:
    return {
        "requirement": "one.two.fine",
        "owner": "J. Doe",
        "cause": "later",
        "expires": "2026-12-31",
        "state": state,
    }


@pytest.mark.parametrize("language", ["en", "nl", "fr"])
def test_waivers_that_fail_a_run_lead_its_page(language: str) -> None:
    seen = passing([name for name in OUTCOMES if name != "unseen"])[:-1]
    events, words = [*seen, verdict("unseen", "one"), END], words_in(language)
    run = write_run_here(*events)
    for states, leads in ((["used", "stale", "expired"], True), (["used", "expiring"], False)):
        report = {**run, "waivers": [waiver(state) for state in states]}
        page = render_html(report, events, words)
        sections = re.findall(r'<section id="(\w+)"', page)
        assert (sections.index("waivers") < sections.index("unshown")) is leads
        assert waivers_in_order(report)[0]["state"] == ("expired" if leads else "expiring")
        shown = re.findall(r'badge (\w+)"><svg[^>]*>.*?</svg>([^<]+)</span> (?:<a|one)', page)
        wanted = "failed" if leads else "warned"
        assert shown[0] == (wanted, words.of("waivers", waivers_in_order(report)[0]["state"]))


def test_several_environments_are_all_named() -> None:
    scope = {**told()["scope"], "target": "other", "targets": ["acc", "mock"]}
    report = told(scope=scope)
    assert "acceptance environment (ACC), simulated provider" in headline(report)
    page = render_html(report, passing())
    assert "acceptance (ACC), simulated provider" in page
    assert "unknown provider" not in page


def test_a_record_without_an_instant_of_its_end_was_not_without_end() -> None:
    ended = [*passing()[:-1], {"event": "end", "interrupted": False}]
    report = write_run_here(*ended)
    assert "<dt>Finished</dt>" not in render_html(report, ended)
    torn = passing()[:-1]
    assert "<dt>Finished</dt><dd>never" in render_html(write_run_here(*torn), torn)


def test_a_narrow_page_names_each_number() -> None:
    page = render_html(told(), passing())
    rows = re.findall(r'<tr[^>]* data-tally="(\w+)">(.*?)</tr>', page, re.DOTALL)
    assert [name for name, _ in rows][-2:] == ["decides", "hardening"]
    assert all(cells.count("<td") == cells.count("<td data-label=") for _, cells in rows)


def test_who_has_one_account_is_judged_in_one_role(tmp_path: Path) -> None:
    (tmp_path / "proefbank.toml").write_text(
        '[[accounts]]\nname = "mine"\ncapacity = "employer"\n'
        'client_id = "self_service_chaman_000001_example000"\nenterprise_number = "0000000196"\n'
    )
    stages = [f"--stage={name}" for name in ("token", "api", "api-as-mandatary")]
    done = proefbank(tmp_path, "run", "socialsecurity", "--run", "r", *stages)
    assert done.returncode == 0, done.stdout + done.stderr
    report = report_in(tmp_path / "reports" / "r")
    rows = {row["id"].removeprefix("socialsecurity."): row for row in report["requirements"]}
    only = rows["account.mandatary-sends-principals-number"]
    assert only["outcome"] == "not_applicable"
    assert 'capacity = "provider" says that there is one' in only["reason"]
    assert rows["transport.requests-use-tls"]["outcome"] == "passed"
