"""Findings that many rules make."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from proefbank.verdict import Finding

from ..wire.answers import Answer, readable

__all__ = ["https_at", "media_type", "shown", "status", "text_at"]

_LONGEST = 80


def shown(value: object) -> str:
    """Return a value for people, shortened."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def status(answer: Answer, *wanted: int, hint: str = "") -> Finding | None:
    """Find an answer with another status than one of those wanted."""
    if answer.status in wanted:
        return None
    return Finding("status", " or ".join(map(str, wanted)), str(answer.status), hint)


def media_type(answer: Answer, *wanted: str) -> Finding | None:
    """Find an answer of another media type than one of those wanted."""
    if answer.media_type in wanted:
        return None
    told = answer.header("Content-Type") or "no Content-Type"
    return Finding("header Content-Type", " or ".join(wanted), told)


def text_at(answer: Answer, path: str, *, among: Collection[str] = ()) -> Finding | None:
    """Find a member that is no text, an empty one, or one that is not among those wanted."""
    value = answer.at(path)
    if isinstance(value, str) and value and (not among or value in among):
        return None
    if among:
        readable(value, path)
    return Finding(f"body, {path}", " or ".join(among) or "a text", shown(value))


def https_at(answer: Answer, path: str) -> Finding | None:
    """Find a member that is no https URL."""
    value = answer.at(path)
    readable(value, path)
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if parts.scheme == "https" and parts.hostname:
        return None
    return Finding(f"body, {path}", "an https URL", shown(value))
