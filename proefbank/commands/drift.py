"""`proefbank drift`: the same client on mock and on ACC, and what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from proefbank.drift.compare import Difference, Drift

__all__ = ["command"]

_HEAD = "| Exchange | In | Part | {left} | {right} | Weight |\n|---|---|---|---|---|---|"


@click.command(
    "drift",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 no difference, 1 differences, 4 bad invocation.",
)
@click.argument("left", metavar="A", type=click.Path(path_type=Path))
@click.argument("right", metavar="B", type=click.Path(path_type=Path))
@click.option("--profile", type=click.Path(path_type=Path), help="Settings of the services (TOML).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of a table.")
@click.option("--output", type=click.Path(path_type=Path), help="Write it there as well.")
def command(
    left: Path,
    right: Path,
    profile: Path | None,
    as_json: bool,  # noqa: FBT001 - click calls it by name
    output: Path | None,
) -> int:
    """Compare what one client said on two targets, and what it was answered.

    A and B are runs or recordings of the same client: the folder of a run, an events.ndjson, a
    HAR archive or a cassette. Requests should not differ. Where answers do, the simulator is
    wrong, unless the sources leave it free. Values that have to differ (ids, times, tokens,
    hosts) are compared by their kind.

    \b
      proefbank drift reports/on-mock reports/on-acc
      proefbank drift reports/on-mock acc.har --output drift.md
    """
    from proefbank.drift.compare import drift_between  # noqa: PLC0415 - after --help
    from proefbank.errors import BadInvocation  # noqa: PLC0415

    if profile is not None and not profile.is_file():
        raise BadInvocation(
            f"there is no file {profile}",
            where="--profile",
            hint="give the path of a file, or leave --profile out",
        )
    found = drift_between(left, right, profile=profile)
    text = json.dumps(found.to_json(), indent=2) if as_json else "\n".join(_markdown(found))
    click.echo(text)
    if output is not None:
        try:
            output.write_text(f"{text}\n", encoding="utf-8")
        except OSError as problem:
            raise BadInvocation(
                f"cannot be written: {problem.strerror or problem}",
                where="--output",
                hint=f"proefbank drift {left} {right} --output drift.md",
            ) from problem
    return int(found.drifted)


def _markdown(found: Drift) -> Iterator[str]:
    counted = [item for item in (*found.differences, *found.only) if item.weight == "difference"]
    sent = sum(item.message == "request" for item in counted)
    answered = sum(item.message == "answer" for item in counted)
    alone = len(counted) - sent - answered
    told = "DRIFT" if found.drifted else "NO DRIFT"
    yield (
        f"{told}: {sent} differences in requests, {answered} in answers, {alone} kinds of exchange "
        f"on one side only; {found.alike} of {found.pairs} kinds of answer that both have are alike"
    )
    if found.stages:
        yield f"Compared in {len(found.stages)} stagings that both have."
    rows = sorted((*found.differences, *found.only), key=lambda item: item.weight != "difference")
    if rows:
        yield ""
        yield _HEAD.format(left=_cell(found.left), right=_cell(found.right))
        yield from map(_row, rows)


def _row(item: Difference) -> str:
    weight = f"{item.weight}: {item.why}" if item.why else item.weight
    cells = (item.kind, item.message, item.part, item.left, item.right, weight)
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text).replace("|", "\\|")
