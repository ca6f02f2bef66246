"""What there is in an exchange of somebody else's before anything is cut from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from proefbank.doors.heard import Heard
from proefbank.exchange import Secret
from proefbank.holes import HOLE
from proefbank.redaction import SECRETS

__all__ = ["json_in", "secrets_in", "size_of"]

_DEEPEST = 64
"""Levels of a JSON text that are looked into; no message of a service has more than a few."""


def secrets_in(item: Heard) -> Iterator[Secret]:
    """Yield what shows by its name or place to be a secret; a hole is none any more."""
    return (one for one in _secrets_in(item) if not HOLE.match(one.value))


def size_of(body: bytes) -> dict[str, object]:
    """Return `{bytes, utf8}` of a body before it is cut, as an exchange tells them."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return {"bytes": len(body), "utf8": False}
    return {"bytes": len(body), "utf8": True}


def _secrets_in(item: Heard) -> Iterator[Secret]:
    credentials = (item.request.header("authorization") or "").partition(" ")[2].strip()
    if credentials:
        yield Secret("token", credentials)
    sent = item.request.body.decode("utf-8", "replace")
    for name, value in [*parse_qsl(item.request.query), *parse_qsl(sent)]:
        if kind := SECRETS.get(name.lower()):
            yield Secret(kind, value)
    for text in (sent, item.response.body.decode("utf-8", "replace")):
        for name, value in _members(json_in(text)):
            if kind := SECRETS.get(name.lower()):
                yield Secret(kind, value)


def _members(value: object) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                if isinstance(inner, str):
                    yield name, inner
                yield from _members(inner)
        case list():
            for inner in value:
                yield from _members(inner)


def json_in(text: str) -> object:
    """Return what a text says in JSON; None for none, and for what is nested beyond all use."""
    try:
        told = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None
    level = [told]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return told
    return None


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
