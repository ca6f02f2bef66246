"""Parts of secrets: what is left when a key, token or signature is wrapped, cut or lengthened.

A word of sixteen characters out of a secret is no accident, so it is taken for a part of it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

__all__ = ["LONG", "Fragments"]

LONG = re.compile(r"[A-Za-z0-9+/_\-]{16,}={0,2}")
"""Words that can be a part of a secret."""
_PART = 16
_KEPT = 96


class Fragments:
    """Texts in base64 that no long word may share a beginning, an end or a whole with."""

    def __init__(self) -> None:
        """Start with none."""
        self._keys: list[str] = []
        self._others: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self._all = ""  # those of both, and some that were forgotten meanwhile
        self._gone = 0

    def learn(self, kind: str, run: str) -> bool:
        """Remember a secret text of this kind; return whether it is new. Keys stay for good."""
        known = run in self._keys if kind == "private-key" else (kind, run) in self._others
        if known or len(run) < _PART:
            return False
        forgets = kind != "private-key" and len(self._others) == _KEPT
        if kind == "private-key":
            self._keys.append(run)
        else:
            self._others.append((kind, run))
        self._all += f"\n{run}"
        self._gone += forgets
        if self._gone > _KEPT:  # not each time: to join them all is dear
            self._gone = 0
            self._all = "\n".join((*self._keys, *(text for _, text in self._others)))
        return True

    @staticmethod
    def ends(word: str) -> tuple[str, str, str]:
        """Return beginning and end of a word of `LONG`, and what of it can hold a secret."""
        word = word.rstrip("=")
        return word[:_PART], word[-_PART:], word if len(word) > 4 * _PART else ""

    @staticmethod
    def touches(words: Iterable[tuple[str, str, str]], run: str) -> bool:
        """Whether one of these words, by its `ends`, would be taken for a part of `run`."""
        begins = run[:_PART]
        for first, last, whole in words:
            if first in run or last in run or (whole and begins in whole):
                return True
        return False

    def hole(self, word: str) -> str | None:
        """Return what stands in for a word of `LONG`; None if it is part of nothing known."""
        word = word.rstrip("=")
        if word[:_PART] in self._all or word[-_PART:] in self._all:
            for kind, run in self._others:
                if word[:_PART] in run or word[-_PART:] in run:
                    return f"<redacted:{kind} part={len(word)}>"
            if any(word[:_PART] in run or word[-_PART:] in run for run in self._keys):
                return "<redacted:private-key>"
        if len(word) > 4 * _PART and any(run[:_PART] in word for run in self._keys):
            return "<redacted:private-key>"
        return None
