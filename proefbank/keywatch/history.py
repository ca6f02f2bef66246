"""The history of key sets: a small JSON file.

For each key set it holds every key ever seen, with the instants of its first and last sight.
Only a key set that was really had is written down, so that an outage is not taken for a removal.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.keywatch.watch import Past, Seen

__all__ = ["default_history", "read", "write"]

SCHEMA = "proefbank/keys/1"
_MEMBERS = ("kid", "use", "alg", "fingerprint", "signs", "certified", "first", "last", "gone")
_MAYBE = ("certified", "gone")


def default_history() -> Path:
    """Return where the history is kept unless told: in the user's folder for such things."""
    told = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    folder = Path(told) if told else Path.home() / ".local" / "state"
    return folder / "proefbank" / "keys.json"


def read(path: Path) -> dict[str, Past]:
    """Return what is known of each key set; nothing if there is no file yet.

    Raises `BadInvocation` for a file that is something else, which is left as it is.
    """
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
        if loaded["schema"] != SCHEMA:
            raise ValueError(loaded["schema"])
        return {url: _past(raw) for url, raw in loaded["sets"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadInvocation(
            f"this is no history of keys ({type(problem).__name__})",
            where=str(path),
            hint="name another file with --history, or move this one away",
        ) from problem


def _past(raw: Mapping[str, Any]) -> Past:
    return Past(float(raw["looked"]), raw["active"], tuple(map(_seen, raw["keys"])))


def _seen(raw: Mapping[str, Any]) -> Seen:
    told = {name: raw[name] for name in _MEMBERS}
    for name in ("certified", "first", "last", "gone"):
        told[name] = None if told[name] is None and name in _MAYBE else float(told[name])
    return Seen(**told)


def write(path: Path, known: Mapping[str, Past]) -> None:
    """Write the history, in one go; raises `BadInvocation` where that cannot be."""
    sets = {
        url: {
            "looked": past.looked,
            "active": past.active,
            "keys": [{name: getattr(one, name) for name in _MEMBERS} for one in past.seen],
        }
        for url, past in known.items()
    }
    text = json.dumps({"schema": SCHEMA, "sets": sets}, indent=1)
    passing = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, passing = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(number, "w", encoding="utf-8") as page:
            page.write(f"{text}\n")
        Path(passing).replace(path)
    except OSError as problem:
        if passing is not None:
            with contextlib.suppress(OSError):
                Path(passing).unlink()
        raise BadInvocation(
            f"cannot be written: {problem.strerror}", where=f"--history {path}"
        ) from problem
