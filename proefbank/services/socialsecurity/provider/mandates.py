"""Mandates between a principal and a mandatary, as MAHIS keeps them: by quarter, with a status.

"Opzetten kanaal REST API", 2.2: data of a principal is accepted only while an official mandate
for the service "Federal Learning Account" is active; 2.2.1: one mandatary for each employer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .facts import FLA_SERVICE

__all__ = ["STATUSES", "Mandate", "clash", "mandate_state", "quarter_index", "quarter_of"]

STATUSES = ("active", "pending", "closed")
_QUARTER = re.compile(r"([0-9]{4})-?Q([1-4])", re.ASCII)
_FOREVER = 10**6


@dataclass(frozen=True, slots=True)
class Mandate:
    """One principal's mandate to one mandatary for one service."""

    principal: str
    mandatary: str
    service: str = FLA_SERVICE
    status: str = "active"
    """`active`, `pending` (not yet validated by both parties) or `closed`."""
    from_quarter: str = "2024Q1"
    to_quarter: str | None = None
    """Last quarter of the mandate, or None while no end is known."""

    @property
    def for_fla(self) -> bool:
        """Whether the mandate is for the Federal Learning Account."""
        return self.service.casefold() == FLA_SERVICE.casefold()

    @property
    def span(self) -> tuple[int, int]:
        """First and last quarter as running numbers."""
        last = _FOREVER if self.to_quarter is None else quarter_index(self.to_quarter)
        return quarter_index(self.from_quarter), last


def quarter_index(quarter: str) -> int:
    """Return a running number for `2024Q3` or `2024-Q3`; ValueError for anything else."""
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise ValueError(f"{quarter!r} is not a quarter such as 2024Q3")
    return int(match[1]) * 4 + int(match[2]) - 1


def quarter_of(instant: float) -> int:
    """Return the running number of the quarter in which epoch seconds `instant` fall (UTC)."""
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.year * 4 + (moment.month - 1) // 3


def mandate_state(
    mandates: Iterable[Mandate], *, principal: str, mandatary: str, instant: float
) -> tuple[str, str]:
    """Return `active`, `ended` or `none`, and why in a sentence."""
    now = quarter_of(instant)
    state, why = "none", f"{mandatary} holds no mandate of {principal}"
    for mandate in mandates:
        if (mandate.principal, mandate.mandatary) != (principal, mandatary):
            continue
        if not mandate.for_fla:
            why = f"the mandate is for {mandate.service!r}, not for {FLA_SERVICE!r}"
            continue
        first, last = mandate.span
        if mandate.status == "closed" or now > last:
            state, why = "ended", f"the mandate of {principal} has ended"
        elif mandate.status == "pending" or now < first:
            why = f"the mandate of {principal} is not active yet"
        else:
            return "active", ""
    return state, why


def clash(mandates: Sequence[Mandate]) -> tuple[Mandate, Mandate] | None:
    """Return two active FLA mandates of one principal to different mandataries, or None."""
    for index, one in enumerate(mandates):
        for other in mandates[index + 1 :]:
            if one.principal != other.principal or one.mandatary == other.mandatary:
                continue
            if not (one.for_fla and other.for_fla and one.status == other.status == "active"):
                continue
            if one.span[0] <= other.span[1] and other.span[0] <= one.span[1]:
                return one, other
    return None
