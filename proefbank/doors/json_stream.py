"""A JSON file read piece by piece: one member or item is in memory at a time.

The standard parser reads the pieces, so that what it takes is taken: lone surrogates, which
proxies write for bytes that are no text, and control characters. What is nested too deeply is an
error and no crash.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

__all__ = ["Damaged", "JsonStream"]

_CHUNK = 1 << 16
_LARGEST = 1 << 28
"""Characters of one piece."""
_TAIL = 16
"""Characters before the end within which an error may come of the end."""
_BLANK = " \t\r\n"
_DIGITS = 19


class Damaged(Exception):  # noqa: N818 - a state of a file
    """The file breaks off, or is no JSON from here on; the message says how."""


def _number(text: str) -> float:
    return int(text) if len(text) < _DIGITS else float(text)


class JsonStream:
    """Reads on in a file of UTF-8; a byte that is not is no reason to refuse the rest."""

    def __init__(self, raw: BinaryIO) -> None:
        """Begin at the beginning of an open file."""
        self._raw = raw
        self._bytes = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._decoder = json.JSONDecoder(strict=False, parse_int=_number)
        self._text, self._at, self._ended = "", 0, False
        self.done = 0
        """Bytes of the file that were read."""

    def members(self) -> Iterator[str]:
        """Yield the names of an object's members; each value is read, or skipped, in between.

        Raises `Damaged`, also if no object begins here.
        """
        self._expect("{")
        if self._is_next("}"):
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise Damaged("the name of a member is no text")
            self._expect(":")
            self.peek()
            start = (self.done, self._at)
            yield name
            if start == (self.done, self._at):  # nobody read it
                self.value()
            if not self._is_next(","):
                self._expect("}")
                return

    def items(self) -> Iterator[Any]:
        """Yield the items of a list; raises `Damaged`."""
        self._expect("[")
        if self._is_next("]"):
            return
        while True:
            yield self.value()
            if not self._is_next(","):
                self._expect("]")
                return

    def peek(self) -> str:
        """Return the next sign that is no blank; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANK:
                    return self._text[self._at]
                self._at += 1
            if not self._more(_CHUNK):
                return ""

    def value(self) -> Any:
        """Read one value; raises `Damaged`."""
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as problem:
                self._read_on(problem)
                continue
            except RecursionError:
                raise Damaged("it is nested too deeply") from None
            except ValueError as problem:
                raise Damaged(str(problem)) from problem
            if end == len(self._text) and not self._ended and self._more(_CHUNK):
                continue  # a number may go on
            self._at = end
            if end > _CHUNK:
                self._text, self._at = self._text[end:], 0
            return found

    def _read_on(self, problem: json.JSONDecodeError) -> None:
        """Read more, if that can help."""
        unread = len(self._text) - self._at
        near = problem.pos >= len(self._text) - _TAIL or problem.msg.startswith("Unterminated")
        if not near:
            raise Damaged(problem.msg)
        if unread > _LARGEST:
            raise Damaged("one entry is too large")
        if not self._more(max(_CHUNK, unread)):
            raise Damaged("it breaks off")

    def _more(self, size: int) -> bool:
        """Read about so many bytes more; return whether there were any."""
        if self._ended:
            return False
        chunk = self._raw.read(size)
        self.done += len(chunk)
        self._ended = not chunk
        self._text, self._at = self._text[self._at :], 0
        self._text += self._bytes.decode(chunk, final=not chunk)
        return bool(chunk) or self._at < len(self._text)

    def _is_next(self, sign: str) -> bool:
        if self.peek() != sign:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._is_next(sign):
            raise Damaged(f"{sign} is missing" if self.peek() else "it breaks off")
