"""`summary.md`: what a reviewer needs to see under a change, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proefbank.report.commands import again, whole
from proefbank.report.text import outcome_words, plural, printable
from proefbank.requirement import Basis
from proefbank.verdict import Outcome

__all__ = ["summary"]

_MOST_ROWS = 30
_LONGEST_CELL = 240
_SHOWN = (Outcome.FAILED, Outcome.NOT_EXERCISED, Outcome.BROKEN, Outcome.WARNED)
_MARKS = {
    Outcome.FAILED: "✕",
    Outcome.NOT_EXERCISED: "□",
    Outcome.BROKEN: "!",
    Outcome.WARNED: "△",
    Outcome.WAIVED: "◇",
}
_SPECIAL = re.compile(r"[&<>|`*_\[\]@#~\\$!]")


def summary(report: Mapping[str, Any]) -> str:
    """Return the report as Markdown (GitHub and GitLab), with nothing in it taken as markup."""
    rows = report["requirements"]
    deciding = [row for row in rows if row["basis"] != Basis.PRACTICE]
    hardening = [row for row in rows if row["basis"] == Basis.PRACTICE]
    blocks = [
        f"## {_text(report['headline'])}",
        _subject(report),
        _counts(report),
        _findings("What to repair", deciding),
        _findings("Hardening advice, which decides nothing", hardening),
        _not_shown(rows),
        _limits(report),
        _reproduce(report),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _subject(report: Mapping[str, Any]) -> str:
    subject, run, assertor = report["subject"], report["run"], report["assertor"]
    parts = [" ".join(filter(None, (subject["name"], subject["version"]))) or "unnamed client"]
    if subject["language"]:
        parts.append(subject["language"])
    parts.append(f"judged by {assertor['name']} {assertor['version']}".strip())
    if run["seed"] is not None:
        parts.append(f"seed {run['seed']}")
    return " · ".join(_text(part) for part in parts)


def _counts(report: Mapping[str, Any]) -> str:
    counts = report["counts"]
    lines = {**counts["by_level"], "hardening": counts["hardening"]}
    used = [o for o in Outcome if any(line[o] for line in lines.values())]
    if not used:
        return ""
    head = ["", *(outcome_words(outcome) for outcome in used)]
    body = [[name, *(str(line[o]) for o in used)] for name, line in lines.items()]
    return _table(head, body)


def _findings(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    found = sorted(
        (row for row in rows if row["outcome"] in _SHOWN),
        key=lambda row: _SHOWN.index(Outcome(row["outcome"])),
    )
    if not found:
        return ""
    body = [_finding(row) for row in found[:_MOST_ROWS]]
    table = _table(["", "requirement", "expected", "actual", "staging"], body)
    more = len(found) - len(body)
    rest = f"\n\n… and {more} more in `report.html`." if more > 0 else ""
    return f"### {title}\n\n{table}{rest}"


def _finding(row: Mapping[str, Any]) -> list[str]:
    outcome = Outcome(row["outcome"])
    judgement = next((j for j in row["judgements"] if j["outcome"] == outcome), None)
    finding = (judgement or {}).get("finding") or {}
    named = f"{_text(row['statement'])}<br>{_code(row['id'])} ({row['level']})"
    stages = list(dict.fromkeys(j["stage"] for j in row["judgements"] if j["outcome"] == outcome))
    where = _code(stages[0]) if stages else "-"
    if len(stages) > 1:
        where += f" and {len(stages) - 1} more"
    return [
        f"{_MARKS[outcome]} {outcome_words(outcome)}",
        named,
        _text(finding.get("expected", "")),
        _text(finding.get("actual", "") or row["reason"]),
        where,
    ]


def _not_shown(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        f"- {_code(row['id'])}: {outcome_words(row['outcome'])}"
        + (f", {_text(row['reason'])}" if row["reason"] else "")
        for row in rows
        if row["outcome"] in (Outcome.NOT_OBSERVABLE, Outcome.NOT_APPLICABLE, Outcome.WAIVED)
    ]
    excluded = sum(1 for row in rows if row["state"] == "excluded")
    if excluded:
        lines.append(f"- {plural(excluded, 'requirement')} that no run can check")
    if not lines:
        return ""
    head = f"<details><summary>What was not shown ({plural(len(lines), 'line')})</summary>"
    shown = lines[: _MOST_ROWS * 2]
    if len(lines) > len(shown):
        shown.append(f"- … and {len(lines) - len(shown)} more in `report.html`")
    return "\n".join([head, "", *shown, "", "</details>"])


def _limits(report: Mapping[str, Any]) -> str:
    lines = [f"- {_text(n['text'])}" for n in report["notes"] if n["about"] == "says_not"]
    return "\n".join(["### What this does not say", "", *lines]) if lines else ""


def _reproduce(report: Mapping[str, Any]) -> str:
    commands = list(dict.fromkeys(filter(None, (whole(report), *_stage_commands(report)))))
    if not commands:
        return ""
    return "\n".join(["### Reproduce", "", *(f"    {printable(line)}" for line in commands)])


def _stage_commands(report: Mapping[str, Any]) -> Iterator[str]:
    for row in report["requirements"]:
        for judgement in row["judgements"]:
            if judgement["outcome"] == Outcome.FAILED and row["basis"] != Basis.PRACTICE:
                yield again(report, row["id"].partition(".")[0], judgement["stage"])
                return


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _text(text: str) -> str:
    flat = " ".join(printable(str(text)).split())
    if len(flat) > _LONGEST_CELL:
        flat = flat[: _LONGEST_CELL - 1] + "…"
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", flat)


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"
