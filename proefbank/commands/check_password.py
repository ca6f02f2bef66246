"""`proefbank check password`: the password of an FTP account, which is never shown or kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from proefbank.commands.check_options import EPILOG, concluded, reported
from proefbank.errors import BadInvocation

__all__ = ["command"]

_LONGEST = 1_000


@click.command(
    "password",
    context_settings={"max_content_width": 100, "ignore_unknown_options": True},
    epilog=EPILOG,
    options_metavar="[OPTIONS]",
)
@click.argument("words", nargs=-1, metavar="")
@reported
def command(words: Sequence[str], **told: Any) -> int:
    """Say whether the password of an FTP account will do.

    It is asked for without echo, or read from standard input; it is not taken from the command
    line, where others could see it, and is neither shown nor written down. At most 15
    characters, two of them or more special ones of the published list, no spaces.

    \b
      proefbank check password
      proefbank check password < ftp.password
    """
    from proefbank.checking import Artefact  # noqa: PLC0415 - after --help
    from proefbank.clock import Clock  # noqa: PLC0415
    from proefbank.services.setup.artefacts.words import password_facts  # noqa: PLC0415
    from proefbank.services.setup.wire.account import Password  # noqa: PLC0415

    if words:
        raise BadInvocation(
            "no password is taken from the command line, where others on this machine see it and"
            " the shell's history keeps it; choose another one",
            where="check password",
            hint="then without it, to be asked: proefbank check password",
        )
    artefact = Artefact("password", Password.kind, Password, password_facts(_read()))
    return concluded([artefact], at=Clock().now(), words=["check", "password"], **told)


def _read() -> str:
    if sys.stdin.isatty():
        told: str = click.prompt(
            "password", hide_input=True, default="", show_default=False, err=True
        )
        lines = [told]
    else:
        text = sys.stdin.read(_LONGEST + 1)
        lines = text.removesuffix("\n").removesuffix("\r").split("\n")
        if len(text) > _LONGEST or len(lines) > 1:
            raise BadInvocation(
                f"this is more than one line, or longer than {_LONGEST} characters",
                where="standard input",
                hint="one line with the password: proefbank check password < ftp.password",
            )
    if not lines[0]:
        raise BadInvocation(
            "the password is empty",
            where="check password",
            hint="type it at the prompt, or: proefbank check password < ftp.password",
        )
    return lines[0]
