"""What a run showed of the renewal, by group, and what nobody may claim from it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.report.text import outcome_words, plural
from proefbank.verdict import Outcome, RunVerdict

__all__ = ["Group", "groups_of", "notice", "refuse", "rehearsed", "steps_of"]

SERVICE = "ehealth"
SHOWN = frozenset({Outcome.PASSED, Outcome.WARNED, Outcome.FAILED, Outcome.WAIVED})
BROKEN = frozenset({Outcome.FAILED, Outcome.NOT_EXERCISED})
AROUND = timedelta(days=60)
"""A rehearsal may begin before step 1 and look on after step 3."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Some requirements that a letter speaks of together."""

    name: str
    kind: str
    """`notice`, `standard`, `advice` or `aside`: see groups.toml."""
    title: Mapping[str, str]
    about: Mapping[str, str]
    rows: tuple[Row, ...]

    def of(self, *outcomes: Outcome) -> list[Row]:
        """Return the rows with one of these outcomes."""
        return [row for row in self.rows if row["outcome"] in outcomes]

    @property
    def broken(self) -> list[Row]:
        """Rows that failed, or that a conversation should have shown and did not."""
        return self.of(*BROKEN)

    @property
    def unseen(self) -> int:
        """How many rows could not be observed."""
        return len(self.of(Outcome.NOT_OBSERVABLE))

    @property
    def asked(self) -> int:
        """How many rows apply to this client and could have been shown."""
        return len(self.of(*SHOWN, *BROKEN)) + self.unseen

    @property
    def met(self) -> int:
        """How many rows were fulfilled."""
        return len(self.of(Outcome.PASSED))

    @property
    def unreached(self) -> list[Row]:
        """Rows that a selected or interrupted run never came to."""
        return [row for row in self.rows if row["state"] in ("not_selected", "not_reached")]

    @property
    def reasons(self) -> Mapping[str, int]:
        """Why rows were not observable, and how many each time."""
        found: dict[str, int] = {}
        for row in self.of(Outcome.NOT_OBSERVABLE):
            found[row["reason"]] = found.get(row["reason"], 0) + 1
        return found

    @property
    def status(self) -> str:
        """The result in a word: the worst that was seen, or else how much was seen."""
        if self.broken:
            return "failed"
        if self.of(Outcome.WAIVED):
            return "waived"
        if not self.of(*SHOWN):
            applies = self.unseen or not self.of(Outcome.NOT_APPLICABLE)
            return "untested" if applies else "not_applicable"
        if self.unseen:
            return "partly"
        return "remarks" if self.of(Outcome.WARNED) else "passed"


@cache
def _data(name: str) -> dict[str, Any]:
    page = resources.files("proefbank.report.letter").joinpath(name)
    return tomllib.loads(page.read_text(encoding="utf-8"))


def notice() -> Mapping[str, Any]:
    """Return what the notice says: mail, phone and the dates of each environment."""
    return _data("notice.toml")


def groups_of(rows: Iterable[Row]) -> list[Group]:
    """Return every group with its requirements of eHealth, in the order of groups.toml."""
    kinds = _data("groups.toml")["groups"]
    found: dict[str, list[Row]] = {kind["name"]: [] for kind in kinds}
    for row in rows:
        for kind in kinds:
            if _belongs(row, kind):
                found[kind["name"]].append(row)
                break
    return [
        Group(
            kind["name"],
            kind["kind"],
            kind.get("title", {}),
            kind.get("about", {}),
            tuple(found[kind["name"]]),
        )
        for kind in kinds
    ]


def _belongs(row: Row, kind: Mapping[str, Any]) -> bool:
    return (
        row["binds"] in kind.get("binds", (row["binds"],))
        and row["basis"] in kind.get("basis", (row["basis"],))
        and any(fnmatchcase(row["id"], pattern) for pattern in kind["ids"])
    )


def steps_of(rows: Iterable[Row]) -> list[str]:
    """Return for steps 1 to 3 whether the run went through them: `tested`, `partly`, `untested`."""
    outcomes = {row["id"]: row["outcome"] for row in rows}
    found = []
    for ids in _data("groups.toml")["steps"].values():
        shown = [outcomes.get(name) in SHOWN for name in ids]
        found.append("tested" if all(shown) else "partly" if any(shown) else "untested")
    return found


def rehearsed(events: Iterable[Row], environment: str) -> bool | None:
    """Return whether the record shows a renewal on the dates of `environment`; None: no record.

    It does if the realm went along the timeline of that environment at instants around its
    dates. Raises `BadInvocation` if it went along the other environment's only.
    """
    about = notice()[environment]
    walked: dict[str, list[float]] = {}
    for event in events:
        if event["event"] == "exchange" and (name := event["trail"]["facts"].get("timeline")):
            walked.setdefault(str(name), []).append(float(event["request"]["at"]))
    if not walked:
        return None
    other = "prod" if environment == "acc" else "acc"
    if about["timeline"] not in walked and notice()[other]["timeline"] in walked:
        raise BadInvocation(
            f"this run went through the dates of {notice()[other]['name']},"
            f" not those of {about['name']}",
            where="--environment",
            hint=f"write the letter with --environment {other}, or run {about['timeline']} first",
        )
    first, last = about["steps"][0] - AROUND, about["steps"][-1] + AROUND
    instants = walked.get(about["timeline"], [])
    return bool(instants) and all(
        _day_number(first) <= at / 86_400 <= _day_number(last) for at in instants
    )


def _day_number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def refuse(report: Mapping[str, Any], groups: Sequence[Group]) -> None:
    """Raise `BadInvocation` where the run cannot carry a letter, saying what is missing."""
    hint = "first: proefbank run ehealth, with your client and without a selection"
    if not any(row["judgements"] for group in groups for row in group.rows):
        judged = ", ".join(report["scope"]["services"]) or "nothing"
        raise BadInvocation(
            f"the run says nothing about the eHealth keys: it judged {judged}",
            where="RUN",
            hint=hint,
        )
    if report["verdict"] == RunVerdict.NOT_ASSESSED:
        raise BadInvocation(
            f"the client was not assessed: {report['headline'].partition(': ')[2]}",
            where="RUN",
            hint="mend that, and run again",
        )
    if report["scope"]["target"] != "mock":
        raise BadInvocation(
            "the letter tells of runs on the simulator; this one met the target"
            f" {report['scope']['target']}",
            where="RUN",
            hint=hint,
        )
    for member, words in (("interrupted", "was interrupted"), ("selected", "was a selection")):
        if report["run"][member]:
            raise BadInvocation(
                f"the run {words}, so part is missing: {_missing(groups)}", where="RUN", hint=hint
            )
    notice_groups = [group for group in groups if group.kind == "notice"]
    if not any(group.of(*SHOWN) for group in notice_groups):
        states = {outcome_words(group.status) for group in notice_groups}
        raise BadInvocation(
            "the run showed nothing of what the notice asks"
            f" ({_names(notice_groups)}: {', '.join(sorted(states))})",
            where="RUN",
            hint="a client that claims jwt, and whose clock can be moved, would show it",
        )


def _missing(groups: Sequence[Group]) -> str:
    lacking = [group for group in groups if group.title and group.unreached]
    parts = [
        f"{group.title['en'].lower()} ({plural(len(group.unreached), 'requirement')})"
        for group in lacking
    ]
    return "; ".join(parts) or "it is not known which"


def _names(groups: Iterable[Group]) -> str:
    return "; ".join(group.title["en"].lower() for group in groups)
