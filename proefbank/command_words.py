"""A command line as it may be written down: without what somebody gave in it and should not have.

Credentials belong in files and variables, and some give them to their client as arguments all the
same. The command stands in every record of a run, in its name and in what is printed of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from proefbank.cutting import Cutter

__all__ = ["command_said", "words_said"]

_NAME: Final = (
    r"[A-Za-z0-9_.-]*(?:secret|passw(?:or)?d|passphrase|token|api[_-]?key|credentials?|assertion"
    r"|bearer|private[_-]?key|authorization|cookie)"
)
_OPTION: Final = re.compile(rf"-{{1,2}}{_NAME}", re.IGNORECASE)
_GIVEN: Final = re.compile(
    rf"((?:(?<![\w/.-])-{{1,2}}{_NAME}(?:=|\s+)|(?<![\w/.-]){_NAME}(?:=|:\s?(?!//)))[\"']?)"
    r"(?!-|<redacted|[\"'])((?:Bearer |Basic )?[^\s\"']+)",
    re.IGNORECASE,
)
"""An option with a telling name and its value, or `name=value`; not a word that only says so."""
_OPAQUE: Final = re.compile(
    r"(?<![\w/.+=-])(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])(?=(?:[\w+-]*\d){3})[A-Za-z0-9+_-]{24,}={0,2}"
    r"(?![\w/.+=-])"
)
"""A word that nobody made up: letters of both kinds and digits, and no path."""


def command_said(text: str) -> str:
    """Return a command, or a line about one, with holes for what shows to be secret in it."""
    text = _GIVEN.sub(lambda found: f"{found[1]}{_hole(found[2])}", Cutter().text(text))
    return _OPAQUE.sub(lambda found: _hole(found.group()), text)


def words_said(words: Sequence[str]) -> list[str]:
    """Return the words of a command likewise; an option's value may be the word after it."""
    said: list[str] = []
    for before, word in zip(("", *words), words, strict=False):
        of_option = _OPTION.fullmatch(before) and word and not word.startswith("-")
        said.append(_hole(word) if of_option else command_said(word))
    return said


def _hole(text: str) -> str:
    return f"<redacted:option length={len(text)}>"
