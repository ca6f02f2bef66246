"""Enterprise numbers as people write them, and what is wrong with that.

Ten digits, the first 0 or 1; the last two are 97 minus the remainder of the first eight by 97.
"""

from __future__ import annotations

import re

__all__ = ["check_digits", "misfit"]

_PLAIN = re.compile(r"[01][0-9]{9}", re.ASCII)
_UNIT = re.compile(r"[2-9][0-9]{9}", re.ASCII)
_SHORT = re.compile(r"[0-9]{9}", re.ASCII)
_DRESSED = re.compile(r"[^0-9]")
_NUMBER = 10


def check_digits(body: str) -> str:
    """Return the two digits that belong to eight others."""
    return f"{97 - int(body) % 97:02d}"


def misfit(told: str) -> tuple[str, str]:
    """Return what is wrong with a number, and how it should be written; both may be empty."""
    plain = _DRESSED.sub("", told) if told.isascii() else ""
    if len(plain) == _NUMBER - 1:
        plain = f"0{plain}"
    good = _PLAIN.fullmatch(plain) is not None and check_digits(plain[:8]) == plain[8:]
    meant = plain if good else ""
    if _PLAIN.fullmatch(told):
        misfits = f"its check digits do not fit: {told[:8]} has {check_digits(told[:8])}"
        return ("" if good else misfits), ""
    problems = (
        (told[:2].upper() == "BE", "leave out BE, the country is not part of it"),
        ("." in told, "leave out the dots"),
        (re.search(r"\s", told), "leave out the spaces"),
        (_UNIT.fullmatch(told), "it begins with 0 or 1; from 2 on it is an establishment unit"),
        (_SHORT.fullmatch(told), "it lost its leading zero"),
        (True, "it has ten digits and nothing else"),
    )
    return next(words for holds, words in problems if holds), meant
