"""`proefbank sign`: sign a run off, so that others can check it without trusting us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from proefbank.commands.password_source import password_from, password_options
from proefbank.commands.runs import run_named
from proefbank.commands.sign_words import EXAMPLE, last_day, signatories_told, text_told
from proefbank.errors import BadInvocation

__all__ = ["command"]

_FILE = click.Path(path_type=Path)


@click.command("sign", context_settings={"max_content_width": 100})
@click.argument("run", type=_FILE)
@click.option("--key", metavar="FILE", type=_FILE, help="Private key: PEM, PKCS#8 or PKCS#12.")
@click.option(
    "--certificate",
    metavar="FILE",
    type=_FILE,
    help="Its certificate, with those that lead to its authority (PEM)."
    "  [default: those in the PKCS#12]",
)
@password_options
@click.option(
    "--algorithm",
    type=click.Choice(["RS256", "PS256", "ES256", "ES384", "ES512"]),
    help="Of the signature.  [default: RS256 for RSA, what goes with the curve for EC]",
)
@click.option("--name", "names", metavar="TEXT", multiple=True, help="Who signs off.")
@click.option("--role", "roles", metavar="TEXT", multiple=True, help="Each one's role, in order.")
@click.option(
    "--purpose", metavar="TEXT", default="conformance sign-off", show_default=True, help="What for."
)
@click.option("--valid-until", metavar="DATE", help="Last day of the sign-off, e.g. 2027-06-30.")
@click.option(
    "--valid-days",
    metavar="N",
    type=click.IntRange(1, 3660),
    help="The same in days.  [default: 365]",
)
@click.option(
    "--although",
    multiple=True,
    type=click.Choice(["failed", "incomplete", "expired-certificate"]),
    help="Sign in spite of it; the pages and the signature then say so. More than once.",
)
@click.option("--replace", is_flag=True, help="Take the place of the signature that is there.")
@click.option(
    "--timestamp-request",
    metavar="FILE",
    type=_FILE,
    help="Write what to send to a TSA (RFC 3161).",
)
@click.option("--timestamp", metavar="FILE", type=_FILE, help="Attach what the TSA answered.")
def command(run: Path, **told: Any) -> int:
    """Sign a run off: manifest.jws, a detached JWS over the digests of all its files.

    RUN is its folder, or its name below reports. What is signed is checked first: the files are
    those of the run, and its evidence, judged again, gives its verdicts. A run that failed or is
    incomplete is refused unless --although says so; one that was not assessed always is.

    The private key and its password appear in no file and no message.

    \b
      proefbank sign reports/NAME --key my.p12 --name "An Voorbeeld" --role "integration lead"
    A time stamp, from an authority of your choice:
      proefbank sign reports/NAME --timestamp-request my.tsq
      curl --data-binary @my.tsq -H 'Content-Type: application/timestamp-query' URL > my.tsr
      proefbank sign reports/NAME --timestamp my.tsr
    """
    run = run_named(run)
    if not (run / "manifest.json").is_file():
        raise BadInvocation(
            f"there is no run in {run}", where="RUN", hint="proefbank sign reports/NAME …"
        )
    if told["timestamp"] is not None:
        return _attach(run, told)
    if told["key"] is not None:
        _sign(run, told)
    elif told["timestamp_request"] is None or told["certificate"] is not None:
        raise BadInvocation("there is no key to sign with", where="--key", hint=EXAMPLE)
    if told["timestamp_request"] is not None:
        from proefbank.report.signing.package import stamp_request  # noqa: PLC0415

        _write(run, told["timestamp_request"], stamp_request(run))
        click.echo(f"time stamp request: {told['timestamp_request']}")
    return 0


def _sign(run: Path, told: Mapping[str, Any]) -> None:
    from proefbank.certificates import sha256_fingerprint  # noqa: PLC0415
    from proefbank.clock import Clock  # noqa: PLC0415 - after --help
    from proefbank.report.signing.chain import named  # noqa: PLC0415
    from proefbank.report.signing.package import put_signature  # noqa: PLC0415
    from proefbank.report.signing.signer import read_signer  # noqa: PLC0415
    from proefbank.report.signing.statement import Signatory, statement  # noqa: PLC0415

    who = [Signatory(*pair) for pair in signatories_told(told["names"], told["roles"])]
    purpose = text_told(told["purpose"], "--purpose")
    now = Clock().now()
    until = last_day(told["valid_until"], told["valid_days"], now)
    password = password_from(told["password_env"], told["password_file"])
    signer = read_signer(told["key"], told["certificate"], password, told["algorithm"])
    if (run / "manifest.jws").exists() and not told["replace"]:
        raise BadInvocation(
            "the run is signed already",
            where=str(run / "manifest.jws"),
            hint="proefbank verify tells by whom; --replace takes its place",
        )
    report = _sound(run)
    although = _although(report, signer.chain[0], told["although"], now)
    declared = statement(
        report,
        who,
        purpose=purpose,
        period=(now, until),
        although=although,
        certificate={
            "subject": named(signer.chain[0]),
            "sha256": sha256_fingerprint(signer.chain[0]),
        },
        time_stamp=told["timestamp_request"] is not None,
    )
    try:
        put_signature(run, signer, declared, now)
    except OSError as problem:
        raise BadInvocation(
            f"the run cannot be written: {problem.strerror or problem}", where=str(run)
        ) from problem
    _tell(run, declared)


def _tell(run: Path, declared: Mapping[str, Any]) -> None:
    by = "; ".join(f"{one['name']} ({one['role']})" for one in declared["signatories"])
    click.echo(f"signed by {by}, until {declared['valid_until']}")
    for text in declared["reservations"]:
        click.echo(f"although {text}, which the signature and the pages say")
    click.echo(f"certificate: {declared['certificate']['subject']}")
    click.echo(f"fingerprint: {declared['certificate']['sha256']}")
    click.echo(f"signature: {run / 'manifest.jws'}")


def _sound(run: Path) -> dict[str, Any]:
    """Return the report of a run that holds together; raises `BadInvocation` for another."""
    from proefbank.recordings.again import check_evidence  # noqa: PLC0415
    from proefbank.report.signing.content import check_content  # noqa: PLC0415
    from proefbank.report.signing.pages import report_in  # noqa: PLC0415
    from proefbank.report.signing.standing import Standing  # noqa: PLC0415

    for check in (check_content, check_evidence):
        line = check(run)
        if line.standing is Standing.WRONG:
            raise BadInvocation(
                f"this is not what a run left behind, so it is not signed:\n  {line.problems[0]}",
                where=str(run),
                hint="proefbank verify tells all; proefbank report RUN renders pages again",
            )
        for note in line.notes:
            click.echo(f"note: {note}", err=True)
    return report_in(run)


def _although(
    report: Mapping[str, Any], certificate: Any, allowed: Sequence[str], now: float
) -> list[str]:
    """Return what stands against signing and was allowed; raises `BadInvocation` for the rest."""
    from proefbank.report.signing.chain import valid_at  # noqa: PLC0415
    from proefbank.report.signing.statement import RESERVATIONS, reservations  # noqa: PLC0415

    if report["verdict"] == "not_assessed":
        raise BadInvocation(
            "the run was not assessed, so there is nothing to sign off",
            where="RUN",
            hint=f"it says: {report['headline']}",
        )
    against = list(reservations(report))
    against += [] if valid_at(certificate, now) else ["expired-certificate"]
    for word in against:
        if word not in allowed:
            raise BadInvocation(
                f"{RESERVATIONS[word]}, so it is not signed",
                where="RUN" if word != "expired-certificate" else "--certificate",
                hint=f"--although {word} signs it all the same, and says so in the signature",
            )
    return against


def _attach(run: Path, told: Mapping[str, Any]) -> int:
    from proefbank.clock import to_iso  # noqa: PLC0415 - after --help
    from proefbank.report.signing.package import attach_stamp  # noqa: PLC0415

    if told["key"] is not None or told["timestamp_request"] is not None:
        raise BadInvocation(
            "a time stamp is about a signature that is there: it is attached by itself",
            where="--timestamp",
            hint="proefbank sign RUN --timestamp my.tsr",
        )
    try:
        stamp = attach_stamp(run, told["timestamp"])
    except OSError as problem:
        raise BadInvocation(
            f"the run cannot be written: {problem.strerror or problem}", where=str(run)
        ) from problem
    click.echo(f"time stamp: {to_iso(stamp.at)}, by {stamp.authority}")
    click.echo(f"fingerprint: {stamp.fingerprint}")
    click.echo(f"attached: {run / 'manifest.tsr'}")
    return 0


def _write(run: Path, path: Path, data: bytes) -> None:
    if path.resolve().is_relative_to(run.resolve()):
        raise BadInvocation(
            "in the folder of the run it would be a file too many",
            where="--timestamp-request",
            hint="for example: --timestamp-request my.tsq",
        )
    try:
        path.write_bytes(data)
    except OSError as problem:
        raise BadInvocation(
            f"cannot be written: {problem.strerror or problem}", where="--timestamp-request"
        ) from problem
