"""`proefbank report`: the pages of a run once more, or the answer to eHealth's notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from proefbank.commands.output import write_out
from proefbank.commands.runs import events_in, folder_of, report_in
from proefbank.errors import BadInvocation
from proefbank.languages import LANGUAGES

__all__ = ["command"]


@click.command("report", context_settings={"max_content_width": 100})
@click.argument("run", required=False)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Runs.")
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help="Of the pages; the one that they are in if left out.",
)
@click.option(
    "--letter",
    "language",
    type=click.Choice(LANGUAGES),
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
      proefbank report 2026-11-22-0700-client --lang nl
      proefbank report --letter nl --organisation "Voorbeeld vzw" --out brief.txt
    """
    folder = folder_of(run, Path(reports))
    if told["language"] is None:
        return _pages(folder, told)
    if told["lang"] is not None:
        raise BadInvocation(
            "the language of a letter stands behind --letter",
            where="--lang",
            hint=f"proefbank report --letter {told['lang']}",
        )
    from proefbank.report.letter import Sender, letter  # noqa: PLC0415 - after --help

    text = letter(
        report_in(folder),
        told["language"],
        told["environment"] or "acc",
        events=events_in(folder),
        sender=Sender(told["organisation"] or "", told["contact"] or ""),
    )
    if told["out"] is None:
        click.echo(text, nl=False)
    else:
        write_out(told["out"], text)
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

    report = render(folder, language=told["lang"])
    click.echo(f"{report['headline']}\n\nreport: {folder}/report.html")
    return 0
