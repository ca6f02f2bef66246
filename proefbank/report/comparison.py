"""Two reports side by side: what fails now, what passes now, and what is silently no longer run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from proefbank.requirement import Basis
from proefbank.verdict import Outcome

__all__ = ["Change", "Comparison", "Kind", "compare"]

_BAD = frozenset({Outcome.FAILED, Outcome.NOT_EXERCISED, Outcome.BROKEN})
_GOOD = frozenset({Outcome.PASSED, Outcome.WARNED, Outcome.WAIVED})
_ABSENT: Mapping[str, Any] = {"outcome": None, "state": "absent", "reason": "", "judgements": []}


class Kind(StrEnum):
    """What became of a requirement between two runs, the worst first."""

    NEWLY_FAILING = "newly failing"
    STOPPED = "stopped being judged"
    FEWER = "judged in fewer situations"
    FAILING_OTHERWISE = "fails in another way"
    NEWLY_WAIVED = "newly waived"
    NEWLY_WARNED = "newly warned of"
    NEWLY_PASSING = "newly passing"
    NEWLY_JUDGED = "newly judged"
    WARNING_GONE = "no longer warned of"


WORSE = frozenset({Kind.NEWLY_FAILING, Kind.STOPPED, Kind.FEWER})
"""What makes the new run worse than the old one: a check that is not run finds nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement that is not what it was."""

    kind: Kind
    id: str
    level: str
    statement: str
    decides: bool
    """Whether it can decide a verdict; hardening cannot."""
    old: str
    """Outcome or state then, e.g. `passed`, `not selected`, `absent`."""
    new: str
    detail: str = ""
    """What was found, why it was not judged, or which situations are missing."""

    @property
    def worse(self) -> bool:
        """Whether it makes the new run worse."""
        return self.decides and self.kind in WORSE


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed, and what else is different between the two runs."""

    changes: Sequence[Change]
    notes: Sequence[str]
    """Differences that may explain the changes: another client, target or requirement set."""

    @property
    def worse(self) -> bool:
        """Whether something fails or stopped that did not before."""
        return any(change.worse for change in self.changes)

    def of(self, kind: Kind) -> list[Change]:
        """Return the changes of one kind, those that decide first."""
        return sorted((c for c in self.changes if c.kind is kind), key=lambda c: not c.decides)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Return what changed from one report to another, by requirement."""
    before = {row["id"]: row for row in old["requirements"]}
    after = {row["id"]: row for row in new["requirements"]}
    changes = []
    for name in dict.fromkeys([*after, *before]):
        told = after.get(name) or before[name]
        then, now = before.get(name, _ABSENT), after.get(name, _ABSENT)
        for kind, detail in _changed(then, now):
            changes.append(
                Change(
                    kind,
                    name,
                    told["level"],
                    told["statement"],
                    decides=told["basis"] != Basis.PRACTICE,
                    old=_words(then),
                    new=_words(now),
                    detail=detail,
                )
            )
    return Comparison(changes, list(_notes(old, new)))


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[Kind, str]]:
    was, is_ = then["outcome"], now["outcome"]
    if is_ in _BAD:
        if was not in _BAD:
            yield Kind.NEWLY_FAILING, _found(now)
        elif is_ != was or _findings(now) - _findings(then):
            yield Kind.FAILING_OTHERWISE, f"{_found(now)}; before: {_found(then)}"
        return
    if is_ not in _GOOD:
        if was in _GOOD | _BAD:
            yield Kind.STOPPED, now["reason"]
        return
    kind = _better_or_warned(was, is_)
    if kind is not None:
        yield kind, _found(now) if kind in (Kind.NEWLY_WARNED, Kind.NEWLY_WAIVED) else ""
    if missing := [stage for stage in _shown(then) if stage not in _shown(now)]:
        yield Kind.FEWER, f"no longer in {', '.join(missing)}"


def _better_or_warned(was: str | None, is_: str) -> Kind | None:
    """Return what became of a requirement that is not broken now."""
    if is_ == Outcome.WAIVED:
        return None if was == Outcome.WAIVED else Kind.NEWLY_WAIVED
    if was in _BAD:
        return Kind.NEWLY_PASSING
    if was not in _GOOD:
        return Kind.NEWLY_JUDGED
    if (was == Outcome.WARNED) is (is_ == Outcome.WARNED):
        return None
    return Kind.NEWLY_WARNED if is_ == Outcome.WARNED else Kind.WARNING_GONE


def _shown(row: Mapping[str, Any]) -> list[str]:
    """Return the situations in which something was seen of the requirement."""
    seen = _GOOD | _BAD
    return list(dict.fromkeys(j["stage"] for j in row["judgements"] if j["outcome"] in seen))


def _found(row: Mapping[str, Any]) -> str:
    """Return what the first judgement of the row's own outcome found, or its reason."""
    for judgement in row["judgements"]:
        if judgement["outcome"] == row["outcome"] and judgement["finding"]:
            finding = judgement["finding"]
            return f"expected {finding['expected']}, got {finding['actual']}"
    return str(row["reason"])


def _findings(row: Mapping[str, Any]) -> frozenset[str]:
    """Return what was found, without what chance put into it; in no order.

    Ports, ids and amounts are others in every run: a finding is known by its id.
    """
    told = [item for item in row["judgements"] if item["outcome"] in _BAD]
    found = [one for item in told for one in (item["finding"], *(item.get("also") or ())) if one]
    return frozenset(str(one.get("id") or f"{one['where']}: {one['actual']}") for one in found)


def _words(row: Mapping[str, Any]) -> str:
    return str(row["outcome"] or row["state"]).replace("_", " ")


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, one, other in (
        ("client", _subject(old), _subject(new)),
        ("target", old["scope"]["target"], new["scope"]["target"]),
        ("door", old["scope"]["door"], new["scope"]["door"]),
        ("services", _listed(old, "services"), _listed(new, "services")),
        ("capabilities", _listed(old, "capabilities"), _listed(new, "capabilities")),
        ("requirement set", old["scope"]["requirement_set"], new["scope"]["requirement_set"]),
        ("version of the bench", old["assertor"]["version"], new["assertor"]["version"]),
        ("seed", old["run"]["seed"], new["run"]["seed"]),
    ):
        if one != other:
            yield f"{name}: {one} before, {other} now"
    for report, when in ((old, "old"), (new, "new")):
        if report["run"]["selected"]:
            yield f"the {when} run was told to leave something out"
        if report["run"]["interrupted"]:
            yield f"the {when} run was interrupted"


def _subject(report: Mapping[str, Any]) -> str:
    return f"{report['subject']['name']} {report['subject']['version']}".strip()


def _listed(report: Mapping[str, Any], name: str) -> str:
    return ", ".join(report["scope"][name]) or "none"
