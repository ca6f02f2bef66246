"""Bodies that come again and again in a record: written once, and then referred to.

A key set is fetched a thousand times in a run, and is the same few texts each time. In a file the
first one stands in full; `same_as` in place of a later one's `text` says where that is, as
`<stage>/<exchange>/<request or response>`. In memory every body has its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

__all__ = ["SAME_AS", "once", "whole"]

SAME_AS: Final = "same_as"
_LONG: Final = 400
"""Characters from which on a reference is worth it."""
_SIDES: Final = ("request", "response")

Event = Mapping[str, object]


def once(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events with each long text of a body in its first place only."""
    places: dict[str, str] = {}
    for event in events:
        yield _changed(event, lambda body, place: _referring(body, place, places))


def whole(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events with the text of every body in its place.

    A reference to a place that did not come before stays as it is: then the text is missing.
    """
    texts: dict[str, str] = {}
    for event in events:
        yield _changed(event, lambda body, place: _filled(body, place, texts))


def _changed(event: Event, change: Any) -> Event:
    if event.get("event") != "exchange":
        return event
    place = f"{event.get('stage')}/{event.get('exchange')}"
    found: dict[str, object] = {}
    for side in _SIDES:
        part = event.get(side)
        body = part.get("body") if isinstance(part, Mapping) else None
        if isinstance(part, Mapping) and isinstance(body, Mapping):
            new = change(body, f"{place}/{side}")
            if new is not body:
                found[side] = {**part, "body": new}
    return {**event, **found} if found else event


def _referring(body: Mapping[str, Any], place: str, places: dict[str, str]) -> Mapping[str, Any]:
    text = body.get("text")
    if not isinstance(text, str) or len(text) < _LONG:
        return body
    first = places.setdefault(text, place)
    if first == place:
        return body
    return {SAME_AS: first, **{name: value for name, value in body.items() if name != "text"}}


def _filled(body: Mapping[str, Any], place: str, texts: dict[str, str]) -> Mapping[str, Any]:
    text, first = body.get("text"), body.get(SAME_AS)
    if isinstance(text, str) and len(text) >= _LONG:
        texts[place] = text
    if not isinstance(first, str) or first not in texts:
        return body
    return {
        "text": texts[first],
        **{name: value for name, value in body.items() if name != SAME_AS},
    }
