"""`proefbank check setup`: an organisation's set-up, declared in a file, before the first call."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proefbank.commands.check_options import EPILOG, reported
from proefbank.errors import BadInvocation

if TYPE_CHECKING:
    from proefbank.checking import Artefact
    from proefbank.services.setup.declaration.file import SetUpFile

__all__ = ["artefacts_of", "command"]

EXAMPLES = "proefbank.services.setup.examples"
HALF_A_DAY = 43_200


@click.command("setup", context_settings={"max_content_width": 100}, epilog=EPILOG)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--on",
    "day",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Judge how it stands on that day.  [default: today]",
)
@click.option(
    "--example",
    metavar="NAME",
    help="Print an example to begin with (`list` names them), or `keys`: what a file may say.",
)
@reported
def command(file: Path | None, day: datetime | None, example: str | None, **told: Any) -> int:
    """Judge the set-up that FILE (TOML) declares: enterprises, accounts, mandates, delegations.

    What ChaMan and MAHIS would refuse is found before anybody calls anything. Certificate files
    and user names in it are judged as well. What no machine can check has to be attested in the
    file, with who and when; what nobody attests leaves the result incomplete (exit code 2).

    \b
      proefbank check setup --example list
      proefbank check setup --example example-2 > setup.toml
      proefbank check setup setup.toml
      proefbank check setup setup.toml --on 2027-01-01 --reports reports --run set-up
    """
    from proefbank.checking import checked, run_folder  # noqa: PLC0415 - after --help
    from proefbank.clock import Clock  # noqa: PLC0415
    from proefbank.commands.check_setup_words import told_as_json, told_as_text  # noqa: PLC0415
    from proefbank.verdict import EXIT_CODES, RunVerdict  # noqa: PLC0415

    if example is not None:
        click.echo(_example(example), nl=False)
        return 0
    if file is None:
        raise BadInvocation(
            "name the file that declares the set-up",
            where="FILE",
            hint="to begin: proefbank check setup --example example-2 > setup.toml",
        )
    at = Clock().now() if day is None else day.replace(tzinfo=UTC).timestamp() + HALF_A_DAY
    made = read(file, at)
    folder = run_folder(told["reports"], told["run_name"], file.name, at)
    whole, *others = artefacts_of(made)
    words = ["proefbank", *sys.argv[1:]]
    found = checked([whole, *others], at=at, command=words, folder=folder)
    if told["as_json"]:
        page = told_as_json(found.report, made.declaration)
        click.echo(json.dumps(page, ensure_ascii=False, indent=1))
    else:
        click.echo(told_as_text(found.report, made.declaration, [item.name for item in others]))
        if found.folder is not None:
            click.echo(f"\nreport: {found.folder}/report.html")
    return EXIT_CODES[RunVerdict(found.report["verdict"])]


def read(file: Path, at: float) -> SetUpFile:
    """Read a set-up file that is to be judged at `at` (epoch seconds)."""
    from proefbank.checking import PACKAGE  # noqa: PLC0415 - after --help
    from proefbank.judge import catalogue  # noqa: PLC0415
    from proefbank.services.setup.declaration.file import read_set_up  # noqa: PLC0415
    from proefbank.services.setup.wire.declaration import ATTESTED  # noqa: PLC0415

    attestable = [key for key in catalogue(PACKAGE) if key.startswith(ATTESTED)]
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    return read_set_up(file, day=day, attestable=attestable)


def artefacts_of(made: SetUpFile) -> Sequence[Artefact]:
    """Return what is judged: the declaration, and and what it names besides."""
    from proefbank.checking import Artefact  # noqa: PLC0415 - after --help
    from proefbank.services.setup.wire.account import PublicKey, UserName  # noqa: PLC0415
    from proefbank.services.setup.wire.certificate import Certificate  # noqa: PLC0415
    from proefbank.services.setup.wire.declaration import KIND, Declaration  # noqa: PLC0415

    declared = made.declaration
    stated = [
        f"{item.by} attested {item.requirement} on {item.on}." for item in declared.attestations
    ]
    whole = Artefact(declared.file, KIND, Declaration, declared.to_json(), notes=stated)
    certificates = [
        Artefact(str(facts["file"]), "certificate", Certificate, facts, channel)
        for channel, facts in made.beside.certificates
    ]
    names = [
        Artefact(str(facts["file"]), UserName.kind, UserName, facts) for facts in made.beside.names
    ]
    keys = [
        Artefact(str(facts["file"]), PublicKey.kind, PublicKey, facts) for facts in made.beside.keys
    ]
    return [whole, *certificates, *names, *keys]


def _example(name: str) -> str:
    folder = resources.files(EXAMPLES)
    known = sorted(
        item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")
    )
    if name == "list":
        return "".join(f"{item}\n" for item in known)
    if name == "keys":
        return (folder / "KEYS.md").read_text(encoding="utf-8")
    alike = [item for item in known if item == name or item.startswith(f"{name}-")]
    if len(alike) != 1:
        raise BadInvocation(
            f"there is no example called {name}",
            where="--example",
            hint=f"one of: {' '.join(known)}",
        )
    return (folder / f"{alike[0]}.toml").read_text(encoding="utf-8")
