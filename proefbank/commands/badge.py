"""`proefbank badge`: the verdict of a run as a small picture."""

from __future__ import annotations

from pathlib import Path

import click

from proefbank.commands.output import write_out
from proefbank.commands.runs import folder_of, report_in

__all__ = ["command"]


@click.command("badge", context_settings={"max_content_width": 100})
@click.argument("run", required=False)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Runs.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Instead of printing.")
def command(run: str | None, reports: str, out: Path | None) -> int:
    """Draw a badge (SVG) that tells the verdict of a run and the numbers behind it.

    RUN is a folder or a name below --reports; without one the newest run counts.

    \b
      proefbank badge --out badge.svg
      proefbank badge reports/nightly > badge.svg
    """
    from proefbank.report.badge import badge  # noqa: PLC0415 - after --help

    drawn = badge(report_in(folder_of(run, Path(reports))))
    if out is None:
        click.echo(drawn, nl=False)
        return 0
    write_out(out, drawn)
    click.echo(f"badge: {out}")
    return 0
