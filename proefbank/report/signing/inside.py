"""Reads the files of a run's folder, and nothing outside it, whatever lies in the folder."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from proefbank.report.text import printable

__all__ = ["NAMED_TWICE", "Damaged", "digest", "found", "loaded", "raw", "shown"]

LARGEST = 2 * 1024**3
"""Bytes of the largest file that is read through; no run leaves such a file."""
NAMED_TWICE = "JSON with the name"
_LARGEST_RAW = 256 * 1024**2
_BLOCK = 1 << 20


class Damaged(Exception):  # noqa: N818 - a state of affairs, not an error
    """A file is not what the bench writes; the text says in which way."""


def found(folder: Path) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield the name (relative, with `/`) of everything in `folder` that is no folder.

    With its size and so on if it is a plain file, and None for links and devices. Links are
    never followed.
    """
    for here, folders, files in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted([*files, *(one for one in folders if _is_link(here, one))]):
            path = Path(here) / name
            told = path.lstat()
            plain = stat.S_ISREG(told.st_mode)
            yield path.relative_to(folder).as_posix(), told if plain else None


def _is_link(here: str, name: str) -> bool:
    return (Path(here) / name).is_symlink()


def raw(folder: Path, name: str, largest: int = _LARGEST_RAW) -> bytes:
    """Return the bytes of a plain file that lies directly in `folder`; raises `Damaged`."""
    with _opened(folder, name) as stream:
        data: bytes = stream.read(largest + 1)
    if len(data) > largest:
        raise Damaged(f"larger than the {largest} bytes that such a file can have")
    return data


def digest(folder: Path, name: str) -> str:
    """Return the hex SHA-256 of a file that `found` has yielded; raises `Damaged`."""
    made = hashlib.sha256()
    with _opened(folder, name) as stream:
        while block := stream.read(_BLOCK):
            made.update(block)
    return made.hexdigest()


def _opened(folder: Path, name: str) -> Any:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        if (folder / name).is_symlink():
            raise Damaged("a link, which no run leaves behind")
        stream = os.fdopen(os.open(folder / name, flags), "rb")
    except FileNotFoundError as problem:
        raise Damaged("missing") from problem
    except OSError as problem:
        raise Damaged(f"cannot be read ({problem.strerror or problem})") from problem
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise Damaged("no plain file")
    return stream


def loaded(data: bytes) -> Any:
    """Return the JSON in `data`; raises `Damaged` for anything else, and for a name used twice."""
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except Damaged:
        raise
    except (ValueError, RecursionError) as problem:
        raise Damaged("no JSON") from problem


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Damaged(f"{NAMED_TWICE} {shown(twice)} twice")
    return made


def _no_constant(name: str) -> Any:
    raise Damaged(f"JSON with {name}, which is no number")


def shown(name: str) -> str:
    """Return a name or text from a file as one printable line."""
    text = name.encode("utf-8", "replace").decode("utf-8").replace("\n", "\\n").replace("\t", "\\t")
    text = printable(text)
    return text if len(text) <= 200 else f"{text[:199]}…"  # noqa: PLR2004 - a line or two
