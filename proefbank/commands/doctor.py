"""`proefbank doctor`: what this machine can do, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from proefbank.commands.doctor_checks import Line, essentials, extras

__all__ = ["command"]


@click.command(
    "doctor",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 ready, 3 if something is missing that every run needs.",
)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where to.")
def command(reports: str) -> int:
    """Say what this machine can do, and what to do about the rest.

    Runtimes are started to see whether their time can be moved, which takes a few seconds.
    """
    needed, wanted = list(essentials(Path(reports))), list(extras())
    lacking = [line.name for line in needed if not line.ok]
    absent = sum(not line.ok for line in wanted)
    head = f"NOT READY: {', '.join(lacking)}" if lacking else "READY: nothing essential is missing"
    click.echo(f"{head}; {len(wanted) - absent} of {len(wanted)} extras are here\n")
    _show("every run needs", needed)
    _show("some runs need", wanted)
    return 3 if lacking else 0


def _show(title: str, lines: Sequence[Line]) -> None:
    click.echo(f"{title}:")
    for line in lines:
        click.echo(f"  {'ok' if line.ok else 'missing':8} {line.name:13} {line.told}")
        if not line.ok and line.todo:
            click.echo(f"  {'':8} {'':13} -> {line.todo}")
