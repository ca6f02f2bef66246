"""The command line: `proefbank run | serve | judge | rules | new | doctor`.

Commands are looked up by name and imported when used, so that `--version` and `--help` are
quick.
"""

from __future__ import annotations

import sys

import click

from proefbank import __version__
from proefbank.errors import BenchError
from proefbank.lazy import LazyGroup

__all__ = ["main"]

COMMANDS = {
    "init": "write proefbank.toml: every setting, with a line that explains it",
    "run": "judge a client",
    "serve": "start the simulated services and leave them running",
    "record": "record what a client says to acceptance, without what nobody should keep",
    "judge": "judge a recording",
    "waive": "accept one failure of a run until a day",
    "rules": "what is judged, and why",
    "report": "the pages of a run once more, or the answer to eHealth's notice",
    "sign": "sign a run off, so that others can check it without trusting us",
    "verify": "check a run that somebody signed: signature, content and evidence",
    "diff": "what changed between two runs",
    "drift": "the same client on mock and on ACC: what differs in what was said",
    "badge": "the verdict of a run as a small picture (SVG)",
    "merge": "one run from parts that several machines went through",
    "check": "what a channel is set up with: certificate, key, name, password, or all of it",
    "certificate": "make a certificate that ChaMan takes, or export the .cer it wants",
    "keys": "the keys of a realm, and what has changed since yesterday",
    "new": "scaffold a rule",
    "doctor": "what this machine can do, and what to do about the rest",
}


@click.group(
    cls=LazyGroup,
    listed=COMMANDS,
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
