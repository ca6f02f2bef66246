"""JSON as it was sent: what is absent, what is null, and what came twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = ["Absent", "Members", "Missing", "Twice", "at", "parse", "told"]

_LONGEST = 80


class Absent(Enum):
    """There is no such member."""

    ABSENT = "absent"


Missing = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Twice:
    """A member that was sent more than once: receivers differ in which one they take."""

    values: tuple[object, ...]


class Members(dict[str, object]):
    """A JSON object; a member that came more than once is a `Twice`."""


def parse(text: str) -> object:
    """Return what a JSON text says, its objects as `Members`; `Missing` if it is no JSON."""
    try:
        return json.loads(text, object_pairs_hook=_members)
    except (ValueError, RecursionError):
        return Missing


def _members(pairs: Sequence[tuple[str, object]]) -> Members:
    found = Members()
    for name, value in pairs:
        before = found.get(name, Missing)
        if isinstance(before, Twice):
            found[name] = Twice((*before.values, value))
        else:
            found[name] = value if before is Missing else Twice((before, value))
    return found


def at(value: object, *path: str) -> object:
    """Return what stands at the end of a path of member names; `Missing` if it breaks off."""
    for name in path:
        if not isinstance(value, Members):
            return Missing
        value = value.get(name, Missing)
    return value


def told(value: object) -> str:
    """Return how a finding shows a value."""
    if value is Missing:
        return "absent"
    if isinstance(value, Twice):
        return f"sent {len(value.values)} times"
    shown = json.dumps(value, ensure_ascii=False, default=lambda one: list(one.values))
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
