"""Reading a small file that somebody else made: bounded, and told in plain words when it fails."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from proefbank.errors import BadInvocation

__all__ = ["LARGEST", "labels_in", "looks_like", "read_small", "text_of"]

LARGEST = 1_000_000
"""Bytes; a certificate has two thousand, and a chain of them twenty thousand."""

_LABEL = re.compile(rb"-----? ?BEGIN ([A-Z0-9 ]{1,40}?) ?-----?")
_STARTS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, or a document that is one inside"),
    (b"\xfe\xed\xfe\xed", "a Java key store (JKS)"),
    (b"\xce\xce\xce\xce", "a Java key store (JCEKS)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"<", "a page or a document in HTML or XML"),
    (b"{", "a JSON document"),
)


def read_small(path: Path, *, example: str) -> bytes:
    """Return the content of a file; `example` is a command that works.

    Raises `BadInvocation` for what is no file, cannot be read, is empty or is far too large. Of
    a large file no more than `LARGEST` bytes are read, and of what is no file nothing.
    """
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):
            what = "a folder" if stat.S_ISDIR(told.st_mode) else "no ordinary file"
            raise BadInvocation(f"this is {what}", where=str(path), hint=example)
        if told.st_size > LARGEST:
            raise BadInvocation(
                f"this has {told.st_size:,} bytes, and at most {LARGEST:,} are read: a"
                " certificate or key has a few thousand",
                where=str(path),
                hint=example,
            )
        with path.open("rb") as file:
            data = file.read(LARGEST)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise BadInvocation(f"cannot be read: {reason}", where=str(path), hint=example) from problem
    if not data.strip():
        raise BadInvocation("this file is empty", where=str(path), hint=example)
    return data


def text_of(data: bytes) -> bytes:
    """Return text as Windows may have written it (UTF-16, or with a mark in front) in ASCII."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("ascii", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def labels_in(data: bytes) -> list[str]:
    """Return the labels of the PEM blocks that begin in `data`, such as `CERTIFICATE`."""
    return [match.decode("ascii") for match in _LABEL.findall(data)]


def looks_like(data: bytes) -> str:
    """Return in words what kind of file begins like this; empty if that cannot be said."""
    return next((words for start, words in _STARTS if data.startswith(start)), "")
