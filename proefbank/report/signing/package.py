"""Puts a sign-off onto a run: the pages with its block, the manifest, the signature over it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.files import put
from proefbank.report.manifest import MANIFEST, SIGNATURE, STAMP, STAMP_DIGEST
from proefbank.report.signing.detached import Detached, read_detached, sign_detached
from proefbank.report.signing.inside import Damaged, raw
from proefbank.report.signing.signer import Signer
from proefbank.report.signing.timestamp import Stamp, read_stamp, request
from proefbank.report.write import render

__all__ = ["attach_stamp", "digest_line", "put_signature", "signature_of", "stamp_request"]

_LARGEST = 1 << 20


def put_signature(folder: Path, signer: Signer, declared: Mapping[str, Any], at: float) -> None:
    """Render the run with its sign-off block and sign its manifest.

    An older signature and its time stamp go first, so that no folder ever holds a signature
    beside pages that it was not made for.
    """
    for name in (STAMP, STAMP_DIGEST, SIGNATURE):
        (folder / name).unlink(missing_ok=True)
    render(folder, signoff=declared)
    text = sign_detached((folder / MANIFEST).read_bytes(), signer, declared, at)
    put(folder / SIGNATURE, text.encode("ascii"))


def signature_of(folder: Path) -> Detached:
    """Return the signature of a signed run, not verified; raises `BadInvocation`."""
    try:
        return read_detached(raw(folder, SIGNATURE, _LARGEST))
    except Damaged as problem:
        raise BadInvocation(
            f"the run has no signature that could get a time stamp: {problem}",
            where=str(folder / SIGNATURE),
            hint="sign it first: proefbank sign RUN --key FILE --certificate FILE …",
        ) from problem


def stamp_request(folder: Path) -> bytes:
    """Return the request for a time stamp about the run's signature; raises `BadInvocation`."""
    return request(signature_of(folder).signature)


def attach_stamp(folder: Path, answer: Path) -> Stamp:
    """Check what a time stamp authority answered, and put it beside the signature.

    With it goes its digest, in the form that `sha256sum --check` reads: a few bytes of an answer
    are covered by no signature, and a change in them is to be seen too. Raises `BadInvocation`.
    """
    told = signature_of(folder)
    try:
        data = raw(answer.resolve().parent, answer.resolve().name, _LARGEST)
        stamp = read_stamp(data, told.signature, ())
    except Damaged as problem:
        raise BadInvocation(
            f"this cannot be attached: {problem}",
            where=f"--timestamp {answer}",
            hint="proefbank sign RUN --timestamp-request my.tsq writes what to send",
        ) from problem
    put(folder / STAMP, data)
    put(folder / STAMP_DIGEST, digest_line(data))
    return stamp


def digest_line(data: bytes) -> bytes:
    """Return what `manifest.tsr.sha256` holds about a `manifest.tsr` of these bytes."""
    return f"{hashlib.sha256(data).hexdigest()}  {STAMP}\n".encode("ascii")
