"""What a report says and what it does not say, in sentences.

A pass against simulators must not read as a pass against the real thing: these sentences stand
above every table, and the same ones go into the pages and into `report.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proefbank.report.text import targets_of
from proefbank.report.words import ENGLISH, Words
from proefbank.verdict import Outcome

__all__ = ["limits_of"]


def limits_of(report: Mapping[str, Any], words: Words = ENGLISH) -> list[dict[str, Any]]:
    """Return notes `{about, stage, text}`; `about` is `says` or `says_not`."""
    said, unsaid = _says(report, words), _says_not(report, words)
    return [
        *({"about": "says", "stage": None, "text": text} for text in said),
        *({"about": "says_not", "stage": None, "text": text} for text in unsaid),
    ]


def _says(report: Mapping[str, Any], words: Words) -> Iterator[str]:
    scope, counts = report["scope"], report["counts"]
    if not counts["judgements"]:
        yield words("limits.nothing")
        return
    yield _done(report, words)
    if scope["capabilities"]:
        yield words("limits.claims", capabilities=", ".join(scope["capabilities"]))
    if witnesses := words.of("witness", scope["door"], ""):
        yield witnesses
    yield words("limits.decides")


def _done(report: Mapping[str, Any], words: Words) -> str:
    scope, counts, subject = report["scope"], report["counts"], report["subject"]
    key = "limits.gave" if scope["door"] == "artefact" else "limits.went"
    judged = sum(1 for row in report["requirements"] if row["judgements"])
    return words(
        f"{key}_set" if scope["requirement_set"] else key,
        subject=" ".join(filter(None, (subject["name"], subject["version"])))
        or words("limits.client"),
        situations=words.many("count.situations", counts["stagings"] - counts.get("unplayed", 0)),
        exchanges=words.many("count.exchanges", counts["exchanges"]),
        judgements=words.many("count.judgements", counts["judgements"]),
        requirements=words.many("count.requirements", judged),
        set=scope["requirement_set"],
    )


def _says_not(report: Mapping[str, Any], words: Words) -> Iterator[str]:
    counts, run, rows = report["counts"], report["run"], report["requirements"]
    if counts["not_reached"] or run["interrupted"]:
        key = "limits.interrupted" if run["interrupted"] else "limits.stopped"
        yield words.many(key, counts["not_reached"])
    if run["selected"]:
        yield words.many("limits.selected", counts["not_selected"])
    told = (words.of("told", target, "") for target in targets_of(report["scope"]))
    yield from filter(None, told)
    if counts["excluded"]:
        yield words.many("limits.excluded", counts["excluded"])
    for outcome in (Outcome.NOT_OBSERVABLE, Outcome.NOT_APPLICABLE):
        if found := _with(outcome, rows):
            yield words.many(f"limits.{outcome}", found)
    if soft := _soft(report):
        yield words.many("limits.soft", soft)
    if waived := _with(Outcome.WAIVED, rows):
        yield words.many("limits.waived", waived)


def _with(outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(1 for row in rows if row["outcome"] == outcome)


def _soft(report: Mapping[str, Any]) -> int:
    return sum(
        1
        for row in report["requirements"]
        for judgement in row["judgements"]
        if judgement["finding"] and judgement["finding"]["soft"]
    )
