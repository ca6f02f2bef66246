"""What the judge says: outcomes, findings, evidence, and how they add up.

The only place where a level becomes a failure or a warning, where many judgements become one
row, and where a run becomes an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from proefbank.fingerprint import fingerprint
from proefbank.requirement import Level, Requirement

__all__ = [
    "EXIT_CODES",
    "Evidence",
    "Finding",
    "Outcome",
    "RunVerdict",
    "Verdict",
    "WaiverState",
    "outcome_of",
    "outcome_of_row",
    "run_verdict",
    "worst",
]


class Outcome(StrEnum):
    """What became of one requirement in one staging."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    NOT_APPLICABLE = "not_applicable"
    NOT_OBSERVABLE = "not_observable"
    NOT_EXERCISED = "not_exercised"
    WAIVED = "waived"
    BROKEN = "broken"


class WaiverState(StrEnum):
    """What became of one waiver in a run."""

    USED = "used"
    EXPIRING = "expiring"
    """Used, and near its last day."""
    EXPIRED = "expired"
    STALE = "stale"
    """Its requirement was put to the test, and what it waives did not come."""
    NOT_TRIED = "not_tried"
    """Its requirement was not put to the test where it was seen."""

    @property
    def fails(self) -> bool:
        """Whether a run with such a waiver fails."""
        return self in (WaiverState.EXPIRED, WaiverState.STALE)


class RunVerdict(StrEnum):
    """What became of the whole run."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    NOT_ASSESSED = "not_assessed"


EXIT_CODES: Mapping[RunVerdict, int] = {
    RunVerdict.PASSED: 0,
    RunVerdict.FAILED: 1,
    RunVerdict.INCOMPLETE: 2,
    RunVerdict.NOT_ASSESSED: 3,
}

_SEVERITY = (
    Outcome.NOT_APPLICABLE,
    Outcome.PASSED,
    Outcome.NOT_OBSERVABLE,
    Outcome.WAIVED,
    Outcome.WARNED,
    Outcome.NOT_EXERCISED,
    Outcome.FAILED,
    Outcome.BROKEN,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found wrong. Says nothing about how bad that is."""

    where: str
    """Place in the message, e.g. `client_assertion, claim aud`."""
    expected: str
    actual: str
    hint: str = ""
    soft: bool = False
    """A refusal that the client could not classify: a warning whatever the level."""
    exchange: int | None = None
    """Number of the exchange within its staging; the judge fills it in where it can."""
    id: str = field(default="", compare=False)
    """What this finding is called in every run: its fingerprint. The judge fills it in."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in the journal it can be seen."""

    stage: str
    exchange: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One requirement judged in one staging."""

    requirement: str
    stage: str
    outcome: Outcome
    finding: Finding | None = None
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""
    """Why there is no finding to show: not applicable, not observable, not exercised, waived."""
    also: tuple[Finding, ...] = ()
    """What else, with other ids, was found against the requirement in this staging."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found, each once; what `finding` shows stands first."""
        return (*((self.finding,) if self.finding else ()), *self.also)

    def to_json(self) -> dict[str, object]:
        """Return the verdict as JSON-able members."""
        return {
            "requirement": self.requirement,
            "stage": self.stage,
            "outcome": self.outcome.value,
            "finding": asdict(self.finding) if self.finding else None,
            "evidence": [asdict(item) for item in self.evidence],
            "reason": self.reason,
            **({"also": [asdict(item) for item in self.also]} if self.also else {}),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Verdict:
        """Return the verdict that `to_json` wrote; old ones told no id of a finding."""
        finding, evidence, also = raw.get("finding"), raw.get("evidence"), raw.get("also")
        requirement = str(raw["requirement"])
        return cls(
            requirement=requirement,
            stage=str(raw["stage"]),
            outcome=Outcome(str(raw["outcome"])),
            finding=_finding(requirement, finding) if isinstance(finding, dict) else None,
            also=tuple(_finding(requirement, item) for item in also)
            if isinstance(also, list)
            else (),
            evidence=tuple(Evidence(**item) for item in evidence)
            if isinstance(evidence, list)
            else (),
            reason=str(raw.get("reason", "")),
        )


def _finding(requirement: str, raw: Mapping[str, object]) -> Finding:
    made = Finding(**dict(raw))  # type: ignore[arg-type] # as `to_json` wrote it
    return made if made.id else replace(made, id=fingerprint(requirement, made.where, made.actual))


def outcome_of(requirement: Requirement, finding: Finding | None) -> Outcome:
    """Turn a finding into an outcome: MUST fails, the rest warns, nothing found passes."""
    if finding is None:
        return Outcome.PASSED
    if finding.soft or requirement.level is not Level.MUST:
        return Outcome.WARNED
    return Outcome.FAILED


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that a row with these judgements shows.

    Not applicable gives way to anything seen, and passed to anything worse, so a row is green
    only if each of its judgements that applied was.
    """
    return max(outcomes, key=_SEVERITY.index, default=Outcome.NOT_EXERCISED)


def outcome_of_row(requirement: Requirement, outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that the row of a requirement shows, from those of all its stagings.

    The worst; but no warning and no waiver hides that a part of a MUST could not be observed,
    for that decides whether the run is complete.
    """
    seen = list(outcomes)
    shown = worst(seen)
    hides = shown in (Outcome.WARNED, Outcome.WAIVED) and requirement.level is Level.MUST
    return Outcome.NOT_OBSERVABLE if hides and Outcome.NOT_OBSERVABLE in seen else shown


def run_verdict(
    rows: Iterable[tuple[Requirement, Outcome]], waivers: Iterable[WaiverState] = ()
) -> RunVerdict:
    """Return the verdict of a run from one outcome for each requirement.

    Only requirements that can decide (not practice) count. A MUST that was not observable
    makes the run incomplete. A waiver that has expired, or waives what is not wrong any more,
    fails a run that could be assessed.
    """
    seen = [(row, outcome) for row, outcome in rows if row.deciding]
    if any(outcome is Outcome.BROKEN for _, outcome in seen):
        return RunVerdict.NOT_ASSESSED
    if any(outcome in (Outcome.FAILED, Outcome.NOT_EXERCISED) for _, outcome in seen):
        return RunVerdict.FAILED
    if any(state.fails for state in waivers):
        return RunVerdict.FAILED
    if any(o is Outcome.NOT_OBSERVABLE and r.level is Level.MUST for r, o in seen):
        return RunVerdict.INCOMPLETE
    if not any(o in (Outcome.PASSED, Outcome.WARNED, Outcome.WAIVED) for _, o in seen):
        return RunVerdict.NOT_ASSESSED
    return RunVerdict.PASSED
