"""Mandates between a principal and a mandatary, as MAHIS keeps them: by quarter, with a status.

"Opzetten kanaal REST API", 2.2: data of a principal is accepted only while an official mandate
for the service "Federal Learning Account" is active; 2.2.1: one mandatary for each employer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from .facts import FLA_SERVICE

__all__ = [
    "STATUSES",
    "Mandate",
    "clash",
    "mandate_state",
    "quarter_begins",
    "quarter_index",
    "quarter_name",
    "quarter_of",
]

STATUSES = ("active", "pending", "closed")
_QUARTER = re.compile(r"([0-9]{4})-?Q([1-4])", re.ASCII)
_FOREVER = 10**6
_BELGIUM = ZoneInfo("Europe/Brussels")


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
    asked_by: str | None = None
    """Who asked for a pending mandate, `principal` or `mandatary`: the other one validates it."""

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


def quarter_name(index: int) -> str:
    """Return `2024Q3` for a running number."""
    return f"{index // 4}Q{index % 4 + 1}"


def quarter_of(instant: float) -> int:
    """Return the running number of the quarter that it is in Belgium at epoch seconds `instant`.

    No source names an hour; a calendar quarter begins at midnight, where it is a calendar's.
    """
    moment = datetime.fromtimestamp(instant, _BELGIUM)
    return moment.year * 4 + (moment.month - 1) // 3


def quarter_begins(index: int) -> float:
    """Return the midnight in Belgium, in epoch seconds, at which a quarter begins."""
    return datetime(index // 4, index % 4 * 3 + 1, 1, tzinfo=_BELGIUM).timestamp()


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
