"""Judging tokens and fetches across a renewal: shared by the rules of keys and of rotation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from proefbank.judge import DoesNotApply
from proefbank.verdict import Finding

from ..wire.showings import Verification
from .outcomes import accepted, refused

__all__ = ["hours", "must_accept", "must_refuse", "too_many"]

HOUR = 3600


def must_accept(shown: Iterable[Verification], *, hint: str = "") -> Finding | None:
    """Find the first token that was not accepted; a crash is a requirement of its own."""
    shown = list(shown)
    found = (accepted(item, hint=hint) for item in _living(shown))
    return _first(found, shown)


def must_refuse(
    shown: Iterable[Verification], takes: AbstractSet[str], *, hint: str = ""
) -> Finding | None:
    """Find the first token that was not refused as `takes` says; a crash is not judged here."""
    shown = list(shown)
    found = (refused(item, takes, hint=hint) for item in _living(shown))
    return _first(found, shown)


def too_many(
    count: int, *, limit: int, where: str, hint: str = "", exchange: int | None = None
) -> Finding | None:
    """Find more fetches than are let pass."""
    if count <= limit:
        return None
    expected = f"at most {limit}" if limit else "none"
    return Finding(where, expected, str(count), hint=hint, exchange=exchange)


def hours(seconds: float) -> str:
    """Return a duration as people say it."""
    return f"{seconds / HOUR:.1f} h"


def _living(shown: Iterable[Verification]) -> Iterator[Verification]:
    return (item for item in shown if item.outcome != "crashed")


def _first(found: Iterable[Finding | None], shown: list[Verification]) -> Finding | None:
    finding = next((item for item in found if item is not None), None)
    if finding is None and any(item.outcome == "crashed" for item in shown):
        raise DoesNotApply("the consumer crashed, which is a requirement of its own")
    return finding
