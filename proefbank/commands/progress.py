"""What a user sees while a run goes on, and what it ends with."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import pytest

from proefbank.plugin import SESSION, pair_of, stage_in
from proefbank.report.text import failure_text
from proefbank.report.waiver_text import waiver_lines
from proefbank.verdict import EXIT_CODES, RunVerdict

__all__ = ["Progress"]

BAD = ("failed", "not_exercised", "broken")


class Progress:
    """A pytest plugin that shows stages as they are judged: a live bar, or plain lines."""

    def __init__(self, services: list[str], command: list[str]) -> None:
        """Show on standard error; `command` is written into the record."""
        self.services, self.command = services, command
        self.counts: Counter[str] = Counter()
        self.by_stage: dict[str, Counter[str]] = {}
        self.left: dict[str, int] = {}
        self.report: dict[str, Any] = {}
        self.folder = ""
        self.choices: Any = None
        self.bar: Any = None
        self.task: Any = None
        self.stages = 0

    def pytest_configure(self, config: pytest.Config) -> None:
        """Pass on what only the command line knows."""
        config.option.proefbank_services = tuple(self.services)
        config.option.proefbank_command = tuple(self.command)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what will be judged."""
        self._start(pair[0].name for item in session.items if (pair := pair_of(item)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Count it where workers collect: they all find the same, so the first will do."""
        if not self.left:
            self._start(filter(None, map(stage_in, ids)))

    def _start(self, judgements: Iterable[str]) -> None:
        """Begin to show: `judgements` has the name of a stage once for each of its rules."""
        self.left = dict(Counter(judgements))
        self.stages = total = len(self.left)
        if not sys.stderr.isatty():
            return
        from rich.console import Console  # noqa: PLC0415 - only on a terminal
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total} situations"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.bar.start()
        self.task = self.bar.add_task("staging", total=total or None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Show a stage when its last rule has been judged."""
        told = dict(report.user_properties)
        verdict: Any = told.get("proefbank")
        if verdict is None or report.when != "call":
            return
        stage, outcome = verdict["stage"], verdict["outcome"]
        self.counts[outcome] += 1
        self.by_stage.setdefault(stage, Counter())[outcome] += 1
        self._step(stage)

    def _step(self, stage: str) -> None:
        if self.bar is not None:
            bad = sum(self.counts[name] for name in BAD)
            words = f"{stage}  [green]{self.counts['passed']} passed[/] [red]{bad} failed[/]"
            self.bar.update(self.task, completed=len(self.by_stage), description=words)
            return
        if stage not in self.left:
            return
        self.left[stage] -= 1
        if self.left[stage] == 0:
            told = ", ".join(f"{count} {name}" for name, count in self.by_stage[stage].items())
            place = sum(count == 0 for count in self.left.values())
            click.echo(f"[{place}/{self.stages}] {stage}: {told}", err=True)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take the finished record."""
        run = session.config.stash.get(SESSION, None)
        if run is not None:
            self.report, self.folder = run.report, str(run.folder)
            self.choices = run.choices

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()

    def _told(self, row: Mapping[str, Any]) -> str:
        """Return the first judgement that made the row what it is, and where else it showed."""
        shown = [item for item in row["judgements"] if item["outcome"] == row["outcome"]]
        if not shown:
            return f"{row['id']}   {row['level']}   {row['outcome']}: {row.get('reason', '')}"
        again = self.choices.again(row["id"].partition(".")[0], shown[0]["stage"])
        lines = [failure_text(row, shown[0]), f"  again     {again}"]
        if len(shown) > 1:
            lines.append(f"  also in   {', '.join(item['stage'] for item in shown[1:])}")
        return "\n".join(lines)

    def conclude(self, status: int, said: str) -> int:
        """Print the verdict and what stands behind it; return the exit code."""
        if status == pytest.ExitCode.NO_TESTS_COLLECTED:
            click.echo("proefbank: nothing was selected, so nothing was judged", err=True)
            click.echo("  leave out what comes after --, or proefbank run -- --co", err=True)
            return 4
        if not self.report:
            if status == pytest.ExitCode.USAGE_ERROR:
                return 4  # pytest has said why, on standard error
            if status == pytest.ExitCode.INTERRUPTED:
                click.echo("interrupted before anything was judged: there is no report", err=True)
                click.echo("  the same command starts it again", err=True)
                return 3
            click.echo(said.strip(), err=True)
            return 3
        click.echo(self.report["headline"])
        deciding = [row for row in self.report["requirements"] if row["basis"] != "practice"]
        hardening = [row for row in self.report["requirements"] if row["basis"] == "practice"]
        for row in deciding:
            if row["outcome"] in BAD:
                click.echo(f"\n{self._told(row)}")
        warned = [row for row in deciding if row["outcome"] == "warned"]
        advice = [row for row in hardening if row["outcome"] in (*BAD, "warned")]
        _list("warnings (the report tells more)", warned)
        _list("hardening (advice of ours; it decides nothing)", advice)
        for line in waiver_lines(self.report):
            click.echo(line)
        for item in self.report["preflight"]:
            if item["outcome"] == "failed":
                hint = f"\n  {item['hint']}" if item.get("hint") else ""
                click.echo(f"\n{item['check']}: {item['detail']}{hint}", err=True)
        click.echo(f"\nreport: {self.folder}/report.html")
        return EXIT_CODES[RunVerdict(self.report["verdict"])]


def _list(title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        click.echo(f"\n{title}:")
    for row in rows:
        shown = [item for item in row["judgements"] if item["outcome"] == row["outcome"]]
        told = (shown[0]["finding"] or {}).get("actual") or shown[0]["reason"] if shown else ""
        stage = f"  [--stage {shown[0]['stage']}]" if shown else ""
        click.echo(f"  {row['id']}: {told or row['outcome']}{stage}")
