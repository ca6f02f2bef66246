"""`proefbank check certificate`: whether ChaMan takes it, before it is uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proefbank.commands.check_options import EPILOG, concluded, reported
from proefbank.commands.password_source import password_from, password_options
from proefbank.errors import BadInvocation

if TYPE_CHECKING:
    from proefbank.checking import Artefact

__all__ = ["command"]

CHANNELS = ("rest", "soap", "ftp", "sftp")


@click.command("certificate", context_settings={"max_content_width": 100}, epilog=EPILOG)
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--channel",
    "channels",
    multiple=True,
    type=click.Choice(CHANNELS, case_sensitive=False),
    help="What it is for; may be given several times.  [default: rest]",
)
@click.option(
    "--environment",
    type=click.Choice(["acc", "prod"], case_sensitive=False),
    help="Where it is to be uploaded; the report says so.",
)
@click.option("--alias", metavar="NAME", help="The alias by which the client asks a key store.")
@password_options
@reported
def command(files: Sequence[Path], channels: Sequence[str], **told: Any) -> int:
    """Say what a certificate is, and whether ChaMan takes it.

    FILE is a certificate (.cer, .crt, .pem; PEM or DER) or a key store (.pfx, .p12), whose
    password is asked for. Each limit is shown with the value found. The channels asked for
    decide; what holds for the others is said in a line. Nothing leaves this machine.

    \b
      proefbank check certificate my.cer
      proefbank check certificate my.pfx --password-env PFX_PASSWORD --alias 1
      proefbank check certificate batch.cer --channel ftp --channel sftp
      proefbank check certificate *.cer --json
      proefbank check certificate my.cer --environment acc --reports reports --run before
    """
    from proefbank.clock import Clock  # noqa: PLC0415 - after --help

    if not files:
        raise BadInvocation(
            "name at least one file", where="FILE", hint="proefbank check certificate my.cer"
        )
    wanted = list(dict.fromkeys(channels)) or ["rest"]
    ask = password_from(told["password_env"], told["password_file"])
    artefacts: list[Artefact] = []
    asides: list[Artefact] = []
    unread: list[dict[str, str]] = []
    for path in files:
        try:
            made = list(_artefacts(path, ask, told["alias"]))
        except BadInvocation as problem:
            click.echo(f"proefbank: {problem}", err=True)
            unread.append({"file": path.name, "problem": problem.message, "hint": problem.hint})
            continue
        artefacts += [item for channel in wanted for item in made if item.channel == channel]
        asides += [item for item in made if item.channel not in wanted]
    environment = told["environment"] or ""
    status = concluded(
        artefacts,
        at=Clock().now(),
        reports=told["reports"],
        run_name=told["run_name"],
        as_json=told["as_json"],
        environment=environment,
        asides=asides,
        unread=unread,
    )
    if environment == "acc" and not told["as_json"]:
        click.echo(
            "\nAcceptance is separate from production: the certificate is uploaded in the ChaMan"
            " of\neach of them (Opzetten kanaal REST API, 5.3)."
        )
    return status


def _artefacts(path: Path, ask: Any, alias: str | None) -> Iterator[Artefact]:
    from proefbank.checking import Artefact  # noqa: PLC0415 - after --help
    from proefbank.services.setup.artefacts.certificate_facts import (  # noqa: PLC0415
        certificate_facts,
    )
    from proefbank.services.setup.artefacts.certificate_files import (  # noqa: PLC0415
        open_certificate,
    )
    from proefbank.services.setup.wire.certificate import Certificate  # noqa: PLC0415

    facts = certificate_facts(open_certificate(path, ask), alias=alias)
    for channel in CHANNELS:
        yield Artefact(path.name, "certificate", Certificate, facts, channel)
