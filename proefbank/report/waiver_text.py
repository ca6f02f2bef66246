"""Waivers in words, the same in every page: what became of each, who answers, how long it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proefbank.report.text import printable
from proefbank.report.words import ENGLISH, Words
from proefbank.verdict import WaiverState

__all__ = ["waiver_facts", "waiver_lines", "waiver_state", "waiver_time", "waivers_in_order"]

_ORDER = tuple(WaiverState)


def waiver_state(row: Mapping[str, Any], words: Words = ENGLISH) -> str:
    """Return what became of a waiver: `used`, `not tried` and so on."""
    return words.of("waivers", row.get("state"))


def waiver_time(row: Mapping[str, Any], words: Words = ENGLISH, *, dated: bool = True) -> str:
    """Return how long it holds: `until 31 January 2027, 70 days left`; empty in an old report.

    Unless `dated`, the day is written as in the file: `2027-01-31`.
    """
    left = row.get("days_left")
    if left is None:
        return ""
    key = "waivers.left" if left > 0 else "waivers.ended" if left < 0 else "waivers.last"
    day = str(row["expires"])
    return words.many(key, abs(left), day=words.day(day) if dated else day)


def waiver_facts(row: Mapping[str, Any], words: Words = ENGLISH) -> list[tuple[str, str]]:
    """Return what there is to say of a waiver: names in the words of a page, and texts."""
    seen = row.get("seen") or []
    now = dict.fromkeys(item["actual"] for item in seen if item["actual"] != row.get("actual"))
    stages = dict.fromkeys(item["stage"] for item in seen)
    first = row.get("first_seen")
    told = {
        "state": words(f"waivers.{row['state']}_means") if row.get("state") else "",
        "requirement": row["requirement"],
        "finding": _named(row, words),
        "where": row.get("where", ""),
        "actual": row.get("actual", ""),
        "now": "; ".join(now),
        "seen": ", ".join(stages),
        "cause": row.get("cause") or row.get("reason", ""),
        "owner": row["owner"],
        "ticket": row.get("ticket", ""),
        "first_seen": words.day(first) if first else "",
        "expires": waiver_time(row, words) or str(row["expires"]),
        "file": row.get("file", ""),
    }
    return [(words.of("waiver", name), str(value)) for name, value in told.items() if value]


def waivers_in_order(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the waivers: those that fail the run come first, those that were not tried last."""
    return sorted(report["waivers"], key=_urgency)


def waiver_lines(report: Mapping[str, Any]) -> list[str]:
    """Return the waivers as a terminal shows them, with a heading; nothing if there are none."""
    rows = waivers_in_order(report)
    lines = ["", "waivers:"] if rows else []
    for row in rows:
        told = [" ".join(str(row.get("actual", "")).split()), _now(row), _who(row)]
        lines.append(f"  {waiver_state(row):<9}  {row['requirement']}  [{_named(row)}]")
        lines += [f"             {text}" for text in told if text]
        state = WaiverState(row["state"])
        if state.fails:
            lines.append(f"             {ENGLISH(f'waivers.{state}_do')}")
    return [printable(line) for line in lines]


def _named(row: Mapping[str, Any], words: Words = ENGLISH) -> str:
    """Return the id of the finding; what to write there in a waiver that has none."""
    found = dict.fromkeys(item["finding"] for item in row.get("seen") or ())
    return row.get("finding") or words("waivers.wordy", finding=", ".join(found) or "…")


def _now(row: Mapping[str, Any]) -> str:
    """Return how the finding reads in this run, where it does not read as it did."""
    told = (item["actual"] for item in row.get("seen") or ())
    now = dict.fromkeys(" ".join(text.split()) for text in told if text != row.get("actual"))
    return f"in this run: {'; '.join(now)}" if now else ""


def _who(row: Mapping[str, Any]) -> str:
    since = f"first seen {row['first_seen']}" if row.get("first_seen") else ""
    cause = row.get("cause", "")
    until = waiver_time(row, dated=False)
    who = ", ".join(filter(None, (row["owner"], row.get("ticket", ""), since, until)))
    return f"{cause} ({who})" if cause else who


def _urgency(row: Mapping[str, Any]) -> tuple[bool, int]:
    state = WaiverState(row["state"])
    return not state.fails, (*_ORDER[1:], _ORDER[0]).index(state)
