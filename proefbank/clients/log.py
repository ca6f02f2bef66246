"""Log evidence: what a client said that is no answer, bounded and safe to print."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from proefbank.clients.adapter import LogLine

__all__ = ["Log", "readable", "shorten"]

LONGEST: Final = 2000
_KEPT: Final = 1000
_PICTURES: Final = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
}


def readable(text: str) -> str:
    """Return `text` with control characters as pictures and lone surrogates replaced.

    A log line is shown in terminals, XML and HTML; an escape sequence must not act there.
    """
    return text.encode("utf-8", "replace").decode("utf-8").translate(_PICTURES)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Return readable `text`, cut between words when longer than `longest` characters.

    A cut inside a word could leave the half of a secret that nobody recognises any more.
    """
    if len(text) <= longest:
        return readable(text)
    kept = text[:longest]
    if _is_word(text[longest]):
        kept = kept[: _word_start(kept)]
    return f"{readable(kept)}… ({len(text)} characters)"


def _is_word(character: str) -> bool:
    return character.isalnum() or character in "_.+/=~-"


def _word_start(text: str) -> int:
    position = len(text)
    while position and _is_word(text[position - 1]):
        position -= 1
    return position


class Log:
    """Keeps the last lines and counts those it had to drop. Any thread may add."""

    def __init__(self, *, keep: int = _KEPT, last_words: int = 15) -> None:
        """Keep `keep` lines until drained; `last_words` of each stream survive draining."""
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=keep)
        self._dropped = 0
        self._kept_words = last_words
        self._words: dict[str, deque[str]] = {}

    def add(self, stream: str, text: str, note: str = "") -> None:
        """Keep one line; blank ones are not worth it."""
        if not text.strip() and not note:
            return
        line = LogLine(stream, shorten(text), note)
        with self._lock:
            if len(self._lines) == self._lines.maxlen:
                self._dropped += 1
            self._lines.append(line)
            words = self._words.setdefault(stream, deque(maxlen=self._kept_words))
            words.append(line.text)

    def drain(self) -> list[LogLine]:
        """Return what was kept since the last time, oldest first, and forget it."""
        with self._lock:
            lines, dropped = list(self._lines), self._dropped
            self._lines.clear()
            self._dropped = 0
        if dropped:
            lines.insert(0, LogLine("bench", f"{dropped} earlier lines were dropped"))
        return lines

    def last_words(self, stream: str) -> list[str]:
        """Return the latest lines of `stream` since `turn_page`, drained or not."""
        with self._lock:
            return list(self._words.get(stream, ()))

    def turn_page(self) -> None:
        """Forget the last words, because another process begins to speak."""
        with self._lock:
            self._words.clear()
