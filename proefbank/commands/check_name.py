"""`proefbank check name`: the user name of an FTP or SFTP account."""

from __future__ import annotations

from typing import Any

import click

from proefbank.commands.check_options import EPILOG, concluded, reported
from proefbank.errors import BadInvocation

__all__ = ["command"]


@click.command("name", context_settings={"max_content_width": 100}, epilog=EPILOG)
@click.argument("name")
@reported
def command(name: str, **told: Any) -> int:
    """Say whether the user name of an FTP or SFTP account will do.

    It has 8 to 17 letters (A-Z, a-z) and digits, and no spaces; the rules are the same for both
    kinds of account. Put it between quotes, so that spaces are seen.

    \b
      proefbank check name voorbeeld01
      proefbank check name "voorbeeld 01"
    """
    from proefbank.checking import Artefact  # noqa: PLC0415 - after --help
    from proefbank.clock import Clock  # noqa: PLC0415
    from proefbank.services.setup.artefacts.words import name_facts  # noqa: PLC0415
    from proefbank.services.setup.wire.account import UserName  # noqa: PLC0415

    if not name:
        raise BadInvocation(
            "the name is empty", where="NAME", hint="for example: proefbank check name voorbeeld01"
        )
    artefact = Artefact("user name", UserName.kind, UserName, name_facts(name))
    return concluded([artefact], at=Clock().now(), **told)
