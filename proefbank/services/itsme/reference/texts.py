"""Texts that the signer sees in the app: languages, characters and lengths (section 7)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from proefbank.errors import Rejected

__all__ = ["DESCRIPTION", "LANGUAGES", "SIGNER_ROLE", "fitted", "fitted_texts", "is_text"]

LANGUAGES = ("en", "fr", "nl", "de")

DESCRIPTION = (("iso8859-15",), 255)
"""Character sets that a description has to keep within, and its longest length."""
SIGNER_ROLE = (("iso8859-1", "iso8859-15"), 50)
"""A role is to be ISO-8859-1, and free texts in general ISO 8859-15: what both have will do."""

REPLACED = {
    # what word processors make of a typist's keys, and the few signs that only one set has
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
    "\N{NON-BREAKING HYPHEN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{BULLET}": "-",
    "\N{EURO SIGN}": "EUR",
    "\N{LATIN SMALL LIGATURE OE}": "oe",
    "\N{LATIN CAPITAL LIGATURE OE}": "OE",
    "\N{VULGAR FRACTION ONE HALF}": "1/2",
    "\N{VULGAR FRACTION ONE QUARTER}": "1/4",
    "\N{VULGAR FRACTION THREE QUARTERS}": "3/4",
}


def is_text(value: object) -> TypeGuard[str]:
    """Whether a JSON value is a text that is not empty, and that JSON can hold again."""
    try:
        return isinstance(value, str) and bool(value.encode())
    except UnicodeEncodeError:  # half a character: \ud800 is valid JSON, and no text
        return False


def fitted_texts(
    texts: Mapping[str, str] | None, limits: tuple[Sequence[str], int]
) -> dict[str, str] | None:
    """Return the texts by language, within the limits; None if there are none.

    Raises Rejected when a language is missing or surplus, or a text cannot be made to fit.
    """
    if not texts:
        return None
    if sorted(lang.lower() for lang in texts) != sorted(LANGUAGES):
        raise Rejected("malformed", f"a text is needed in each of {', '.join(LANGUAGES)}")
    by_language = {lang.lower(): text for lang, text in texts.items()}
    return {lang: fitted(by_language[lang], *limits) for lang in LANGUAGES}


def fitted(text: str, charsets: Sequence[str], longest: int) -> str:
    """Return the text in characters of all the sets; raises Rejected for what will not fit.

    Nothing is cut off: a signer has to see the whole text, or none.
    """
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    replaced = "".join(
        sign if is_in(sign, charsets) else REPLACED.get(sign, sign) for sign in composed
    )
    if wrong := sorted({sign for sign in replaced if not is_in(sign, charsets)}):
        raise Rejected("malformed", f"signs that cannot be sent: {' '.join(wrong)}")
    if not 0 < len(replaced) <= longest:
        raise Rejected(
            "malformed", f"a text of {len(replaced)} characters; from 1 to {longest} fit"
        )
    return replaced


def is_in(sign: str, charsets: Sequence[str]) -> bool:
    """Whether all of the sets have the character; control characters are in none."""
    if unicodedata.category(sign) == "Cc":
        return False
    try:
        return all(sign.encode(charset) for charset in charsets)
    except UnicodeEncodeError:
        return False
