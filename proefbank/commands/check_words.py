"""How `proefbank check` says what it found: what the artefact is, then limit by limit."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from proefbank.checking import PACKAGE, Checked, Judged
from proefbank.commands.check_sheet import described
from proefbank.judge import catalogue
from proefbank.report.text import printable
from proefbank.services.setup.wire.measures import MEASURES
from proefbank.verdict import Outcome, Verdict

__all__ = ["told_as_json", "told_as_text"]

BAD = (Outcome.FAILED, Outcome.NOT_EXERCISED, Outcome.BROKEN)
SIGNS = {Outcome.PASSED: "ok", Outcome.WARNED: "WARNING"}
_INDENT = 13
_WIDE = 100
_LONG_LIMIT = 34


def told_as_text(found: Checked, asides: Sequence[Judged], *, at: float) -> str:
    """Return everything for people to read, the verdict first; `at` is now, in epoch seconds."""
    lines = [str(found.report["headline"])]
    for name, group in groupby(found.judged, key=_name):
        told = list(group)
        lines += ["", printable(name[0]), *described(told[0], at)]
        for judged in told:
            lines += ["", *_title(judged), *_checks(judged)]
        same = [judged for judged in asides if _name(judged) == name]
        lines += ["", *map(_aside, same)] if same else []
    return "\n".join(lines)


def told_as_json(
    found: Checked, asides: Sequence[Judged], unread: Sequence[dict[str, str]]
) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "verdict": found.report["verdict"],
        "headline": found.report["headline"],
        "artefacts": [
            *(_entry(judged, decides=True) for judged in found.judged),
            *(_entry(judged, decides=False) for judged in asides),
        ],
        "unread": list(unread),
        "report": str(found.folder) if found.folder else None,
    }


def _name(judged: Judged) -> tuple[str, str]:
    return judged.artefact.name, judged.artefact.kind


def _bad(judged: Judged) -> list[Verdict]:
    return [verdict for verdict in judged.verdicts if verdict.outcome in BAD]


def _entry(judged: Judged, *, decides: bool) -> dict[str, Any]:
    return {
        "name": judged.artefact.name,
        "kind": judged.artefact.kind,
        "channel": judged.artefact.channel or None,
        "decides": decides,
        "accepted": not _bad(judged),
        "facts": dict(judged.artefact.facts),
        "checks": [_check(judged, verdict) for verdict in judged.verdicts],
    }


def _check(judged: Judged, verdict: Verdict) -> dict[str, Any]:
    row, measure = catalogue(PACKAGE)[verdict.requirement], MEASURES[verdict.requirement]
    return {
        "id": row.id,
        "level": row.level.value,
        "basis": row.basis.value,
        "outcome": verdict.outcome.value,
        "where": measure.where,
        "limit": measure.limit,
        "found": _found(judged, verdict),
        "hint": verdict.finding.hint if verdict.finding else "",
        "reason": verdict.reason,
        "source": row.citation,
    }


def _found(judged: Judged, verdict: Verdict) -> str:
    """Return the value found, whether it was within the limit or not."""
    if verdict.finding is not None:
        return verdict.finding.actual
    passed = verdict.outcome is Outcome.PASSED
    return MEASURES[verdict.requirement].found(judged.reading) if passed else ""


def _title(judged: Judged) -> Iterator[str]:
    if judged.artefact.channel:
        told = "not acceptable" if _bad(judged) else "acceptable"
        yield f"  for {judged.artefact.channel.upper()}: {told}"


def _checks(judged: Judged) -> Iterator[str]:
    rows = [_check(judged, verdict) for verdict in judged.verdicts]
    seen = [row for row in rows if row["outcome"] != Outcome.NOT_APPLICABLE]
    wide = max((len(row["where"]) for row in seen), default=0)
    limits = [len(row["limit"]) for row in seen if len(row["limit"]) <= _LONG_LIMIT]
    limit = max(limits, default=0)
    for row in seen:
        outcome = Outcome(row["outcome"])
        sign = SIGNS.get(outcome, outcome.value.upper())
        told = printable(row["found"] or row["reason"])
        yield f"    {sign:8} {row['where']:{wide}}  limit: {row['limit']:{limit}}  found: {told}"
        if outcome is not Outcome.PASSED:
            yield f"{'':{_INDENT}}{row['id']} ({row['level']}; {row['source']})"
            if row["hint"]:
                yield f"{'':{_INDENT}}-> {printable(row['hint'])}"
    absent: dict[str, list[str]] = {}
    for row in rows:
        if row not in seen and row["where"] not in absent.setdefault(row["reason"], []):
            absent[row["reason"]].append(row["where"])
    if absent:
        listed = [f"{', '.join(places)} ({reason})" for reason, places in absent.items()]
        text = f"    {'-':8} does not apply: {'; '.join(listed)}"
        yield from textwrap.wrap(text, _WIDE, subsequent_indent=" " * _INDENT)


def _aside(judged: Judged) -> str:
    found = _bad(judged)
    where = "; ".join(f"{MEASURES[v.requirement].where}: {_found(judged, v)}" for v in found)
    told = f"not acceptable ({printable(where)})" if found else "acceptable as well"
    return f"  for {judged.artefact.channel.upper()}, which was not asked for: {told}"
