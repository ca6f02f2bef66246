"""From the events of a run to `report.json`: one dict that every page is rendered from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proefbank.journal import Event
from proefbank.report.limits import limits_of
from proefbank.report.rows import Extent, outcome_in, requirement_rows, verdicts_in
from proefbank.report.text import headline
from proefbank.requirement import Basis, Catalogue, Level
from proefbank.verdict import Outcome, RunVerdict, WaiverState, run_verdict
from proefbank.waivers import waiver_rows

__all__ = ["SCHEMA", "build_report"]

SCHEMA = "proefbank/report/1"


def build_report(
    events: Iterable[Event],
    catalogues: Sequence[Catalogue],
    whys: Mapping[str, str],
    waivers: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the report of a run: what `report.schema.json` describes.

    The same events give the same report. Everything that differs between two runs with one
    seed (id, instants, duration, command, origins) is under `run`. A record without an `end`
    counts as interrupted.
    """
    record = list(events)
    opening = next((e for e in record if e["event"] == "run"), {})
    ending = next((e for e in reversed(record) if e["event"] == "end"), None)
    scope = _scope(_mapping(opening.get("scope")))
    preflight = _preflight(opening.get("preflight"))
    run = _run(opening, ending)
    halted = any(item["outcome"] == "failed" for item in preflight)
    extent = Extent(selected=run["selected"], cut_short=run["interrupted"] or halted)
    rows = requirement_rows(record, catalogues, whys, scope["services"], extent)
    waived = waiver_rows(
        waivers,
        verdicts_in(record),
        {row["id"]: outcome_in(row) for row in rows},
        whole=not (extent.cut_short or scope.get("shard")),
    )
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": _verdict(record, rows, catalogues, waived, halted, extent).value,
        "headline": "",
        "scope": scope,
        "subject": _texts(opening.get("subject"), "name", "version", "language"),
        "assertor": _texts(opening.get("assertor"), "name", "version"),
        "run": run,
        "counts": _counts(record, rows),
        "requirements": rows,
        "waivers": waived,
        "preflight": preflight,
        "notes": [],
    }
    report["headline"] = headline(report)
    report["notes"] = [*limits_of(report), *_staging_notes(record)]
    return report


def _verdict(
    record: Sequence[Event],
    rows: Sequence[Mapping[str, Any]],
    catalogues: Sequence[Catalogue],
    waivers: Sequence[Mapping[str, Any]],
    halted: bool,  # noqa: FBT001 - private
    extent: Extent,
) -> RunVerdict:
    by_id = {key: row for catalogue in catalogues for key, row in catalogue.items()}
    outcomes = [(by_id[row["id"]], outcome_in(row)) for row in rows]
    ours = any(e["event"] == "staged" and e.get("state") == "broken" for e in record)
    if halted or ours or any(outcome is Outcome.BROKEN for _, outcome in outcomes):
        return RunVerdict.NOT_ASSESSED
    verdict = run_verdict(
        ((row, outcome) for row, outcome in outcomes if outcome is not None),
        (WaiverState(row["state"]) for row in waivers),
    )
    if extent.cut_short and verdict is RunVerdict.PASSED:
        return RunVerdict.INCOMPLETE
    return verdict


def _counts(record: Sequence[Event], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    deciding = [row for row in rows if row["basis"] != Basis.PRACTICE and row["outcome"]]
    hardening = [row for row in rows if row["basis"] == Basis.PRACTICE and row["outcome"]]
    states = Counter(str(row["state"]) for row in rows)
    kinds = Counter(str(event["event"]) for event in record)
    unplayed = sum(1 for event in record if event["event"] == "staged" and event.get("unplayed"))
    return {
        "by_level": {
            level.value: _by_outcome(row for row in deciding if row["level"] == level)
            for level in Level
        },
        "by_outcome": _by_outcome(deciding),
        "hardening": _by_outcome(hardening),
        "requirements": len(rows),
        "judgements": sum(len(row["judgements"]) for row in rows),
        "excluded": states["excluded"],
        "not_selected": states["not_selected"],
        "not_reached": states["not_reached"],
        "unjudged": states["unjudged"],
        "stagings": kinds["staging"],
        "exchanges": kinds["exchange"],
        **({"unplayed": unplayed} if unplayed else {}),
    }


def _by_outcome(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found = Counter(row["outcome"] for row in rows)
    return {outcome.value: found[outcome.value] for outcome in Outcome}


def _run(opening: Event, ending: Event | None) -> dict[str, Any]:
    raw = _mapping(opening.get("run"))
    end = ending or {}
    return {
        "id": str(raw.get("id", "")),
        "started": str(raw.get("started", "")),
        "finished": str(end["finished"]) if end.get("finished") else None,
        "duration_s": end.get("duration_s"),
        "seed": raw.get("seed"),
        "command": [str(word) for word in raw.get("command", [])],
        "origins": dict(_mapping(opening.get("origins"))),
        "selected": bool(opening.get("run_selected", raw.get("run_selected", False))),
        "interrupted": ending is None
        or bool(end.get("interrupted"))
        or bool(raw.get("interrupted")),
    }


def _scope(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **raw,
        "services": [str(item) for item in raw.get("services", [])],
        "target": str(raw.get("target", "mock")),
        "door": str(raw.get("door", "adapter")),
        "requirement_set": str(raw.get("requirement_set", "")),
        "capabilities": [str(item) for item in raw.get("capabilities", [])],
    }


def _texts(raw: object, *wanted: str) -> dict[str, Any]:
    return {**dict.fromkeys(wanted, ""), **_mapping(raw)}


def _preflight(raw: object) -> list[dict[str, str]]:
    if not isinstance(raw, list):
        return []
    return [
        {key: str(item.get(key, "")) for key in ("check", "outcome", "detail")}
        | ({"hint": str(item["hint"])} if item.get("hint") else {})
        for item in raw
    ]


def _staging_notes(record: Iterable[Event]) -> list[dict[str, Any]]:
    return [
        {"about": "staging", "stage": event.get("stage"), "text": str(event.get("text", ""))}
        for event in record
        if event["event"] == "note"
    ]


def _mapping(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, Mapping) else {}
