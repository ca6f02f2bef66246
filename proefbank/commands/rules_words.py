"""How `proefbank rules` says what it says: a sheet, a table, and the nearest names."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

__all__ = ["nearest", "plain", "sheet", "table"]

COLOURS = {"MUST": "red", "SHOULD": "yellow", "MAY": "cyan"}


def sheet(told: Mapping[str, Any]) -> str:
    """Return everything about one requirement, a line for each thing that is told."""
    source = f"{told['source']}, {told['section']}" if told["section"] else told["source"]
    lines = [f"{told['id']}   {told['level']}   {plain(told['statement'])}"]
    dates = [f"{word} {told[word]}" for word in ("since", "until") if told[word]]
    for label, value in (
        ("code", told["code"]),
        ("basis", f"{told['basis']}, binds the {told['binds']}"),
        ("source", source),
        ("url", told["url"]),
        ("dates", ", ".join(dates)),
        ("note", plain(told["note"])),
        ("excluded", plain(told["excluded"])),
        ("why", told["why"]),
        ("rule", ", ".join(told["rules"])),
        ("stages", ", ".join(told["stages"])),
    ):
        if value:
            lines.append(f"  {label:<8}  {value}")
    for client in told["wayward"]:
        lines += [f"  broken by  {client['name']}: {client['defect']}", f"    {client['run']}"]
    return "\n".join(lines)


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the known names that are most like `name`, the best first."""
    import difflib  # noqa: PLC0415 - only for a mistake

    names = list(known)
    ends: dict[str, str] = {}
    for item in names:
        ends.setdefault(item.lower(), item)
        ends.setdefault(item.rpartition(".")[2].lower(), item)
    wanted = [name.lower(), name.lower().rpartition(".")[2]]
    found = [ends[k] for word in wanted for k in difflib.get_close_matches(word, ends, count)]
    return list(dict.fromkeys(found))[:count]


def plain(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on a terminal, aligned columns without frills elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415 - only on a terminal
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=None, pad_edge=False)
        for head in heads:
            table.add_column(head, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
        Console().print(table)
        return
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(len(heads) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())
