"""`proefbank check key`: the public key of an SFTP account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from proefbank.commands.check_options import EPILOG, concluded, reported

__all__ = ["command"]


@click.command("key", context_settings={"max_content_width": 100}, epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@reported
def command(file: Path, **told: Any) -> int:
    """Say whether the public key of an SFTP account will do.

    FILE is the public key, as OpenSSH writes it (one line), in RFC 4716 or in PEM. It has to have
    2048 to 4096 bits, so an RSA key; a private key is refused without a further look.

    \b
      proefbank check key ~/.ssh/id_rsa.pub
      ssh-keygen -t rsa -b 4096 -f sftp && proefbank check key sftp.pub
    """
    from proefbank.checking import Artefact  # noqa: PLC0415 - after --help
    from proefbank.clock import Clock  # noqa: PLC0415
    from proefbank.services.setup.artefacts.public_keys import public_key_facts  # noqa: PLC0415
    from proefbank.services.setup.wire.account import PublicKey  # noqa: PLC0415

    artefact = Artefact(file.name, PublicKey.kind, PublicKey, public_key_facts(file))
    return concluded([artefact], at=Clock().now(), **told)
