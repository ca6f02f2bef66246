"""`proefbank waive`: write a waiver for a failure of a run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from proefbank.commands.runs import run_named
from proefbank.errors import BadInvocation

__all__ = ["command"]

DAYS = 90
"""For how long a failure is accepted, unless a day is named."""


@click.command("waive", context_settings={"max_content_width": 100})
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("requirement")
@click.option("--owner", required=True, metavar="NAME", help="Who answers for it.")
@click.option("--cause", required=True, metavar="TEXT", help="Why it is accepted for now.")
@click.option("--ticket", required=True, metavar="ID", help="Where its repair is followed up.")
@click.option("--finding", metavar="ID", help="Which one, if it failed in several ways.")
@click.option("--until", metavar="DATE", help="Its last day.")
@click.option("--days", type=int, metavar="N", help=f"The same, in days from today [{DAYS}].")
@click.option("--file", type=click.Path(path_type=Path), metavar="FILE", help="Where to write it.")
def command(run: Path, requirement: str, **told: Any) -> int:
    """Write a waiver for a failure of a run: one finding against one requirement, until a day.

    RUN is the folder of a run, or its name below reports. The waiver goes into the file with
    waivers that the run knew, else into waivers.toml beside its profile or in the current folder.

    \b
      proefbank waive reports/nightly socialsecurity.assertion.lifetime-at-most-10-minutes \\
        --owner "J. Doe" --cause "the library is repaired in March" --ticket PB-12
    """
    from proefbank.waiver_files import append_waiver  # noqa: PLC0415 - after --help
    from proefbank.waivers import Waiver  # noqa: PLC0415

    report = _report(run_named(run))
    row = _row(report, requirement, run)
    findings = _failures(row, run)
    chosen = _chosen(row, findings, told["finding"])
    until = _until(told["until"], told["days"])
    stages = tuple(item["stage"] for item in findings if item["id"] == chosen["id"])
    path = told["file"] or _file(report)
    made = append_waiver(
        path,
        Waiver(
            requirement=row["id"],
            cause=_said("--cause", told["cause"]),
            owner=_said("--owner", told["owner"]),
            expires=until,
            finding=chosen["id"],
            ticket=_said("--ticket", told["ticket"]),
            first_seen=_first_seen(report),
            stages=tuple(dict.fromkeys(stages)),
            where=chosen["where"],
            actual=chosen["actual"],
        ),
    )
    click.echo(f"{path}:\n\n{made}")
    click.echo(f"Run it again: {_again(report, path, told['file'] is not None)}")
    return 0


def _report(run: Path) -> Mapping[str, Any]:
    """Return the report; of any version, for a waiver needs little of it."""
    path = run / "report.json"
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        if str(report["schema"]).startswith("proefbank/report/"):
            return dict(report)
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise BadInvocation(
        f"there is no report of a run in {path}",
        where="RUN",
        hint="give the folder of a run: proefbank waive reports/nightly REQUIREMENT …",
    )


def _row(report: Mapping[str, Any], requirement: str, run: Path) -> Mapping[str, Any]:
    from proefbank.names import nearest  # noqa: PLC0415

    rows = {row["id"]: row for row in report["requirements"]}
    if requirement in rows:
        found: Mapping[str, Any] = rows[requirement]
        return found
    failed = [name for name, row in rows.items() if row["outcome"] == "failed"]
    near = nearest(requirement, failed or rows) if rows else ""
    raise BadInvocation(
        f"this run has no requirement {requirement}",
        where="REQUIREMENT",
        hint=f"near to it{', and failed' if failed else ''}: proefbank waive {run} {near} …",
    )


def _failures(row: Mapping[str, Any], run: Path) -> list[dict[str, str]]:
    """Return what was found in the judgements that failed, with its id and stage."""
    from proefbank.verdict import Outcome, Verdict  # noqa: PLC0415

    verdicts = [Verdict.from_json({**item, "requirement": row["id"]}) for item in row["judgements"]]
    found = [
        {"id": item.id, "stage": one.stage, "where": item.where, "actual": item.actual}
        for one in verdicts
        if one.outcome is Outcome.FAILED
        for item in one.findings
    ]
    if found and row["basis"] != "practice":
        return found
    if found:
        said, hint = "is advice of ours, which fails no run", "there is nothing to waive"
    else:
        outcome = (row["outcome"] or row["state"]).replace("_", " ")
        reason = f": {row['reason']}" if row["reason"] else ""
        said, hint = f"did not fail in this run, it was {outcome}{reason}", _advice(row, run)
    raise BadInvocation(f"{row['id']} {said}", where="REQUIREMENT", hint=hint)


def _advice(row: Mapping[str, Any], run: Path) -> str:
    if row["outcome"] == "waived":
        return "to accept it for longer, set another `expires` in its waiver"
    if row["outcome"] == "warned":
        return "a warning fails no run, so there is nothing to waive"
    return f"what failed stands in {run / 'summary.md' if run.is_dir() else 'summary.md'}"


def _chosen(
    row: Mapping[str, Any], findings: list[dict[str, str]], wanted: str | None
) -> Mapping[str, str]:
    known = {item["id"]: item for item in findings}
    if wanted is None and len(known) == 1:
        return next(iter(known.values()))
    if wanted in known:
        return known[wanted]
    listed = "\n".join(
        f"  --finding {name}   {item['where']}: {item['actual']}"
        f"  [{', '.join(dict.fromkeys(i['stage'] for i in findings if i['id'] == name))}]"
        for name, item in known.items()
    )
    if wanted is None:
        said = f"{row['id']} failed in {len(known)} ways, and a waiver covers one"
    else:
        said = f"{row['id']} did not fail with the finding {wanted}"
    raise BadInvocation(said, where="--finding", hint=f"choose one:\n{listed}")


def _until(until: str | None, days: int | None) -> date:
    from proefbank.waivers import today  # noqa: PLC0415

    if until is not None and days is not None:
        raise BadInvocation(
            "the last day is told twice", where="--until and --days", hint="leave one of them out"
        )
    day = today()
    if until is None:
        last = day + timedelta(days=DAYS if days is None else days)
    else:
        try:
            last = date.fromisoformat(until)
        except ValueError:
            hint = f"for example: --until {day + timedelta(days=DAYS)}"
            raise BadInvocation(f"{until!r} is no date", where="--until", hint=hint) from None
    if last < day:
        raise BadInvocation(
            f"{last} is over",
            where="--until" if days is None else "--days",
            hint=f"for example: --days {DAYS}, which is until {day + timedelta(days=DAYS)}",
        )
    return last


def _said(option: str, text: str) -> str:
    if not text.strip():
        raise BadInvocation("says nothing", where=option, hint="a waiver is somebody's answer")
    return " ".join(text.split())


def _first_seen(report: Mapping[str, Any]) -> date:
    from proefbank.waivers import today  # noqa: PLC0415

    try:
        return datetime.fromisoformat(report["run"]["started"]).date()
    except ValueError:
        return today()


def _file(report: Mapping[str, Any]) -> Path:
    """Return the file with waivers that the run knew, or the one that it would have read."""
    from proefbank.waiver_files import NAME  # noqa: PLC0415

    if told := _option(report, "--waivers"):
        return Path(told)
    if known := [row["file"] for row in report["waivers"] if row.get("file")]:
        return Path(known[0])
    profile = _option(report, "--profile")
    return Path(profile).parent / NAME if profile else Path(NAME)


def _option(report: Mapping[str, Any], option: str) -> str:
    words = list(report["run"]["command"])
    for place, word in enumerate(words[: words.index("--") if "--" in words else None]):
        if word == option and place + 1 < len(words):
            return str(words[place + 1])
        if word.startswith(f"{option}="):
            return str(word.partition("=")[2])
    return ""


def _again(report: Mapping[str, Any], path: Path, named: bool) -> str:  # noqa: FBT001 - private
    from proefbank.report.commands import whole  # noqa: PLC0415

    command = re.sub(r" --run(?: |=)\S+", "", whole(report)) or "proefbank run"
    if named and _option(report, "--waivers") != str(path):
        command += f" --waivers {shlex.quote(str(path))}"
    return command
