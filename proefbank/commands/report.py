"""`proefbank report`: the pages of a run once more, or the answer to eHealth's notice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from proefbank.errors import BadInvocation

__all__ = ["command"]


@click.command("report", context_settings={"max_content_width": 100})
@click.argument("run", required=False)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Runs.")
@click.option(
    "--letter",
    "language",
    type=click.Choice(["nl", "fr", "en"]),
    help="Write the answer to eHealth's notice instead.",
)
@click.option(
    "--environment",
    type=click.Choice(["acc", "prod"], case_sensitive=False),
    help="Of the letter: whose key dates.  [default: acc]",
)
@click.option("--organisation", metavar="NAME", help="Of the letter: on whose behalf.")
@click.option("--contact", metavar="TEXT", help="Of the letter: who signs, and how to reach them.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Of the letter.")
def command(run: str | None, reports: str, **told: Any) -> int:
    """Render the pages of a run again, or write the letter about it.

    RUN is a name below --reports or a folder; without one the newest run counts.

    The letter tells eHealth how the client went through the renewal of the I.AM Connect keys.
    It claims what the run showed, says that this was on the simulator, and is refused (exit
    code 4) for a run that was interrupted, selected, not assessed or about something else.

    \b
      proefbank report 2026-11-22-0700-client
      proefbank report --letter nl --organisation "Voorbeeld vzw" --out brief.txt
    """
    folder = _folder(run, Path(reports))
    if told["language"] is None:
        return _pages(folder, told)
    from proefbank.report.letter import Sender, letter  # noqa: PLC0415 - after --help

    text = letter(
        _report(folder / "report.json"),
        told["language"],
        told["environment"] or "acc",
        events=_events(folder / "events.ndjson"),
        sender=Sender(told["organisation"] or "", told["contact"] or ""),
    )
    if told["out"] is None:
        click.echo(text, nl=False)
    else:
        _write(told["out"], text)
        click.echo(f"letter: {told['out']}")
    if not (told["organisation"] and told["contact"]):
        click.echo(
            "still to be filled in, between square brackets: or give --organisation, --contact",
            err=True,
        )
    return 0


def _pages(folder: Path, told: dict[str, Any]) -> int:
    for option in ("environment", "organisation", "contact", "out"):
        if told[option] is not None:
            raise BadInvocation(
                "only a letter has one", where=f"--{option}", hint="add --letter nl, fr or en"
            )
    from proefbank.report.write import render  # noqa: PLC0415 - after --help

    report = render(folder)
    click.echo(f"{report['headline']}\n\nreport: {folder}/report.html")
    return 0


def _folder(run: str | None, reports: Path) -> Path:
    if run is not None:
        for folder in (Path(run), reports / run):
            if folder.name == "report.json" and folder.is_file():
                return folder.parent
            if (folder / "report.json").is_file() or (folder / "events.ndjson").is_file():
                return folder
        raise BadInvocation(
            f"there is no run {run}",
            where="RUN",
            hint=f"name a folder below {reports}, or one that holds a report.json",
        )
    found = sorted(reports.glob("*/report.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise BadInvocation(
            f"there is no run in {reports}", where="RUN", hint="first: proefbank run"
        )
    return found[-1].parent


def _report(path: Path) -> dict[str, Any]:
    from proefbank.report.validation import validate  # noqa: PLC0415 - after --help

    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadInvocation(
            f"this is no report of a run ({type(problem).__name__})", where=str(path)
        ) from problem
    faults = validate(loaded)
    if faults:
        raise BadInvocation(f"this is no report of a run: {faults[0]}", where=str(path))
    report: dict[str, Any] = loaded
    return report


def _events(path: Path) -> list[dict[str, Any]]:
    from proefbank.journal import read_lines  # noqa: PLC0415 - after --help

    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as lines:
        return [dict(event) for event in read_lines(lines)]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInvocation(
            f"cannot be written: {problem.strerror}", where=f"--out {path}"
        ) from problem
