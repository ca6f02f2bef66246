"""One row for each requirement in scope, with everything that was judged of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from proefbank.errors import NotAssessed
from proefbank.journal import Event
from proefbank.requirement import Basis, Binds, Catalogue, Level, Requirement
from proefbank.verdict import Outcome, Verdict, outcome_of_row

__all__ = ["Extent", "catalogue_of", "outcome_in", "requirement_rows", "verdicts_in"]

_UNJUDGED = "no staging of this run put it to the test"
_NO_RULE = "no rule judges it yet"
_FEW = 3
_SHOWN = {
    Outcome.WAIVED: "it is waived in",
    Outcome.WARNED: "there is a warning in",
    Outcome.PASSED: "what could be shown of it was passed, in",
}
_PLAIN = ("id", "code", "statement", "source", "section", "url", "note", "excluded")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the suites a run went through."""

    selected: bool = False
    """Only part was asked for (`--stage`, `-k`)."""
    cut_short: bool = False
    """It was interrupted, or preflight stopped it."""

    @property
    def state(self) -> str:
        """What an unjudged row is: `not_selected`, `not_reached` or `unjudged`."""
        if self.selected:
            return "not_selected"
        return "not_reached" if self.cut_short else "unjudged"


def outcome_in(row: Mapping[str, Any]) -> Outcome | None:
    """Return the outcome of a row of the report; None where it has none."""
    return Outcome(row["outcome"]) if row["outcome"] else None


def verdicts_in(events: Iterable[Event]) -> list[Verdict]:
    """Return the verdicts of a record, in its order."""
    return [Verdict.from_json(event) for event in events if event["event"] == "verdict"]


def requirement_rows(
    events: Iterable[Event],
    catalogues: Sequence[Catalogue],
    whys: Mapping[str, str],
    services: Iterable[str],
    extent: Extent,
) -> list[dict[str, Any]]:
    """Return one row for each requirement of `services` and for any other that was judged.

    Rows stand in the order of the catalogues, judgements in the order of the record. Raises
    `NotAssessed` when the record judges a requirement that no catalogue has: leaving it out
    could hide a failure.
    """
    judged: dict[str, list[Verdict]] = {}
    for verdict in verdicts_in(events):
        judged.setdefault(verdict.requirement, []).append(verdict)
    wanted, rows = set(services), []
    for catalogue in catalogues:
        for requirement in catalogue.values():
            verdicts = judged.pop(requirement.id, [])
            if verdicts or requirement.service in wanted:
                rows.append(_row(requirement, verdicts, whys.get(requirement.id, ""), extent))
    if judged:
        names = ", ".join(sorted(judged))
        raise NotAssessed(f"the record judges {names}, which no requirement file has")
    return rows


def _row(
    requirement: Requirement, verdicts: Sequence[Verdict], why: str, extent: Extent
) -> dict[str, Any]:
    reason = ""
    if verdicts:
        outcome: Outcome | None = outcome_of_row(requirement, (item.outcome for item in verdicts))
        state = "judged"
        reason = next((v.reason for v in verdicts if v.outcome is outcome and v.reason), "")
        if outcome is Outcome.NOT_OBSERVABLE:
            reason += _seen_elsewhere(verdicts)
    elif requirement.excluded:
        outcome, state, reason = None, "excluded", requirement.excluded
    else:
        state = extent.state
        outcome = Outcome.NOT_EXERCISED if state == "unjudged" else None
        if outcome is not None:
            reason = _UNJUDGED if why else _NO_RULE
    return {
        "id": requirement.id,
        "code": requirement.code,
        "level": requirement.level.value,
        "basis": requirement.basis.value,
        "binds": requirement.binds.value,
        "statement": requirement.statement,
        "source": requirement.source,
        "section": requirement.section,
        "url": requirement.url,
        "note": requirement.note,
        "excluded": requirement.excluded,
        "since": requirement.since.isoformat() if requirement.since else None,
        "until": requirement.until.isoformat() if requirement.until else None,
        "outcome": outcome.value if outcome else None,
        "state": state,
        "reason": reason,
        "judgements": [_judgement(item) for item in verdicts],
        "why": why,
    }


def _seen_elsewhere(verdicts: Iterable[Verdict]) -> str:
    """Return where the same requirement was passed, or warned of, as far as it could be shown.

    That is not the whole of it: a consumer whose clock stays, say, is started in each state of a
    renewal, but never lives through one.
    """
    told = ""
    for outcome, words in _SHOWN.items():
        stages = list(dict.fromkeys(v.stage for v in verdicts if v.outcome is outcome))
        if stages:
            more = f" and {len(stages) - _FEW} more" if len(stages) > _FEW else ""
            told += f"; {words} {', '.join(stages[:_FEW])}{more}"
    return told


def _judgement(verdict: Verdict) -> dict[str, Any]:
    members = verdict.to_json()
    del members["requirement"]
    return members


def catalogue_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Catalogue, dict[str, str]]:
    """Return the catalogue and the reasons that rows of a report were made from."""
    made, whys = [], {}
    for row in rows:
        whys[row["id"]] = row["why"]
        made.append(
            Requirement(
                **{key: row[key] for key in _PLAIN},
                level=Level(row["level"]),
                basis=Basis(row["basis"]),
                binds=Binds(row["binds"]),
                since=date.fromisoformat(row["since"]) if row["since"] else None,
                until=date.fromisoformat(row["until"]) if row["until"] else None,
            )
        )
    return Catalogue(made), whys
