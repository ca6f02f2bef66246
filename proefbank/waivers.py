"""Waivers: findings that are known, accepted for now, and owned by somebody.

A waiver covers exactly one finding: its requirement, and the `actual` that was found. A
different defect against the same requirement is a new failure, and so is the same one after
the waiver's last day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from proefbank.clock import Clock
from proefbank.errors import BadInvocation
from proefbank.verdict import Outcome, Verdict

__all__ = ["Waiver", "Waivers"]

KEYS = ("requirement", "actual", "reason", "owner", "ticket", "expires")


@dataclass(slots=True)
class Waiver:
    """One accepted finding."""

    requirement: str
    actual: str
    reason: str
    owner: str
    expires: date
    ticket: str = ""
    used: bool = False

    def covers(self, verdict: Verdict, today: date) -> bool:
        """Whether this is the finding that was accepted, and still is."""
        return (
            verdict.finding is not None
            and verdict.requirement == self.requirement
            and verdict.finding.actual == self.actual
            and today <= self.expires
        )


@dataclass(slots=True)
class Waivers:
    """The waivers of a profile."""

    rows: list[Waiver] = field(default_factory=list)
    today: date = date.min

    @classmethod
    def load(cls, profile: str | None) -> Self:
        """Read `[[waivers]]` from a profile; raises `BadInvocation` for one that is unclear."""
        today = datetime.fromtimestamp(Clock().now(), UTC).date()
        if profile is None:
            return cls([], today)
        import tomllib  # noqa: PLC0415 - only with a profile

        try:
            raw = tomllib.loads(Path(profile).read_text(encoding="utf-8")).get("waivers", [])
        except (OSError, ValueError):
            return cls([], today)  # the service tells what is wrong with the file
        return cls([_waiver(item, profile) for item in raw], today)

    def applied(self, verdict: Verdict) -> Verdict:
        """Return the verdict, waived if one of the waivers covers it."""
        if verdict.outcome is not Outcome.FAILED:
            return verdict
        for waiver in self.rows:
            if waiver.covers(verdict, self.today):
                waiver.used = True
                reason = f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
                return replace(verdict, outcome=Outcome.WAIVED, reason=reason)
        return verdict

    def to_json(self) -> Sequence[Mapping[str, Any]]:
        """Return the waivers for the report, used or not."""
        return [
            {
                "requirement": row.requirement,
                "actual": row.actual,
                "reason": row.reason,
                "owner": row.owner,
                "ticket": row.ticket,
                "expires": row.expires.isoformat(),
                "expired": self.today > row.expires,
                "used": row.used,
            }
            for row in self.rows
        ]


def _waiver(raw: Mapping[str, Any], profile: str) -> Waiver:
    missing = [key for key in KEYS if key != "ticket" and key not in raw]
    strange = [key for key in raw if key not in KEYS]
    if missing or strange or not isinstance(raw["expires"], date):
        wrong = f"lacks {', '.join(missing)}" if missing else f"has unknown {', '.join(strange)}"
        if not missing and not strange:
            wrong = "has an `expires` that is no date"
        raise BadInvocation(
            f"a waiver {wrong}",
            where=f"{profile}: waivers",
            hint="each [[waivers]] has requirement, actual, reason, owner and expires = 2027-01-31",
        )
    return Waiver(**dict(raw))
