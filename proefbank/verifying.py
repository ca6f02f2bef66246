"""Checks a run that somebody signed: three questions, answered apart.

Who signed it, is it what was signed, and does its evidence bear out its verdicts? A folder from
anywhere can be given: nothing in it is followed, started or fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from proefbank.recordings.again import check_evidence
from proefbank.report.signing.content import check_content
from proefbank.report.signing.signature import check_signature
from proefbank.report.signing.standing import Line, Standing, decided

__all__ = ["EXIT_CODES", "Verification", "verify"]

EXIT_CODES = {
    Standing.VALID: 0,
    Standing.WRONG: 1,
    Standing.UNDECIDED: 2,
    Standing.ABSENT: 2,
}
_HEADS = {
    Standing.VALID: "VALID: the signature holds, the files are those that were signed, and the"
    " evidence gives the same verdicts",
    Standing.UNDECIDED: "UNDECIDED: nothing was found wrong, but not everything could be told",
    Standing.ABSENT: "NOT SIGNED: the files fit each other, and nobody answers for them",
    Standing.WRONG: "WRONG: {about}",
}

_SELF_ASSERTED = (
    "VALID, self-asserted: the files are those that were signed, and the evidence gives the same"
    " verdicts; whose key it is, only the fingerprint tells"
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of the three questions."""

    lines: tuple[Line, Line, Line]
    """About signature, content and evidence."""

    @property
    def standing(self) -> Standing:
        """Where the whole stands: as its worst line."""
        return decided(self.lines)

    @property
    def headline(self) -> str:
        """The verdict in one sentence, with the lines that it rests on."""
        bad = [line.about for line in self.lines if line.standing is Standing.WRONG]
        own = self.standing is Standing.VALID and not self.lines[0].facts.get("anchored")
        head = _SELF_ASSERTED if own else _HEADS[self.standing]
        return head.format(about=" and ".join(bad))

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON-able members."""
        return {
            "schema": "proefbank/verification/1",
            "standing": self.standing.value,
            "headline": self.headline,
            "lines": [line.to_json() for line in self.lines],
        }


def verify(folder: Path, anchors: Sequence[x509.Certificate], now: float) -> Verification:
    """Check the run in `folder` at `now` (epoch seconds)."""
    return Verification(
        (check_signature(folder, anchors, now), check_content(folder), check_evidence(folder))
    )
