"""`proefbank check connection`: whether a client and its target can be judged at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from textwrap import indent
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from proefbank.choices import Choices
    from proefbank.connection.reaching import Row

__all__ = ["command"]

_MARKS = {"passed": "✓", "failed": "✕", "skipped": "–", "noted": "i"}


@click.command(
    "connection",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 nothing stands in the way, 3 something does, 4 bad invocation.",
)
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--client", metavar="MODULE:CLASS", help="Look at this Python class.")
@click.option("--client-command", metavar="CMD", help="Look at the client that CMD starts.")
@click.option("--attach", is_flag=True, help="Wait for an adapter on a loopback port.")
@click.option(
    "--target",
    type=click.Choice(["mock", "acc"]),
    help="What the client is to talk to; mock if left out.",
)
@click.option("--profile", metavar="FILE", help="Where acceptance is, and who the client is there.")
@click.option("--no-profile", is_flag=True, help="Leave the proefbank.toml that lies here.")
@click.option("--port", type=int, metavar="N", help="Port of the simulated service or recorder.")
@click.option("--hello-timeout", type=float, metavar="S", help="Seconds to say hello in.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(services: tuple[str, ...], as_json: bool, **told: Any) -> int:  # noqa: FBT001 - of click
    """Look whether a client and its target can be judged, before a run does.

    The client starts and says hello; it trusts the authority of the run; ports are free; for
    acceptance: name, connection, trust, our certificate, an answer, the clocks, and whether
    certificate, key and account belong together. No error is provoked anywhere, and what is red
    here is no failure of the client.

    \b
      proefbank check connection --client-command "node adapter.mjs"
      proefbank check connection --target acc --profile proefbank.toml
    """
    from proefbank.service import service  # noqa: PLC0415 - after --help

    choices = _choices(services, told)
    found: dict[str, Sequence[Row]] = {}
    for name in choices.services:
        from proefbank.connection.checks import look  # noqa: PLC0415 - after --help

        found[name] = look(choices, service(name, staged=True))
        if not as_json:
            _show(name, found[name])
    red = any(row.outcome == "failed" for rows in found.values() for row in rows)
    if as_json:
        page = {name: [row.to_json() for row in rows] for name, rows in found.items()}
        click.echo(json.dumps({"ready": not red, "services": page}, ensure_ascii=False, indent=1))
    elif red:
        click.echo("NOT READY: a run would not be assessed", err=True)
    else:
        click.echo("READY: nothing stands in the way of a run")
    return 3 if red else 0


def _choices(services: Sequence[str], told: Mapping[str, Any]) -> Choices:
    """Return what was chosen; raises `BadInvocation` for what cannot be."""
    from proefbank.acceptance.run import services_there  # noqa: PLC0415 - after --help
    from proefbank.choices import Choices  # noqa: PLC0415
    from proefbank.commands.profile_option import with_profile  # noqa: PLC0415
    from proefbank.service import service  # noqa: PLC0415
    from proefbank.service import services as staged  # noqa: PLC0415

    filled = with_profile({"services": services, **told})
    names = list(filled.pop("services") or ())
    for name in names:
        service(name, staged=True)
    if filled["target"] == "acc":
        names = services_there(filled["profile"], names)
    return Choices.told({**filled, "services": names or list(staged())})


def _show(name: str, rows: Sequence[Row]) -> None:
    click.echo(f"{name}:")
    for row in rows:
        detail = f": {row.detail}" if row.detail else ""
        click.echo(f"  {_MARKS[row.outcome]} {row.outcome:<8} {row.check}{detail}")
        if row.hint and row.outcome in ("failed", "noted"):
            click.echo(indent(row.hint, " " * 13))
