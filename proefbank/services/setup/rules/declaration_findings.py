"""How a rule on a declaration tells all that it found, in one finding."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from proefbank.judge import DoesNotApply
from proefbank.verdict import Finding

from ..wire.declaration import Declaration

__all__ = ["Wrong", "among", "finding"]

_Some = TypeVar("_Some", bound=Collection[Any])

Wrong = tuple[str, str]
"""Place in the file, and what stands there."""


def among(items: _Some, absent: str) -> _Some:
    """Return `items`; with none of them the requirement does not apply, since `absent`."""
    if not items:
        raise DoesNotApply(absent)
    return items


def finding(
    declared: Declaration, wrong: Iterable[Wrong], expected: str, hint: str = ""
) -> Finding | None:
    """Return one finding that names every place, or None when nothing is wrong."""
    found = list(dict.fromkeys(wrong))
    if not found:
        return None
    places = ", ".join(dict.fromkeys(place for place, _ in found))
    told = "; ".join(f"{place}: {actual}" for place, actual in found)
    return Finding(
        f"{declared.file}: {places}",
        expected=expected,
        actual=found[0][1] if len(found) == 1 else told,
        hint=hint,
    )
