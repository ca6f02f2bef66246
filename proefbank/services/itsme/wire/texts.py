"""Texts that the signer reads in the app, and the characters that may be in them."""

from __future__ import annotations

from dataclasses import dataclass

from .members import Members, at

__all__ = ["LANGUAGES", "LATIN_1", "LATIN_9", "Text", "outside", "texts_of"]

LANGUAGES = ("EN", "FR", "NL", "DE")

_CONTROLS = frozenset("\t\n\r")
LATIN_1 = frozenset(chr(point) for point in (*range(0x20, 0x7F), *range(0xA0, 0x100))) | _CONTROLS
"""The characters of ISO 8859-1: each code point is its own code."""

_REPLACED = {
    # code of ISO 8859-15: what stands there instead of the character of ISO 8859-1
    0xA4: 0x20AC,  # euro sign
    0xA6: 0x0160,  # S with caron
    0xA8: 0x0161,
    0xB4: 0x017D,  # Z with caron
    0xB8: 0x017E,
    0xBC: 0x0152,  # OE
    0xBD: 0x0153,
    0xBE: 0x0178,  # Y with diaeresis
}
LATIN_9 = (LATIN_1 - {chr(code) for code in _REPLACED}) | {chr(it) for it in _REPLACED.values()}
"""The characters of ISO 8859-15."""


@dataclass(frozen=True, slots=True)
class Text:
    """One pair of language and value, as sent."""

    place: int
    lang: object
    value: object

    @property
    def language(self) -> str:
        """The language in capitals; empty if it is none of the four."""
        known = isinstance(self.lang, str) and self.lang.upper() in LANGUAGES
        return str(self.lang).upper() if known else ""


def texts_of(value: object) -> list[Text] | None:
    """Return the pairs of an array; None if it is no array of pairs of two texts."""
    if not isinstance(value, list):
        return None
    found = [
        Text(place, at(item, "lang"), at(item, "value"))
        for place, item in enumerate(value)
        if isinstance(item, Members)
    ]
    whole = all(isinstance(one.lang, str) and isinstance(one.value, str) for one in found)
    return found if whole and len(found) == len(value) and found else None


def outside(text: str, repertoire: frozenset[str]) -> str:
    """Return the characters that are not in the repertoire, each once, in order."""
    return "".join(dict.fromkeys(sign for sign in text if sign not in repertoire))
