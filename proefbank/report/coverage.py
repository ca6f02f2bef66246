"""Which rows of the catalogue a run put to the test; counted from its report, not from code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from proefbank.report.text import outcome_words, plural

__all__ = ["coverage_of"]

_SHOWN = ("passed", "failed", "warned", "waived")
"""Outcomes that only come from something that was seen."""


def coverage_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return `codes`, `counts` and `line` of a report.

    Each code has a `state`, `exercised`, `partly exercised`, `not exercised` or `excluded`, and
    its `requirements` with `state` and, in `told`, the outcome or the reason. A requirement is
    exercised if a judgement of it rests on something that was seen.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in report["requirements"]:
        found.setdefault(str(row["code"]), []).append(_row(row))
    codes = [
        {"code": code, "state": _state(rows), "requirements": rows}
        for code, rows in sorted(found.items(), key=lambda item: _order(item[0]))
    ]
    counts = {
        "codes": dict(Counter(str(item["state"]) for item in codes)),
        "requirements": dict(Counter(str(row["state"]) for rows in found.values() for row in rows)),
    }
    parts = [
        f"{plural(len(codes), 'catalogue row')}: {_words(counts['codes'])}",
        f"{plural(len(report['requirements']), 'requirement')}: {_words(counts['requirements'])}",
    ]
    return {"codes": codes, "counts": counts, "line": "; ".join(parts)}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    seen = [item for item in row["judgements"] if item["outcome"] in _SHOWN]
    if seen:
        state, told = "exercised", outcome_words(row["outcome"])
    elif row["state"] == "excluded":
        state, told = "excluded", str(row["reason"])
    else:
        state = "not exercised"
        told = outcome_words(row["outcome"] or row["state"])
        if row["reason"]:
            told = f"{told}: {row['reason']}"
    return {
        "id": row["id"],
        "state": state,
        "outcome": row["outcome"],
        "told": told,
        "judgements": len(row["judgements"]),
    }


def _state(rows: list[dict[str, Any]]) -> str:
    states = {str(row["state"]) for row in rows} - {"excluded"}
    if not states:
        return "excluded"
    return states.pop() if len(states) == 1 else "partly exercised"


def _order(code: str) -> tuple[str, int]:
    head, _, number = code.rpartition("-")
    return head, int(number) if number.isdigit() else 0


def _words(counts: Mapping[str, int]) -> str:
    order = ("exercised", "partly exercised", "not exercised", "excluded")
    return ", ".join(f"{counts[name]} {name}" for name in order if name in counts)
