"""Waivers: findings that are known, accepted until a day, and owned by somebody.

A waiver covers one finding against one requirement, by the finding's id. A different defect
against the same requirement is a new failure, and so is the same one after the waiver's last
day. What became of each waiver in a run is told from the run's verdicts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from proefbank.clock import Clock
from proefbank.fingerprint import normalised
from proefbank.verdict import Finding, Outcome, Verdict, WaiverState

__all__ = ["WARNING_DAYS", "Waiver", "Waivers", "today", "waiver_rows"]

WARNING_DAYS = 14
"""Days before its last one from which a waiver warns."""

_JUDGED = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED, Outcome.WAIVED)
"""What shows that a requirement was put to the test."""


def today() -> date:
    """Return the day on which waivers are judged, in UTC; also for recordings of another day."""
    return datetime.fromtimestamp(Clock().now(), UTC).date()


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted finding."""

    requirement: str
    cause: str
    """Why it is accepted."""
    owner: str
    """Who answers for it."""
    expires: date
    """The last day on which it holds."""
    finding: str = ""
    """Id of the finding; empty in waivers of old, which go by `actual`."""
    ticket: str = ""
    first_seen: date | None = None
    stages: tuple[str, ...] = ()
    """The stagings in which it was seen: where these were not judged, it was not tried."""
    where: str = ""
    actual: str = ""
    """Together the finding in words, as it was when the waiver was written."""
    file: str = ""
    """Where the waiver stands."""

    def covers(self, requirement: str, finding: Finding) -> bool:
        """Whether this is the finding that was accepted."""
        if requirement != self.requirement:
            return False
        if self.finding:
            return finding.id == self.finding
        return normalised(finding.actual) == normalised(self.actual)

    def days_left(self, day: date) -> int:
        """Return for how many days it will still hold; 0 on its last day, then negative."""
        return (self.expires - day).days

    @property
    def words(self) -> str:
        """What it says for itself, in one line."""
        who = ", ".join(filter(None, (self.owner, self.ticket, f"until {self.expires}")))
        return f"{self.cause} ({who})"

    def to_json(self, day: date) -> dict[str, Any]:
        """Return what stands in it, for a report of `day`."""
        return {
            "requirement": self.requirement,
            "finding": self.finding,
            "where": self.where,
            "actual": self.actual,
            "cause": self.cause,
            "owner": self.owner,
            "ticket": self.ticket,
            "first_seen": self.first_seen.isoformat() if self.first_seen else None,
            "expires": self.expires.isoformat(),
            "stages": list(self.stages),
            "file": self.file,
            "on": day.isoformat(),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Return the waiver that `to_json` wrote, or a report of an older version."""
        first = raw.get("first_seen")
        return cls(
            requirement=str(raw["requirement"]),
            cause=str(raw.get("cause") or raw.get("reason") or ""),
            owner=str(raw["owner"]),
            expires=date.fromisoformat(str(raw["expires"])),
            first_seen=date.fromisoformat(str(first)) if first else None,
            stages=tuple(raw.get("stages") or ()),
            **{
                key: str(raw.get(key) or "")
                for key in ("finding", "ticket", "where", "actual", "file")
            },
        )

    def report(
        self, verdicts: Sequence[Verdict], outcome: Outcome | None, day: date, *, whole: bool
    ) -> dict[str, Any]:
        """Return its row of a report: what stands in it, and what became of it.

        `verdicts` are those on its requirement, `outcome` is what they add up to; `whole` says
        that the run came to its end.
        """
        seen = [
            {"stage": verdict.stage, "finding": finding.id, "actual": finding.actual}
            for verdict in verdicts
            if verdict.outcome in (Outcome.FAILED, Outcome.WAIVED)
            for finding in verdict.findings
            if self.covers(verdict.requirement, finding)
        ]
        left = self.days_left(day)
        if not seen and not self._tried(verdicts, outcome, whole=whole):
            state = WaiverState.NOT_TRIED
        elif left < 0:
            state = WaiverState.EXPIRED
        elif not seen:
            state = WaiverState.STALE
        else:
            state = WaiverState.EXPIRING if left <= WARNING_DAYS else WaiverState.USED
        return self.to_json(day) | {"state": state.value, "days_left": left, "seen": seen}

    def _tried(self, verdicts: Sequence[Verdict], outcome: Outcome | None, *, whole: bool) -> bool:
        if self.stages:
            judged = {verdict.stage for verdict in verdicts if verdict.outcome in _JUDGED}
            return judged >= set(self.stages)
        return whole and outcome in _JUDGED


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers that a run knows of."""

    rows: tuple[Waiver, ...] = ()
    day: date = field(default_factory=today)

    @classmethod
    def load(
        cls, profile: str | Path | None = None, waivers_file: str | Path | None = None
    ) -> Self:
        """Read the waivers of a run; see `waiver_files.place_of` for where they may stand.

        Raises `BadInvocation` for a file that is not there and for a waiver that is unclear.
        """
        from proefbank.waiver_files import read_waivers  # noqa: PLC0415 - it makes these

        return cls(
            read_waivers(
                Path(profile) if profile else None, Path(waivers_file) if waivers_file else None
            )
        )

    def applied(self, verdict: Verdict) -> Verdict:
        """Return the verdict, waived if waivers cover everything that was found.

        Where they cover a part, what they do not cover is what is shown.
        """
        if verdict.outcome is not Outcome.FAILED:
            return verdict
        held = [(finding, self._held(verdict.requirement, finding)) for finding in verdict.findings]
        new = [finding for finding, waiver in held if waiver is None]
        used = [(finding, waiver) for finding, waiver in held if waiver is not None]
        if new or not used:
            shown = [*new, *(finding for finding, _ in used)]
            return replace(verdict, finding=shown[0], also=tuple(shown[1:])) if used else verdict
        reason = "; ".join(dict.fromkeys(waiver.words for _, waiver in used))
        return replace(verdict, outcome=Outcome.WAIVED, reason=reason)

    def _held(self, requirement: str, finding: Finding) -> Waiver | None:
        return next(
            (
                row
                for row in self.rows
                if row.covers(requirement, finding) and row.days_left(self.day) >= 0
            ),
            None,
        )

    def to_json(self) -> list[dict[str, Any]]:
        """Return the waivers for the report, which tells what became of each."""
        return [row.to_json(self.day) for row in self.rows]


def waiver_rows(
    waivers: Iterable[Mapping[str, Any]],
    verdicts: Iterable[Verdict],
    outcomes: Mapping[str, Outcome | None],
    *,
    whole: bool,
) -> list[dict[str, Any]]:
    """Return the rows of a report for waivers that `to_json` told, in their order."""
    judged: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        judged.setdefault(verdict.requirement, []).append(verdict)
    rows = []
    for raw in waivers:
        waiver = Waiver.from_json(raw)
        day = date.fromisoformat(str(raw["on"])) if raw.get("on") else today()
        found, outcome = judged.get(waiver.requirement, []), outcomes.get(waiver.requirement)
        rows.append(waiver.report(found, outcome, day, whole=whole))
    return rows
