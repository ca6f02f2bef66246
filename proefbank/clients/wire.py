"""The bytes of the adapter protocol: lines of bounded length, and what JSON is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

__all__ = ["LONGEST_LINE", "number_of", "read_object", "split_lines", "without_value"]

LONGEST_LINE: Final = 1 << 20
"""Bytes of one line that are kept; an answer longer than that is not read."""

_CHUNK: Final = 1 << 16
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def split_lines(
    read: Callable[[int], bytes | None], longest: int = LONGEST_LINE
) -> Iterator[tuple[str, int]]:
    """Yield each line as text and how many of its bytes were too many to keep.

    `read(n)` returns up to `n` bytes, nothing at the end. A last line without its end counts.
    Bytes that are not UTF-8 are replaced; a byte order mark and a carriage return are dropped.
    """
    kept, surplus = bytearray(), 0

    def line() -> tuple[str, int]:
        text = kept.decode("utf-8", "replace").removeprefix("\ufeff").removesuffix("\r")
        return text, surplus

    while chunk := read(_CHUNK):
        *ends, rest = chunk.split(b"\n")
        for part in ends:
            surplus += max(0, len(kept) + len(part) - longest)
            kept += part[: longest - len(kept)]
            yield line()
            kept, surplus = bytearray(), 0
        surplus += max(0, len(kept) + len(rest) - longest)
        kept += rest[: longest - len(kept)]
    if kept:
        yield line()


def read_object(text: str) -> Mapping[str, object] | None:
    """Read a JSON object; None for anything else."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        parsed = json.loads(text, parse_constant=_refuse)
        if isinstance(parsed, dict) and _SURROGATE.search(text):
            whole = json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace")
            parsed = json.loads(whole)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def number_of(answer: Mapping[str, object] | None) -> int:
    """Return the whole number `seq`, also when a runtime writes it as 3.0; else -1."""
    seq = (answer or {}).get("seq")
    if isinstance(seq, float) and seq.is_integer():
        seq = int(seq)
    return seq if type(seq) is int and seq >= 0 else -1


def without_value(answer: Mapping[str, object]) -> str:
    """Write a stray answer down without its value, which may hold tokens."""
    cut = {**answer, "value": "<redacted:value>"} if "value" in answer else answer
    try:
        return json.dumps(cut, ensure_ascii=False)
    except RecursionError:
        return "<an object nested too deeply to show>"
