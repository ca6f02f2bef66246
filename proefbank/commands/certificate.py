"""`proefbank certificate`: make one that ChaMan takes, or export the `.cer` that it wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from proefbank.commands.password_source import password_from, password_options
from proefbank.errors import BadInvocation

__all__ = ["command"]

SOON = 10
"""Years; nobody means more."""


@click.group("certificate", context_settings={"max_content_width": 100})
def command() -> None:
    """Make a certificate that ChaMan takes, or export the .cer that it wants.

    \b
      proefbank certificate new --organisation "Voorbeeld vzw"
      proefbank certificate export my.pfx -o my.cer
    """


@command.command("export", context_settings={"max_content_width": 100})
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to.  [default: the same name with .cer]",
)
@click.option("--der", is_flag=True, help="Write DER instead of PEM.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@password_options
def export(file: Path, out: Path | None, **told: Any) -> None:
    """Write the public certificate in a key store (.pfx, .p12) as the .cer that ChaMan wants.

    The private key stays where it is. Any other file that holds a certificate will do as well.

    \b
      proefbank certificate export my.pfx
      proefbank certificate export my.pfx -o upload.cer --password-env PFX_PASSWORD
    """
    from proefbank.certificates import to_der, to_pem  # noqa: PLC0415 - after --help
    from proefbank.commands.certificate_files import write_public  # noqa: PLC0415
    from proefbank.services.setup.artefacts.certificate_files import (  # noqa: PLC0415
        open_certificate,
    )

    opened = open_certificate(file, password_from(told["password_env"], told["password_file"]))
    target = out or file.with_suffix(".cer")
    data = to_der(opened.certificate) if told["der"] else to_pem(opened.certificate)
    write_public(target, data, force=told["force"])
    click.echo(f"certificate: {target}\nnext: proefbank check certificate {target}")


@command.command("new", context_settings={"max_content_width": 100})
@click.option("--organisation", required=True, metavar="NAME", help="The enterprise's own name.")
@click.option("--enterprise-number", metavar="NUMBER", help="Its number: ten digits.")
@click.option("--years", type=click.IntRange(1, SOON), default=2, show_default=True)
@click.option(
    "--kind",
    type=click.Choice(["RSA-2048", "RSA-3072", "RSA-4096", "P-384", "P-521"], case_sensitive=False),
    default="RSA-3072",
    show_default=True,
    help="Kind of key; the official sample client is written for RSA.",
)
@click.option(
    "--digest",
    type=click.Choice(["SHA-256", "SHA-384", "SHA-512"], case_sensitive=False),
    default="SHA-256",
    show_default=True,
)
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("my.cer"),
    show_default=True,
    help="The certificate; the key lies beside it, as .key.",
)
def new(organisation: str, enterprise_number: str | None, out: Path, **told: Any) -> None:
    """Make a self-signed certificate that ChaMan takes for REST, and its private key.

    The key file is for its owner's eyes only and has no password. Files that are there are left
    alone: choose another name.

    \b
      proefbank certificate new --organisation "Voorbeeld vzw"
      proefbank certificate new --organisation "Voorbeeld vzw" --kind P-384 -o acc.cer
    """
    from proefbank.clock import Clock  # noqa: PLC0415 - after --help
    from proefbank.commands.certificate_files import (  # noqa: PLC0415
        key_beside,
        new_certificate,
        write_private,
        write_public,
    )

    number = _number(enterprise_number)
    if not organisation.strip() or len(organisation) > 64:  # noqa: PLR2004 - RFC 5280, ub-organization-name
        raise BadInvocation(
            "the name has 1 to 64 characters",
            where="--organisation",
            hint='for example: proefbank certificate new --organisation "Voorbeeld vzw"',
        )
    key_file = key_beside(out)
    certificate, key = new_certificate(
        organisation.strip(),
        number,
        kind=told["kind"].upper(),
        digest=told["digest"].upper(),
        years=told["years"],
        at=Clock().now(),
    )
    write_private(key_file, key)
    write_public(out, certificate)
    click.echo(
        f"certificate: {out}\nprivate key: {key_file} (keep it to yourself)\n"
        f"next: proefbank check certificate {out}"
    )


def _number(told: str | None) -> str:
    """Return the enterprise number; raises `BadInvocation` unless its digits add up."""
    if told is None:
        return ""
    digits = told if told.isascii() and told.isdigit() else ""
    if len(digits) != 10 or digits[0] not in "01":  # noqa: PLR2004 - ten digits
        raise BadInvocation(
            "an enterprise number has ten digits, the first of them 0 or 1, without BE and dots",
            where="--enterprise-number",
            hint="for example: --enterprise-number 0000000196",
        )
    if int(digits[8:]) != 97 - int(digits[:8]) % 97:
        raise BadInvocation(
            "the last two digits do not belong to the others, so one of them is mistyped",
            where="--enterprise-number",
            hint="for example: --enterprise-number 0000000196",
        )
    return digits
