"""What a Python client raises to refuse, and how any other exception of it is told."""

from __future__ import annotations

import traceback
from pathlib import PurePath
from typing import Final

from proefbank.clients.log import shorten
from proefbank.errors import Rejected, Unsupported

__all__ = ["Rejected", "Unsupported", "describe"]

_LONGEST_MESSAGE: Final = 300
_FRAMES: Final = 3


def describe(error: BaseException) -> str:
    """Tell an exception in one line: class, message and the innermost places it came from.

    No source text and no local values, because either could hold a secret.
    """
    try:
        message = shorten(str(error), _LONGEST_MESSAGE)
    except Exception:  # noqa: BLE001 - an exception that cannot even be told
        message = "<no message>"
    here = str(PurePath(__file__).parent)
    frames = [
        f"{PurePath(frame.filename).name}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if str(PurePath(frame.filename).parent) != here
    ]
    told = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return f"{told} ({', '.join(frames[-_FRAMES:])})" if frames else told
