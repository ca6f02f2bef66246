"""`proefbank judge`: judge a recording, offline."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

__all__ = ["command", "judge_file"]

BAD = ("failed", "not_exercised", "broken")


@click.command(
    "judge",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 passed, 1 failed, 2 incomplete, 3 not assessed, 4 bad invocation.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where to.")
@click.option("--run", "run_name", metavar="NAME", help="Name of the run's folder.")
@click.option("--profile", metavar="FILE", help="Accounts and waivers (TOML).")
def command(file: Path, reports: str, run_name: str | None, profile: str | None) -> int:
    """Judge a recording by the rules that judge a live client.

    FILE is the events.ndjson or traffic.har of a run, a HAR archive of a browser or a proxy, or
    a cassette of vcrpy. What a recording cannot show is reported as not observable.

    \b
      proefbank judge reports/2026-11-22-0700-client/events.ndjson
      proefbank judge incident.har --profile our-accounts.toml
    """
    return judge_file(file, Path(reports), run_name, Path(profile) if profile else None)


def judge_file(path: Path, reports: Path, run_name: str | None, profile: Path | None = None) -> int:
    """Judge a file, print what was found, and return the exit code; raises `BadInvocation`."""
    from proefbank.judging import judge_recording  # noqa: PLC0415 - after --help
    from proefbank.verdict import EXIT_CODES, RunVerdict  # noqa: PLC0415

    words = ["proefbank", *sys.argv[1:]]
    judged = judge_recording(path, reports, run_name, profile=profile, command=words)
    report = judged.report
    click.echo(report["headline"])
    for text in _texts(report):
        click.echo(f"\n{text}")
    for item in report["preflight"]:
        if item["outcome"] == "failed":
            click.echo(f"\n{item['check']}: {item['detail']}", err=True)
    click.echo(f"\nreport: {judged.folder}/report.html")
    return EXIT_CODES[RunVerdict(report["verdict"])]


def _texts(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong, one text for each requirement, and then the warnings."""
    from proefbank.report.text import failure_text, outcome_words  # noqa: PLC0415

    rows = report["requirements"]
    for row in rows:
        shown = [item for item in row["judgements"] if item["outcome"] == row["outcome"]]
        if row["outcome"] in BAD and shown:
            stages = list(dict.fromkeys(item["stage"] for item in shown))
            yield f"{failure_text(row, shown[0])}\n  staging   {', '.join(stages)}"
        elif row["outcome"] in BAD:
            told = f"{outcome_words(row['outcome'])}: {row['reason']}"
            yield f"{row['id']}   {row['level']}   {told}"
    warned = [row for row in rows if row["outcome"] == "warned"]
    if warned:
        lines = [f"  {row['id']}: {_actual(row)}" for row in warned]
        yield "\n".join(["warnings (the report tells more):", *lines])


def _actual(row: Mapping[str, Any]) -> str:
    from proefbank.report.text import printable  # noqa: PLC0415

    shown = next(item for item in row["judgements"] if item["outcome"] == "warned")
    return printable(str((shown["finding"] or {}).get("actual", shown["reason"])))
