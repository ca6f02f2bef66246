"""What an option `--out` names, written."""

from __future__ import annotations

from pathlib import Path

from proefbank.errors import BadInvocation

__all__ = ["write_out"]


def write_out(path: Path, text: str) -> None:
    """Write `text` to the file that `--out` names; raises `BadInvocation` if that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise BadInvocation(
            f"cannot be written: {problem.strerror}", where=f"--out {path}"
        ) from problem
