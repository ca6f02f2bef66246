"""Names that somebody wrote a little differently."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like `name`, however little; there must be one."""
    return difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)[0]
