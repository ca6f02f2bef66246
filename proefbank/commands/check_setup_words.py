"""What `proefbank check setup` prints: what is wrong, what is open, and who attested what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proefbank.report.text import failure_text, outcome_words, plural, printable
from proefbank.services.setup.wire.declaration import Declaration

__all__ = ["told_as_json", "told_as_text"]

BAD = ("failed", "not_exercised", "broken")


def told_as_text(
    report: Mapping[str, Any], declared: Declaration, others: Sequence[str] = ()
) -> str:
    """Return the verdict, then a paragraph for each thing to say; `others` were judged too."""
    counts = _counts(declared)
    if others:
        counts += f"\njudged as well: {printable(', '.join(others))}"
    return "\n\n".join([report["headline"], counts, *_paragraphs(report, declared)])


def told_as_json(report: Mapping[str, Any], declared: Declaration) -> dict[str, Any]:
    """Return the verdict, the rows that were judged, and the attestations."""
    members = ("id", "level", "basis", "statement", "outcome", "judgements", "reason")
    return {
        "verdict": report["verdict"],
        "headline": report["headline"],
        "file": declared.file,
        "day": declared.day,
        "requirements": [
            {name: row[name] for name in members}
            for row in report["requirements"]
            if row["outcome"]
        ],
        "attestations": [
            {"requirement": item.requirement, "by": item.by, "on": item.on}
            for item in declared.attestations
        ],
    }


def _counts(declared: Declaration) -> str:
    told = [
        plural(len(declared.enterprises), "enterprise"),
        plural(len(declared.accounts), "account"),
        plural(len(declared.flows), "flow"),
        plural(len(declared.mandates), "mandate"),
        plural(len(declared.delegations), "delegation"),
    ]
    return f"{printable(declared.file)} on {declared.day}: {', '.join(told)}"


def _paragraphs(report: Mapping[str, Any], declared: Declaration) -> Iterator[str]:
    rows = report["requirements"]
    for row in rows:
        shown = [item for item in row["judgements"] if item["outcome"] == row["outcome"]]
        if row["outcome"] in BAD and shown and shown[0]["finding"]:
            yield from (failure_text(row, item) for item in shown)
        elif row["outcome"] in BAD:
            yield f"{row['id']}   {row['level']}   {outcome_words(row['outcome'])}"
    warned = [(row, item) for row in rows for item in row["judgements"] if _warns(row, item)]
    if warned:
        lines = [f"  {row['id']}: {printable(_actual(item))}" for row, item in warned]
        yield "\n".join(["warnings:", *lines])
    still = [(row["id"], row["reason"]) for row in rows if row["outcome"] == "not_observable"]
    if still:
        yield "\n".join(["open:", *(f"  {name}: {printable(why)}" for name, why in still)])
    if declared.attestations:
        lines = [
            f"  {item.requirement}: {printable(item.by)}, {item.on}"
            for item in declared.attestations
        ]
        yield "\n".join(["attested, and not checked by any machine:", *lines])


def _warns(row: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return bool(row["outcome"] == item["outcome"] == "warned")


def _actual(item: Mapping[str, Any]) -> str:
    finding = item["finding"] or {}
    return f"{finding.get('where', '')}: {finding.get('actual', item.get('reason', ''))}"
