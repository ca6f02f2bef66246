"""`proefbank check`: judge what a channel is set up with, before the first call."""

from __future__ import annotations

import click

from proefbank.lazy import LazyGroup

__all__ = ["command"]

KINDS = {
    "certificate": "whether ChaMan takes a certificate, for which channel",
    "key": "whether the public key of an SFTP account will do",
    "name": "whether the user name of an FTP or SFTP account will do",
    "password": "whether the password of an FTP account will do",
    "connection": "whether a client and what it talks to can be judged at all",
    "setup": "whether a whole set-up, declared in a file, will do",
}


@click.group(
    "check",
    cls=LazyGroup,
    listed=KINDS,
    modules="proefbank.commands.check_{}",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 passed, 1 failed, 2 incomplete, 3 not assessed, 4 bad invocation.",
)
def command() -> None:
    """Judge what a channel is set up with, before the first call.

    Most integrations fail before a single line of client code runs. Nothing is uploaded: the
    files are read here, and judged by what the documents of ChaMan ask.

    \b
      proefbank check certificate my.cer
      proefbank check certificate my.pfx --channel sftp
      proefbank check key ~/.ssh/id_rsa.pub
      proefbank check name voorbeeld01
      proefbank check password
      proefbank check setup setup.toml
      proefbank check connection --target acc
    """
