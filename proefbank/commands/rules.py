"""`proefbank rules`: what is judged, why, and how much of it a run exercised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from proefbank.commands.rules_words import nearest, plain, sheet, table
from proefbank.commands.runs import folder_of, report_in
from proefbank.errors import BadInvocation
from proefbank.requirement import Basis, Level, Requirement

__all__ = ["command"]


@click.group("rules")
def command() -> None:
    """Show what is judged, and why.

    \b
      proefbank rules list --level MUST
      proefbank rules show SSOAUTH-015
      proefbank rules coverage
    """


@command.command("list")
@click.option("--service", metavar="NAME", help="Only this service.")
@click.option("--level", type=click.Choice([item.value for item in Level], case_sensitive=False))
@click.option("--basis", type=click.Choice([item.value for item in Basis]), help="Who asks.")
@click.option("--code", metavar="CODE", help="Only this row of the catalogue, e.g. SSOAUTH-015.")
@click.option("--excluded", is_flag=True, help="Only what no run can check, with the reason.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_rules(
    service: str | None,
    level: str | None,
    basis: str | None,
    code: str | None,
    *,
    excluded: bool,
    as_json: bool,
) -> None:
    """List requirements."""
    found = [
        row
        for row in _requirements(service)
        if (level is None or row.level == level.upper())
        and (basis is None or row.basis == basis)
        and (code is None or row.code == code.upper())
        and (not excluded or row.excluded)
    ]
    if as_json:
        click.echo(json.dumps([_told(row) for row in found], ensure_ascii=False, indent=1))
        return
    from proefbank.report.text import plural  # noqa: PLC0415 - after --help

    table(
        ("id", "level", "basis", "excluded because" if excluded else "statement"),
        [
            (
                row.id,
                row.level.value,
                row.basis.value,
                plain(row.excluded if excluded else row.statement),
            )
            for row in found
        ],
    )
    click.echo(plural(len(found), "requirement"), err=True)


@command.command("show")
@click.argument("name", metavar="ID|CODE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, *, as_json: bool) -> None:
    """Show everything about one requirement, or about each that came out of a catalogue row."""
    rows = _requirements(None)
    found = [row for row in rows if name.lower() == row.id or name.upper() == row.code]
    if not found:
        found = [row for row in rows if row.id.endswith(f".{name.lower()}")]
    if not found:
        near = nearest(name, [*(row.id for row in rows), *dict.fromkeys(row.code for row in rows)])
        raise BadInvocation(
            f"no requirement is called {name}",
            where="ID|CODE",
            hint=f"did you mean: {', '.join(near)}" if near else "see: proefbank rules list",
        )
    told = [_told(row) | _judged(row) for row in found]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    click.echo("\n\n".join(sheet(item) for item in told))


@command.command("coverage")
@click.argument("run", required=False)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def coverage(run: str | None, reports: str, *, as_json: bool) -> None:
    """Count what a run exercised: the newest one, or RUN (a name or a folder)."""
    from proefbank.report.coverage import coverage_of  # noqa: PLC0415 - after --help

    folder = folder_of(run, Path(reports))
    told = coverage_of(report_in(folder))
    if as_json:
        click.echo(json.dumps({"run": folder.name, **told}, ensure_ascii=False, indent=1))
        return
    lines = []
    for item in told["codes"]:
        for place, row in enumerate(item["requirements"]):
            code = item["code"] if place == 0 else ""
            lines.append((code, row["id"], row["state"], plain(row["told"])))
    table(("code", "requirement", "", "outcome or reason"), lines)
    click.echo(f"\n{told['line']}\nrun: {folder}")


def _requirements(service_name: str | None) -> list[Requirement]:
    from proefbank.judge import catalogue  # noqa: PLC0415 - after --help
    from proefbank.service import catalogues, service  # noqa: PLC0415

    chosen = [service(service_name)] if service_name else catalogues().values()
    return [row for item in chosen for row in catalogue(item.package).values()]


def _told(row: Requirement) -> dict[str, Any]:
    members = {name: getattr(row, name) for name in row.__slots__}
    return {name: None if value is None else str(value) for name, value in members.items()}


def _judged(row: Requirement) -> dict[str, Any]:
    """Return why it matters, which stages judge it, and which wayward client breaks it."""
    import importlib  # noqa: PLC0415 - only to show one

    from proefbank.judge import rules_of  # noqa: PLC0415
    from proefbank.service import service  # noqa: PLC0415
    from proefbank.staging import stages_of  # noqa: PLC0415

    home = service(row.service)
    rules = [rule for rule in rules_of(home.package) if rule.requirement == row.id]
    stages = {
        stage.name: stage.story
        for stage in stages_of(home.package)
        if any(rule.reading in stage.readings for rule in rules)
    }
    wayward = importlib.import_module(home.wayward).WAYWARD.values() if home.wayward else ()
    clients = [
        {
            "name": item.name,
            "defect": " ".join(item.defect.split()),
            "run": f"proefbank run --client {item.client.__module__}:{item.client.__qualname__}",
        }
        for item in wayward
        if item.requirement == row.id
    ]
    return {
        "why": " ".join(rule.why for rule in rules),
        "rules": [rule.place for rule in rules],
        "stages": stages,
        "wayward": clients,
    }
