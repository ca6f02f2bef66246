"""The command line: `proefbank run | serve | judge | rules | new | doctor`.

Commands are looked up by name and imported when used, so that `--version` and `--help` are
quick.
"""

from __future__ import annotations

import importlib
import sys

import click

from proefbank import __version__
from proefbank.errors import BenchError

__all__ = ["main"]

COMMANDS = {
    "run": "judge a client",
    "serve": "start the simulated services and leave them running",
    "judge": "judge a recording",
    "rules": "what is judged, and why",
    "report": "the pages of a run once more, or the answer to eHealth's notice",
    "check": "what a channel is set up with: certificate, key, name, password, or all of it",
    "certificate": "make a certificate that ChaMan takes, or export the .cer it wants",
    "keys": "the keys of a realm, and what has changed since yesterday",
    "new": "scaffold a rule",
    "doctor": "what this machine can do, and what to do about the rest",
}


class Lazy(click.Group):
    """A group whose commands live in `proefbank.commands`, one module each."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"proefbank.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start here: proefbank run, then proefbank run --client-command 'node adapter.js'",
)
@click.version_option(__version__, prog_name="proefbank")
def cli() -> None:
    """Judge a client of the Belgian government-identity services, rule by documented rule."""


def main() -> None:
    """Run the command line; a problem of ours or of the call is told in plain words."""
    try:
        status = cli.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        status = 4
    except click.Abort:
        click.echo("interrupted", err=True)
        status = 130
    except BenchError as error:
        click.echo(f"proefbank: {error}", err=True)
        status = error.exit_code
    sys.exit(status if isinstance(status, int) else 0)
