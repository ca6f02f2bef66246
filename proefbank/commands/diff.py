"""`proefbank diff`: what changed between two runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proefbank.commands.runs import folder_of, report_in

if TYPE_CHECKING:
    from proefbank.report.comparison import Change, Comparison

__all__ = ["command"]


@click.command(
    "diff",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 nothing is worse, 1 something is, 4 bad invocation.",
)
@click.argument("old")
@click.argument("new", required=False)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Runs.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Markdown is for a pull request.",
)
def command(old: str, new: str | None, reports: str, form: str) -> int:
    """Compare two runs: newly failing, newly passing, and what silently stopped.

    OLD and NEW are folders, or names below --reports; without NEW the newest run counts. The
    new run is worse when a requirement fails that did not, or is no longer judged (in as many
    situations), though nothing failed. Hardening is shown and never makes it worse.

    \b
      proefbank diff main-4711 reports/branch
      proefbank diff last-release --format markdown >> "$GITHUB_STEP_SUMMARY"
    """
    from proefbank.report.comparison import compare  # noqa: PLC0415 - after --help

    folders = (
        folder_of(old, Path(reports), where="OLD"),
        folder_of(new, Path(reports), where="NEW"),
    )
    found = compare(*(report_in(folder) for folder in folders))
    forms: dict[str, Callable[[Comparison], str]] = {
        "text": _text,
        "markdown": _markdown,
        "json": _json,
    }
    click.echo(forms[form](found))
    return int(found.worse)


def _headline(found: Comparison) -> str:
    from proefbank.report.comparison import Kind  # noqa: PLC0415 - after --help

    counts = [(kind, sum(c.decides for c in found.of(kind))) for kind in Kind]
    told = ", ".join(f"{count} {kind.value}" for kind, count in counts if count)
    return f"{'WORSE' if found.worse else 'NOT WORSE'}: {told or 'nothing changed'}"


def _text(found: Comparison) -> str:
    from proefbank.report.text import printable  # noqa: PLC0415 - after --help

    lines = [_headline(found), *(f"  {note}" for note in found.notes)]
    for title, changes in _sections(found):
        lines += ["", title]
        for change in changes:
            lines.append(f"  {change.id}   {change.level}   {change.old} -> {change.new}")
            lines += [f"    {change.detail}"] if change.detail else []
    return "\n".join(printable(line) for line in lines)


def _markdown(found: Comparison) -> str:
    from proefbank.report.summary import as_code, as_text  # noqa: PLC0415 - after --help

    blocks = [f"## {as_text(_headline(found))}"]
    if found.notes:
        blocks.append("\n".join(f"- {as_text(note)}" for note in found.notes))
    for title, changes in _sections(found):
        rows = [
            f"| {as_text(c.statement)}<br>{as_code(c.id)} ({c.level}) | {c.old} → {c.new} "
            f"| {as_text(c.detail)} |"
            for c in changes
        ]
        blocks.append(
            "\n".join([f"### {title.capitalize()}", "", "| requirement | | |", "|-|-|-|", *rows])
        )
    return "\n\n".join(blocks)


def _json(found: Comparison) -> str:
    told = {
        "worse": found.worse,
        "notes": list(found.notes),
        "changes": [asdict(change) | {"worse": change.worse} for change in found.changes],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _sections(found: Comparison) -> Iterator[tuple[str, list[Change]]]:
    from proefbank.report.comparison import Kind  # noqa: PLC0415 - after --help

    for kind in Kind:
        changes = found.of(kind)
        for title, decides in ((kind.value, True), (f"{kind.value} (hardening)", False)):
            if told := [change for change in changes if change.decides is decides]:
                yield title, told
