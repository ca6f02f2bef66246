"""MAHIS, where mandates are made, as far as the sources tell of it.

Principal and mandatary are identified by their enterprise numbers, and both validate; a mandate
has a first quarter and perhaps a last one (socialsecurity.be, MAHIS). For the Federal Learning
Account an employer has one mandatary ("Opzetten kanaal REST API", 2.2.1). No source says how a
mandate is refused, prolonged or ended within a quarter, so none of that can be done here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from .enterprise_numbers import check_digits_fit, well_formed
from .mandates import Mandate, clash, quarter_index, quarter_name, quarter_of

__all__ = ["COMING", "PARTIES", "Mahis", "end", "request", "state_at", "validate"]

PARTIES: Final = ("principal", "mandatary")
COMING: Final = "coming"
"""Validated by both, and its first quarter has not begun."""
_LATEST: Final = 9_999 * 4

Mandates = tuple[Mandate, ...]


def state_at(mandate: Mandate, instant: float) -> str:
    """Return `pending`, `coming`, `active` or `ended` at epoch seconds `instant`."""
    first, last = mandate.span
    now = quarter_of(instant)
    if mandate.status == "closed" or now > last:
        return "ended"
    if mandate.status == "pending":
        return "pending"
    return COMING if now < first else "active"


def request(mandates: Mandates, made: Mandate) -> Mandates:
    """Have one side ask for a mandate; ValueError tells why it cannot."""
    if made.asked_by not in PARTIES:
        raise ValueError(f"{made.asked_by!r} asks for no mandate; there are {', '.join(PARTIES)}")
    for number in (made.principal, made.mandatary):
        if not well_formed(number) or not check_digits_fit(number):
            raise ValueError(f"{number!r} is not an enterprise number")
    if made.principal == made.mandatary:
        raise ValueError("nobody is the mandatary of himself")
    first, last = made.span
    if first >= _LATEST:
        raise ValueError(f"{made.from_quarter} is too late")
    if last < first:
        raise ValueError(f"{made.to_quarter} is before {made.from_quarter}")
    for other in mandates:
        if not _same(other, made) or other.status == "closed":
            continue
        if other.span[0] <= last and first <= other.span[1]:
            raise ValueError("the two have a mandate for these quarters, or have asked for one")
    return (*mandates, replace(made, status="pending"))


def validate(mandates: Mandates, *, by: str, principal: str, mandatary: str) -> Mandates:
    """Have the other side validate the mandate that was asked for; ValueError."""
    found = _one(mandates, principal, mandatary, lambda item: item.status == "pending", "asked for")
    if by not in PARTIES or by == found.asked_by:
        raise ValueError(f"not the {by}: both sides validate, and the other one asked for it")
    made = replace(found, status="active", asked_by=None)
    after = tuple(made if item is found else item for item in mandates)
    if clash([item for item in after if item.principal == principal]):
        raise ValueError("an employer has one mandatary for the Federal Learning Account")
    return after


def end(
    mandates: Mandates, *, principal: str, mandatary: str, quarter: str, instant: float
) -> Mandates:
    """Have a validated mandate end with a quarter; ValueError tells why it cannot."""
    last = quarter_index(quarter)
    found = _one(
        mandates,
        principal,
        mandatary,
        lambda item: state_at(item, instant) in ("active", COMING),
        "to be ended",
    )
    if last < quarter_of(instant):
        raise ValueError(f"{quarter} is past")
    if not found.span[0] <= last <= found.span[1]:
        raise ValueError(f"{quarter} is outside the mandate")
    made = replace(found, to_quarter=quarter_name(last))
    return tuple(made if item is found else item for item in mandates)


def _same(one: Mandate, other: Mandate) -> bool:
    pair = (one.principal, one.mandatary, one.service.casefold())
    return pair == (other.principal, other.mandatary, other.service.casefold())


def _one(
    mandates: Sequence[Mandate],
    principal: str,
    mandatary: str,
    fits: Callable[[Mandate], bool],
    words: str,
) -> Mandate:
    for item in mandates:
        pair = (item.principal, item.mandatary)
        if pair == (principal, mandatary) and item.for_fla and fits(item):
            return item
    raise ValueError(f"there is no mandate of {principal} to {mandatary} {words}")


class Mahis:
    """The mandates of a simulated portal; each change makes a new tuple, so readers need no lock.

    All methods raise ValueError for what cannot be done.
    """

    def __init__(self, mandates: Mandates, lock: threading.Lock) -> None:
        """Start with the mandates of a profile."""
        self._first, self._lock = mandates, lock
        self.mandates = mandates
        self.arranged: frozenset[tuple[str, str]] = frozenset()
        """Principal and mandatary of each mandate that people changed since the last reset."""

    def request(
        self,
        principal: str,
        mandatary: str,
        *,
        by: str,
        from_quarter: str,
        to_quarter: str | None = None,
    ) -> None:
        """Have `by`, the principal or the mandatary, ask for a mandate."""
        made = Mandate(
            principal,
            mandatary,
            from_quarter=from_quarter,
            to_quarter=to_quarter,
            asked_by=by,
        )
        with self._lock:
            self._become(request(self.mandates, made), principal, mandatary)

    def validate(self, principal: str, mandatary: str, *, by: str) -> None:
        """Have the other side validate it: from its first quarter on it is active."""
        with self._lock:
            after = validate(self.mandates, by=by, principal=principal, mandatary=mandatary)
            self._become(after, principal, mandatary)

    def end(self, principal: str, mandatary: str, *, quarter: str, instant: float) -> None:
        """Have it end with a quarter, at midnight in Belgium."""
        with self._lock:
            after = end(
                self.mandates,
                principal=principal,
                mandatary=mandatary,
                quarter=quarter,
                instant=instant,
            )
            self._become(after, principal, mandatary)

    def restore(self) -> None:
        """Take back what people did."""
        with self._lock:
            self.mandates, self.arranged = self._first, frozenset()

    def _become(self, mandates: Mandates, principal: str, mandatary: str) -> None:
        self.mandates = mandates
        self.arranged |= {(principal, mandatary)}

    def rows(self, instant: float) -> list[dict[str, str]]:
        """Return what there is to show at epoch seconds `instant`."""
        return [
            {
                "principal": item.principal,
                "mandatary": item.mandatary,
                "service": item.service,
                "from": item.from_quarter,
                "to": item.to_quarter or "",
                "state": state_at(item, instant),
            }
            for item in self.mandates
        ]
