"""`proefbank merge`: one run from the parts that several machines went through."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from proefbank.commands.runs import folder_of, report_in
from proefbank.errors import BadInvocation

__all__ = ["command"]


@click.command(
    "merge",
    context_settings={"max_content_width": 100},
    epilog="Exit code: that of the whole run, as for `proefbank run`.",
)
@click.argument("runs", nargs=-1, required=True)
@click.option("--reports", metavar="DIR", default="reports", show_default=True, help="Where to.")
@click.option("--run", "name", metavar="NAME", default="merged", show_default=True, help="Folder.")
def command(runs: tuple[str, ...], reports: str, name: str) -> int:
    """Make one run of parts: `proefbank run --shard 1/3`, `2/3` and `3/3`.

    RUNS are folders, or names below --reports. The parts need the same client and seed. Where
    one is missing, the whole is incomplete.

    \b
      proefbank run --shard 1/2 --seed 7 --run part-1    # on one machine
      proefbank run --shard 2/2 --seed 7 --run part-2    # on another
      proefbank merge part-1 part-2 --run nightly
    """
    from proefbank.merging import merge_runs  # noqa: PLC0415 - after --help
    from proefbank.report.waiver_text import waiver_lines  # noqa: PLC0415
    from proefbank.verdict import EXIT_CODES, RunVerdict  # noqa: PLC0415

    into = Path(reports) / name
    folders = [folder_of(run, Path(reports)) for run in runs]
    if Path(name).name != name or into.resolve() in [folder.resolve() for folder in folders]:
        raise BadInvocation(
            f"{name!r} cannot be the folder of the whole",
            where="--run",
            hint="a name of its own: proefbank merge part-1 part-2 --run nightly",
        )
    words = ["proefbank", *sys.argv[1:]]
    try:
        told = merge_runs(folders, [report_in(folder) for folder in folders], into, command=words)
    except OSError as problem:
        raise BadInvocation(
            f"no run can be written to {into}: {problem.strerror}", where="--reports"
        ) from problem
    click.echo("\n".join([told["headline"], *waiver_lines(told)]))
    click.echo(f"\nreport: {into}/report.html")
    return EXIT_CODES[RunVerdict(told["verdict"])]
