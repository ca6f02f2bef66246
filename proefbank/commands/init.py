"""`proefbank init`: a commented profile to begin with, or the schema of profiles."""

from __future__ import annotations

from pathlib import Path

import click

from proefbank.errors import BadInvocation

__all__ = ["command"]


@click.command(
    "init",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 written, 4 bad invocation.",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--client-command", metavar="CMD", help="Write that CMD starts the client.")
@click.option("--client", metavar="MODULE:CLASS", help="Write that this Python class is it.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--schema", "wants_schema", is_flag=True, help="Print the JSON Schema of profiles.")
def command(
    file: Path | None,
    client_command: str | None,
    client: str | None,
    *,
    force: bool,
    wants_schema: bool,
) -> int:
    """Write proefbank.toml, with every setting there is and a line that explains it.

    What counts in it is enough for a run; the rest has # before it. FILE is another name or
    place; proefbank.toml is found by itself in the directory where a command is typed.

    \b
      proefbank init
      proefbank init --client-command "node adapter.mjs"
      proefbank init --schema > proefbank.schema.json
    """
    from proefbank.profile.file import PROFILE  # noqa: PLC0415 - after --help
    from proefbank.profile.keys import schema_text  # noqa: PLC0415
    from proefbank.profile.text import profile_text  # noqa: PLC0415

    if wants_schema:
        click.echo(schema_text(), nl=False)
        return 0
    told = {"run.client_command": client_command, "run.client": client}
    named = {key: value for key, value in told.items() if value is not None}
    if len(named) > 1:
        raise BadInvocation(
            "only one client can be judged, and --client-command and --client both name one",
            where="--client",
            hint='for example: proefbank init --client-command "node adapter.mjs"',
        )
    path = Path(PROFILE) if file is None else file
    _write(path, profile_text(named), force=force)
    click.echo(f"wrote {path}: read it, and take the # away from what you need")
    click.echo("then proefbank run" + ("" if file is None else f" --profile {path}"))
    return 0


def _write(path: Path, text: str, *, force: bool) -> None:
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as problem:
        raise BadInvocation(
            f"{path} is there already", where="FILE", hint="write over it with --force"
        ) from problem
    except (OSError, UnicodeEncodeError) as problem:
        reason = getattr(problem, "strerror", None) or "the client cannot be written in UTF-8"
        raise BadInvocation(
            f"{path} cannot be written: {reason}", where="FILE", hint="name another place"
        ) from problem
