"""`proefbank check`: judge what a channel is set up with, before the first call."""

from __future__ import annotations

import importlib

import click

__all__ = ["command"]

KINDS = {
    "certificate": "whether ChaMan takes a certificate, for which channel",
    "key": "whether the public key of an SFTP account will do",
    "name": "whether the user name of an FTP or SFTP account will do",
    "password": "whether the password of an FTP account will do",
    "setup": "whether a whole set-up, declared in a file, will do",
}


class Kinds(click.Group):
    """A group whose commands are imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order a user meets them."""
        return list(KINDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in KINDS:
            return None
        module = importlib.import_module(f"proefbank.commands.check_{cmd_name}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(KINDS.items()))


@click.group(
    "check",
    cls=Kinds,
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
    """
