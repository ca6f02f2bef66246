"""Where a password comes from: the environment, a file or a prompt; never the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from proefbank.errors import BadInvocation

__all__ = ["password_from", "password_options"]

F = TypeVar("F", bound=Callable[..., Any])

_LONGEST = 10_000


def password_options(function: F) -> F:
    """Add the options --password-env and --password-file."""
    for option in (
        click.option(
            "--password-file",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Password of a .pfx or .p12: the first line of this file.",
        ),
        click.option(
            "--password-env",
            metavar="NAME",
            help="Password of a .pfx or .p12: the environment variable of this name."
            "  [default: a prompt]",
        ),
    ):
        function = option(function)
    return function


def password_from(env: str | None, file: Path | None) -> Callable[[Path], str]:
    """Return what to ask for the password of a key store.

    Raises `BadInvocation` for both options at once, or a source that has none.
    """
    if env is not None and file is not None:
        raise BadInvocation(
            "the password comes from one place only",
            where="--password-env and --password-file",
            hint=_example(),
        )
    if env is not None:
        if (told := os.environ.get(env)) is None:
            raise BadInvocation(
                "there is no environment variable of this name; the option takes the name, not"
                " the password",
                where="--password-env",
                hint=_example(),
            )
        return lambda _path: told
    if file is not None:
        line = _first_line(file)
        return lambda _path: line
    return _prompted


def _example(option: str = "--password-env PFX_PASSWORD") -> str:
    """Return how the command that is being used takes a password."""
    context = click.get_current_context(silent=True)
    words = (context.command_path if context else "").split()[1:] or ["check", "certificate"]
    subject = "RUN --key my.p12" if words == ["sign"] else "my.pfx"
    return f"for example: proefbank {' '.join(words)} {subject} {option}"


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return lines.readline(_LONGEST).rstrip("\r\n")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "it is no text"
        raise BadInvocation(
            f"the password cannot be read from {file}: {reason}",
            where="--password-file",
            hint=_example("--password-file my.password"),
        ) from problem


def _prompted(path: Path) -> str:
    if not sys.stdin.isatty():
        raise BadInvocation(
            "this key store has a password, and nobody is here to be asked for it",
            where=str(path),
            hint="give --password-env NAME or --password-file FILE; " + _example(),
        )
    told: str = click.prompt(
        f"password of {path.name}", hide_input=True, default="", show_default=False, err=True
    )
    return told
