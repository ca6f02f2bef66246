"""The commands that a reader can copy: run one staging again, or the whole run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["again", "whole"]

_KEPT = (
    "--client",
    "--client-command",
    "--api",
    "--profile",
    "--waivers",
    "--recording",
    "--target",
)
_ACTIVE = '"$`\\!'
"""What a shell still acts on between double quotes."""


def again(report: Mapping[str, Any], service: str, stage: str) -> str:
    """Return the command that stages `stage` once more, with the seed of this run.

    A run that judged a recording or artefacts is repeated as it was: there is nothing to stage.
    """
    run = report["run"]
    command: Sequence[str] = run["command"]
    if {"judge", "check"} & set(command[:2]):
        return whole(report)
    words = ["proefbank", "run", *([service] if service else []), "--stage", stage]
    if run["seed"] is not None:
        words += ["--seed", str(run["seed"])]
    options = [*_options(command)] or [*_client(report["subject"].get("client"))]
    return _join([*words, *options])


def whole(report: Mapping[str, Any]) -> str:
    """Return the command of the run itself; empty if the record does not tell."""
    command = list(report["run"]["command"])
    if not command:
        return ""
    words = ["proefbank", *command[1:]]
    seed = report["run"]["seed"]
    if "run" in words[:2] and seed is not None and not any(_named(w, "--seed") for w in words):
        words += ["--seed", str(seed)] if "--" not in words else []
    return _join(words)


def _join(words: Sequence[str]) -> str:
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    """Quote for a shell; in double quotes where that reads better than `'"'"'`."""
    if "'" in word and not any(character in word for character in _ACTIVE):
        return f'"{word}"'
    return shlex.quote(word)


def _options(command: Sequence[str]) -> Iterator[str]:
    words = iter(command)
    for word in words:
        if word == "--":
            return
        for option in _KEPT:
            if word == option:
                yield from (word, next(words, ""))
            elif word.startswith(f"{option}="):
                yield word


def _client(told: object) -> list[str]:
    if not isinstance(told, str) or not told:
        return []
    simple = ":" in told and " " not in told and "/" not in told
    return ["--client" if simple else "--client-command", told]


def _named(word: str, option: str) -> bool:
    return word == option or word.startswith(f"{option}=")
