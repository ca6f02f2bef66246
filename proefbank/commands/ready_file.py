"""The file by which scripts learn that a command that stays up is ready, and where it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.files import put

__all__ = ["write_ready"]


def write_ready(path: Path, schema: str, **told: Any) -> None:
    """Write it, in JSON, whole from its first moment; raises `BadInvocation` if it cannot be."""
    text = json.dumps({"schema": schema, "pid": os.getpid(), **told}, indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, f"{text}\n".encode())
    except OSError as problem:
        raise BadInvocation(str(problem), where="--ready-file") from problem
