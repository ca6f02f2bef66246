"""What the signer of a run declares: who, in which role, about what, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from proefbank.clock import to_iso
from proefbank.verdict import RunVerdict

__all__ = ["RESERVATIONS", "SCHEMA", "Signatory", "is_over", "reservations", "statement"]

SCHEMA = "proefbank/signoff/1"
RESERVATIONS = {
    "failed": "the run failed",
    "incomplete": "the run is incomplete",
    "expired-certificate": "the certificate was not valid on the day of signing",
}
"""What a run can be signed in spite of, in words; each has to be named when signing."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody who answers for the run."""

    name: str
    role: str


def reservations(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what stands against signing this run: `failed`, `incomplete`, or both.

    A run that was interrupted or in which only a selection ran is incomplete, whatever its
    verdict is.
    """
    verdict, run = RunVerdict(report["verdict"]), report["run"]
    partial = run["interrupted"] or run["selected"] or verdict is RunVerdict.INCOMPLETE
    failed = verdict is RunVerdict.FAILED
    return (*(("failed",) if failed else ()), *(("incomplete",) if partial else ()))


def statement(
    report: Mapping[str, Any],
    signatories: Sequence[Signatory],
    *,
    purpose: str,
    period: tuple[float, date],
    although: Sequence[str],
    certificate: Mapping[str, str],
    time_stamp: bool,
) -> dict[str, Any]:
    """Return the sign-off of a report.

    `period` is when it is made, in epoch seconds, and its last day, of which it lasts through
    the last second in UTC. `certificate` has `subject` and `sha256`, the fingerprint.
    """
    at, valid_until = period
    subject = report["subject"]
    return {
        "schema": SCHEMA,
        "purpose": purpose,
        "signatories": [{"name": one.name, "role": one.role} for one in signatories],
        "signed": to_iso(at),
        "valid_until": valid_until.isoformat(),
        "although": list(although),
        "reservations": [RESERVATIONS[word] for word in although],
        "run": {
            "id": report["run"]["id"],
            "verdict": report["verdict"],
            "headline": report["headline"],
            "client": " ".join(filter(None, (subject["name"], subject["version"]))),
            "waivers": len(report["waivers"]),
        },
        "certificate": dict(certificate),
        "time_stamp": "requested" if time_stamp else "none",
    }


def is_over(told: Mapping[str, Any], now: float) -> bool:
    """Whether the validity of a sign-off has ended; raises ValueError if it has no date."""
    last = date.fromisoformat(str(told.get("valid_until")))
    ends = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return now >= ends.timestamp()
