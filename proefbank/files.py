"""Files that nobody sees half-written."""

from __future__ import annotations

from pathlib import Path

__all__ = ["put"]


def put(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there: whoever finds it finds all of it."""
    passing = path.with_name(f".{path.name}.part")
    passing.write_bytes(data)
    passing.replace(path)
