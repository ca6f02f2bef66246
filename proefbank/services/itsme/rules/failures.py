"""What has to be told as a failure: shared by the rules on errors and on bad signatures."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from proefbank.journal import Call
from proefbank.verdict import Finding

from ..wire.journeys import said

__all__ = ["ANY", "BROKEN", "failed"]

ANY = frozenset({"provider_error", "malformed", "not_allowed", "user_rejected", "user_expired"})
"""Classes for what itsme said no to: clients differ in how they read a reason."""
BROKEN = ANY | {"transport"}
"""Classes for answers that broke off, or were none."""


def failed(
    call: Call, what: str, takes: AbstractSet[str], *, hint: str = "", exchange: int | None = None
) -> Finding | None:
    """Find an order that was not refused, or for another reason than `takes`."""
    rejected = call.outcome == "rejected"
    if rejected and call.reject_class in takes:
        return None
    return Finding(
        f"outcome of {call.op} after {what}",
        expected=f"rejected, {_one_of(sorted(takes))}",
        actual=said(call),
        hint=hint,
        soft=rejected and call.reject_class == "unclassified",
        exchange=exchange,
    )


def _one_of(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
