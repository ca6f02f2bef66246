"""The journal of a session that may last for days: told to somebody, not all of it kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from proefbank.clock import to_iso
from proefbank.journal import Event, Journal
from proefbank.redaction import Redactor

__all__ = ["STAGE", "Sink", "WireJournal", "summary_of"]

STAGE: Final = "wire"
"""Name of the one staging in the journal."""

Sink = Callable[[Event], None]
"""Hears each event, already redacted."""


class _Tail(list[Event]):
    """Events as they are told to somebody, the oldest forgotten when there are `keep`."""

    def __init__(self, sink: Sink | None, keep: int | None) -> None:
        super().__init__()
        self._sink, self._keep = sink, keep

    def append(self, event: Event) -> None:
        super().append(event)
        if self._sink is not None:
            self._sink(event)
        if self._keep is not None and len(self) > 2 * self._keep:
            del self[: -self._keep]


class WireJournal(Journal):
    """A journal that tells each event as it is written, and need not keep them all."""

    def __init__(self, redactor: Redactor, sink: Sink | None, keep: int | None) -> None:
        """Open an empty journal for the staging `wire`."""
        super().__init__(STAGE, redactor)
        self._events = _Tail(sink, keep)


def summary_of(event: Event) -> dict[str, Any]:
    """Return one line's worth of an exchange: what was asked, answered and found first."""
    request, response, trail = (
        cast("dict[str, Any]", event[name]) for name in ("request", "response", "trail")
    )
    found = [f"{item['code']}: {item['detail']}" for item in trail["violations"]]
    return {
        "number": event["exchange"],
        "at": to_iso(request["at"])[11:19],
        "request": f"{request['method']} {request['target'].partition('?')[0]}",
        "status": response["status"],
        "found": found[0] if found else "",
        "more": max(0, len(found) - 1),
        "stimulus": trail["stimulus"] or "",
        "conversation": trail["conversation"],
    }
