"""`proefbank judge`: judge a recording, offline."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from proefbank.languages import LANGUAGES

__all__ = ["command", "judge_file"]

INTERRUPTED = 130
BAD = ("failed", "not_exercised", "broken")


@click.command(
    "judge",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 passed, 1 failed, 2 incomplete, 3 not assessed, 4 bad invocation.",
)
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--reports", metavar="DIR", help="Where to; reports if left out.")
@click.option("--run", "run_name", metavar="NAME", help="Name of the run's folder.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Of the pages; en if left out.")
@click.option("--profile", metavar="FILE", help="Accounts and waivers (TOML).")
@click.option("--waivers", metavar="FILE", help="Findings accepted for now (waivers.toml).")
@click.option("--no-profile", is_flag=True, help="Leave the proefbank.toml that lies here.")
def command(files: tuple[Path, ...], run_name: str | None, **told: Any) -> int:
    """Judge recordings by the rules that judge a live client.

    FILE is the events.ndjson or traffic.har of a run, a HAR archive of a browser or a proxy, or
    a cassette of vcrpy, VCR or Betamax. Several files make one record and one report. Services
    are known by their paths, and environments by their hosts; the profile may name more of both.
    Other traffic is left out and counted, and persons and secrets are cut.

    What a recording cannot show is not observable, never passed: situations that it does not
    hold, times where its clock is in doubt, and what somebody has redacted.

    \b
      proefbank judge reports/2026-11-22-0700-client/events.ndjson
      proefbank judge incident.har cassettes/*.yaml --profile proefbank.toml

    \b
    A HAR archive, with what bodies and credentials there were:
      Chrome    DevTools > Settings > Preferences > Network: allow HAR with sensitive data;
                then Network > right-click the arrow for export > with sensitive data
      Firefox   DevTools > Network > cogwheel > Save All As HAR
      mitmproxy mitmdump --mode reverse:https://acc.example --set hardump=incident.har
    """
    from proefbank.commands.profile_option import with_profile  # noqa: PLC0415 - after --help

    told = with_profile(told)
    profile = Path(told["profile"]) if told["profile"] else None
    waivers = Path(told["waivers"]) if told["waivers"] else None
    reports = Path(told["reports"] or "reports")
    try:
        return judge_file(files, reports, run_name, profile, waivers, told["lang"])
    except KeyboardInterrupt:
        click.echo("interrupted: there is no report; the same command starts again", err=True)
        return INTERRUPTED


def judge_file(
    path: Path | Sequence[Path],
    reports: Path,
    run_name: str | None,
    profile: Path | None = None,
    waivers: Path | None = None,
    language: str | None = None,
) -> int:
    """Judge files, print what was found, and return the exit code; raises `BadInvocation`."""
    from proefbank.recordings.judging import judge_recording  # noqa: PLC0415 - after --help
    from proefbank.report.waiver_text import waiver_lines  # noqa: PLC0415
    from proefbank.verdict import EXIT_CODES, RunVerdict  # noqa: PLC0415

    words = ["proefbank", *sys.argv[1:]]
    judged = judge_recording(
        path,
        reports,
        run_name,
        profile=profile,
        waivers=waivers,
        command=words,
        progress=_Shown(),
        language=language or "en",
    )
    report = judged.report
    click.echo(report["headline"])
    for text in _texts(report):
        click.echo(f"\n{text}")
    for line in waiver_lines(report):
        click.echo(line)
    for item in report["preflight"]:
        if item["outcome"] == "failed":
            click.echo(f"\n{item['check']}: {item['detail']}", err=True)
    click.echo(f"\nreport: {judged.folder}/report.html")
    return EXIT_CODES[RunVerdict(report["verdict"])]


class _Shown:
    """Tells on stderr how far the reading of a large archive is."""

    def __call__(self, entries: int, part: float) -> None:
        """Tell it in one line."""
        click.echo(f"read {entries} entries, {part:.0%} of the archive", err=True)


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
