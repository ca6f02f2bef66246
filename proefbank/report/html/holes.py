"""Reads redacted text for people: holes become labels, a token's header and claims are laid out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from proefbank.redaction import Hole, parse_hole
from proefbank.report.words import ENGLISH, Words

__all__ = ["Line", "Piece", "Token", "label", "pieces", "pretty_json", "shorten", "token"]

_START = "<redacted:"
_SIMPLE = re.compile(r"<redacted:[a-z-]+(?: [a-z]+=[^\s<>{}]*)*>")
_PARTS = re.compile(r" (?:header|claims)=(?=\{)")
_TIMES = ("exp", "nbf", "iat", "auth_time")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_LONGEST_CLAIM = 600


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; a label where a secret was cut out."""

    text: str
    cut: bool = False
    english: bool = False
    """Whether somebody else said it, who speaks English on any page."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of laid-out JSON, with a remark such as what instant a number stands for."""

    text: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token without its signature."""

    label: str
    header: tuple[Line, ...]
    claims: tuple[Line, ...]


def label(hole: Hole, words: Words = ENGLISH) -> str:
    """Return what was cut out, e.g. `token 1, 43 characters`."""
    told = hole.attributes
    says = [words.of("kind", hole.kind.replace("-", "_"))]
    if "ref" in told:
        says[0] += f" {told['ref']}"
    if hole.kind == "jwt" and "signature" in told:
        says.append(words("hole.parts", n=told.get("parts", "?")))
        says.append(words("hole.signature", n=told["signature"]))
        if told.get("alphabet", "base64url") != "base64url":
            says.append(words("hole.alphabet", name=told["alphabet"]))
    elif "length" in told:
        says.append(words("hole.length", n=told["length"]))
    return ", ".join(says)


def pieces(text: str, words: Words = ENGLISH) -> tuple[Piece, ...]:
    """Split `text` into what was there and labels for what was cut out."""
    return tuple(_pieces(text, words))


def shorten(shown: Sequence[Piece], most: int) -> tuple[Piece, ...]:
    """Return the first `most` characters, with `…` where something was left out."""
    kept: list[Piece] = []
    for piece in shown:
        if len(piece.text) > most:
            cut = piece if piece.cut else replace(piece, text=piece.text[:most])
            return (*kept, cut, Piece("…"))
        kept.append(piece)
        most -= len(piece.text)
    return tuple(kept)


def _pieces(text: str, words: Words) -> Iterator[Piece]:
    place = 0
    while (start := text.find(_START, place)) >= 0:
        end = _end(text, start)
        hole = parse_hole(text[start:end]) if end else None
        if hole is None:
            end = start + len(_START)
            yield Piece(text[place:end])
        else:
            if start > place:
                yield Piece(text[place:start])
            yield Piece(label(hole, words), cut=True)
        place = end
    if place < len(text):
        yield Piece(text[place:])


def _end(text: str, start: int) -> int:
    """Return where the hole that begins at `start` ends; 0 if it is none."""
    if simple := _SIMPLE.match(text, start):
        return simple.end()
    place, decoder = start, json.JSONDecoder()
    while part := _PARTS.search(text, place):
        if part.start() != place and place != start:
            break
        try:
            _, place = decoder.raw_decode(text, part.end())
        except (ValueError, RecursionError):
            return 0
    return place + 1 if place > start and text[place : place + 1] == ">" else 0


def token(text: str, at: float, words: Words = ENGLISH) -> Token | None:
    """Lay out a text that is exactly one cut JWT; None if it is not.

    `at` is the instant of arrival (epoch seconds), which the remarks on times are relative to.
    """
    hole = parse_hole(text) if text.startswith(f"{_START}jwt ") else None
    if hole is None:
        return None
    return Token(
        label(hole, words), _members(hole.header, at, words), _members(hole.claims, at, words)
    )


def pretty_json(text: str) -> str:
    """Return JSON text with indentation; any other text as it is."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _members(text: str, at: float, words: Words) -> tuple[Line, ...]:
    """Lay out an object; members that stand twice are shown twice."""
    if not text:
        return ()
    try:
        pairs: Sequence[tuple[str, Any]] = json.JSONDecoder(object_pairs_hook=_Pairs).decode(text)
    except (ValueError, RecursionError):
        return (Line(text),)
    lines = []
    for number, (name, value) in enumerate(pairs, start=1):
        shown = json.dumps(_plain(value), ensure_ascii=False)
        if len(shown) > _LONGEST_CLAIM:
            shown = f"{shown[:_LONGEST_CLAIM]}…"
        comma = "," if number < len(pairs) else ""
        remark = _moment(value, at, words) if name in _TIMES else ""
        lines.append(Line(f"  {json.dumps(name, ensure_ascii=False)}: {shown}{comma}", remark))
    return (Line("{"), *lines, Line("}"))


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object as its members, in order, none lost."""

    __slots__ = ()


def _plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {name: _plain(item) for name, item in value}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _moment(value: Any, at: float, words: Words) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return words("hole.not_number")
    try:
        instant = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return words("hole.not_instant")
    return f"{instant}, {_span(value - at, words)}" if at else instant


def _span(seconds: float, words: Words) -> str:
    amount = abs(round(seconds))
    if amount == 0:
        return words("hole.at_arrival")
    days, rest = divmod(amount, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    units = ((days, "d"), (hours, "h"), (minutes, "min"), (left, "s"))
    span = " ".join([f"{count} {unit}" for count, unit in units if count][:2])
    return words("hole.after" if seconds > 0 else "hole.before", span=span)
