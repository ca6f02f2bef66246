"""A new certificate with its key, and files that are written once and never over another."""

from __future__ import annotations

import os
from pathlib import Path

from proefbank.certificates import DIGESTS, begin, key_usage_of, name_of, to_pem
from proefbank.errors import BadInvocation
from proefbank.keys import KeyKind, mint_key

__all__ = ["key_beside", "new_certificate", "write_private", "write_public"]

DAY = 86_400
_KINDS: dict[str, KeyKind] = {
    "RSA-2048": "RSA-2048",
    "RSA-3072": "RSA-3072",
    "RSA-4096": "RSA-4096",
    "P-384": "EC P-384",
    "P-521": "EC P-521",
}


def new_certificate(
    organisation: str, enterprise_number: str, *, kind: str, digest: str, years: int, at: float
) -> tuple[bytes, bytes]:
    """Return a self-signed certificate and its private key, both in PEM.

    It is valid from `at` (epoch seconds) for `years` of 365 days, and for digital signatures
    (Opzetten kanaal REST API, 4.4.1). `kind` is `RSA-3072` or `P-384`, say.
    """
    key = mint_key(_KINDS[kind])
    number = [("serialNumber", enterprise_number)] if enterprise_number else []
    subject = name_of(("C", "BE"), ("O", organisation), *number, ("CN", organisation))
    builder = begin(
        key_usage_of(["digital_signature"]),
        subject=subject,
        issuer=subject,
        private=key.private,
        validity=(at, at + years * 365 * DAY),
    )
    made = builder.sign(key.private, DIGESTS[digest]())
    return to_pem(made), key.pem_private()


def key_beside(out: Path) -> Path:
    """Return where the key of a certificate goes; raises `BadInvocation` if either is there."""
    key_file = out.with_suffix(".key")
    if key_file == out:
        raise BadInvocation(
            "this is where the private key goes; the certificate ends in .cer",
            where="--out",
            hint="for example: -o my.cer",
        )
    for path in (out, key_file):
        if path.exists() or path.is_symlink():
            raise _there(path)
    return key_file


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only its owner may read; raises `BadInvocation` if it is there."""
    _write(path, data, mode=0o600)


def write_public(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a new file; over one that is there only by `force`, else raises `BadInvocation`."""
    _write(path, data, mode=0o644, force=force)


def _write(path: Path, data: bytes, *, mode: int, force: bool = False) -> None:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, mode), "wb") as file:
            file.write(data)
    except FileExistsError as problem:
        raise _there(path) from problem
    except OSError as problem:
        raise BadInvocation(
            f"{path} cannot be written: {problem.strerror or problem}",
            where="--out",
            hint="name a file in a folder that can be written, e.g. -o /tmp/my.cer",
        ) from problem


def _there(path: Path) -> BadInvocation:
    return BadInvocation(
        f"{path} is there already, and is left alone",
        where="--out",
        hint=f"choose another name: -o {path.with_name(f'{path.stem}-2.cer')}",
    )
