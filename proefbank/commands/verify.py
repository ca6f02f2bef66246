"""`proefbank verify`: check a run that somebody signed."""

from __future__ import annotations

import json
from pathlib import Path

import click

from proefbank.commands.runs import run_named

__all__ = ["command"]


@click.command(
    "verify",
    context_settings={"max_content_width": 100},
    epilog="Exit code: 0 all valid, 1 something is wrong, 2 not signed or not to be told here,"
    " 4 bad invocation.",
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--trust",
    "trust",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Certificates to rely on (PEM): of the signer's authority, of the time stamp's."
    " More than once.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(run: Path, trust: tuple[Path, ...], *, as_json: bool) -> int:
    """Check a run that somebody signed, whoever made it and wherever it lies.

    RUN is the folder, or its name below reports. Three questions are answered apart:

    \b
      1 signature  does it hold, whose is it, and is it still valid?
      2 content    is every file the one that was signed, and do the pages agree?
      3 evidence   does events.ndjson, judged again, give the same verdicts and report?

    Without --trust a signature is self-asserted: it shows that whoever has the key with the
    fingerprint that is told has signed, and you have to know the fingerprint. Nothing is fetched,
    and nothing outside the folder is read. No check can tell whether what events.ndjson tells did
    happen, or who the names in a sign-off are: for that, whoever has the key answers.

    \b
      proefbank verify reports/2026-11-22-0700-client --trust our-authority.pem
    """
    from proefbank.clock import Clock  # noqa: PLC0415 - after --help
    from proefbank.report.signing.signer import read_certificates  # noqa: PLC0415
    from proefbank.verifying import EXIT_CODES, verify  # noqa: PLC0415

    run = run_named(run)
    anchors = [one for path in trust for one in read_certificates(path, "--trust")]
    result = verify(run, anchors, Clock().now())
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=1, ensure_ascii=True))
        return EXIT_CODES[result.standing]
    click.echo(result.headline)
    for number, line in enumerate(result.lines, start=1):
        click.echo(f"\n{number} {line.about:<9}  {line.standing.value}: {line.text}")
        for problem in line.problems:
            click.echo(f"    {problem}")
        for note in line.notes:
            click.echo(f"    note: {note}")
    return EXIT_CODES[result.standing]
