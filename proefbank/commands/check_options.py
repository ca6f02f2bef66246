"""What the checks of `proefbank check` share: where the report goes, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from proefbank.checking import Artefact

__all__ = ["EPILOG", "concluded", "reported"]

F = TypeVar("F", bound=Callable[..., Any])

EPILOG = "Exit code: 0 passed, 1 failed, 2 incomplete, 3 not assessed, 4 bad invocation."


def reported(function: F) -> F:
    """Add the options --reports, --run and --json."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--run", "run_name", metavar="NAME", help="Name of the report's folder."),
        click.option(
            "--reports",
            metavar="DIR",
            help="Write a report (HTML, JSON, JUnit) there.  [default: none]",
        ),
    ):
        function = option(function)
    return function


def concluded(  # noqa: PLR0913 - what the options say, and what was handed over
    artefacts: Sequence[Artefact],
    *,
    at: float,
    reports: str | None,
    run_name: str | None,
    as_json: bool,
    environment: str = "",
    asides: Sequence[Artefact] = (),
    unread: Sequence[dict[str, str]] = (),
    words: Sequence[str] = (),
) -> int:
    """Judge the artefacts, print what was found, and return the exit code.

    `asides` are judged and told, but decide nothing; `words` is the command line, for the report.
    """
    from proefbank.checking import checked, run_folder  # noqa: PLC0415 - after --help
    from proefbank.commands.check_words import told_as_json, told_as_text  # noqa: PLC0415
    from proefbank.verdict import EXIT_CODES, RunVerdict  # noqa: PLC0415

    if not artefacts:
        if as_json:
            click.echo(json.dumps({"verdict": "not_assessed", "artefacts": [], "unread": unread}))
        return 4
    told = ["proefbank", *(words or sys.argv[1:])]
    folder = run_folder(reports, run_name, artefacts[0].name, at)
    found = checked(artefacts, at=at, command=told, environment=environment, folder=folder)
    others = checked(asides, at=at, command=told).judged if asides else ()
    if as_json:
        page = told_as_json(found, others, unread)
        click.echo(json.dumps(page, ensure_ascii=False, indent=1))
    else:
        text = told_as_text(found, others, at=at)
        click.echo(text.encode("utf-8", "backslashreplace").decode())  # names may be any bytes
        if found.folder is not None:
            click.echo(f"\nreport: {Path(found.folder)}/report.html")
    return 4 if unread else EXIT_CODES[RunVerdict(found.report["verdict"])]
