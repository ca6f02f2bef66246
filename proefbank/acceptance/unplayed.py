"""Situations that a target does not produce, beside those that it does.

A run against acceptance holds both. A requirement that was shown in one situation need not be
called unseen because another one was not played; of one that was shown in none it is said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["without_doubles"]

_SEEN = ("passed", "warned", "failed", "waived", "not_exercised", "broken")


def without_doubles(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return events without verdicts that only say once more what a target did not show."""
    told: dict[object, Mapping[str, Any]] = {
        event.get("stage"): event for event in events if event["event"] == "staged"
    }
    seen = {
        event["requirement"]
        for event in events
        if event["event"] == "verdict" and event["outcome"] in _SEEN
    }
    kept = []
    for event in events:
        if _is_for_the_target(event, told):
            if event["requirement"] in seen:
                continue
            seen.add(event["requirement"])
        kept.append(dict(event))
    return kept


def _is_for_the_target(
    event: Mapping[str, Any], staged: Mapping[object, Mapping[str, Any]]
) -> bool:
    """Whether a verdict only says that the target does not show it."""
    if event["event"] != "verdict" or event["outcome"] != "not_observable":
        return False
    return event["reason"] in _reasons(staged.get(event["stage"], {}))


def _reasons(staged: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a staging shows nothing, or not all."""
    if staged.get("unplayed"):
        yield str(staged.get("reason", ""))
    for part in staged.get("withheld") or ():
        yield str(part["reason"])
