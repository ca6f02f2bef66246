"""Opening the file of a certificate: PEM, DER, or a PKCS#12 key store."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from proefbank.errors import BadInvocation

from .files import labels_in, read_small, text_of
from .key_stores import is_key_store, open_key_store
from .strangers import refusal

__all__ = ["CertificateFile", "open_certificate"]

EXAMPLE = "for example: proefbank check certificate my.cer"
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_MOST = 50
"""Certificates that are read of one file."""


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """What was found in a file."""

    path: Path
    form: str
    """`pem`, `der` or `pkcs12`."""
    certificate: x509.Certificate
    """The one that no other certificate of the file was issued by: the end of the chain."""
    certificates: int
    private_key: bool
    """Whether the file holds a private key; it is not kept."""
    key_fits: bool = False
    """Whether that is known to be the key of the certificate."""
    alias: str = ""


def open_certificate(path: Path, password: Callable[[Path], str]) -> CertificateFile:
    """Open a file; `password` is asked for one if a key store does not open without.

    Raises `BadInvocation` for anything that holds no certificate; what it holds is not repeated.
    """
    data = read_small(path, example=EXAMPLE)
    try:
        if is_key_store(data):
            store = open_key_store(path, data, password)
            certificate = _end_of(store.certificates)
            key = store.private
            return CertificateFile(
                path,
                "pkcs12",
                certificate,
                len(store.certificates),
                private_key=key is not None,
                key_fits=key is not None and key.public_key() == certificate.public_key(),
                alias=store.alias,
            )
        text = text_of(data)
        if "CERTIFICATE" in (labels := labels_in(text)):
            found = [x509.load_pem_x509_certificate(block) for block in _BLOCK.findall(text)]
            if not found:
                raise ValueError("the certificate breaks off")
            private = any("PRIVATE KEY" in label for label in labels)
            end = _end_of(found[:_MOST])
            return CertificateFile(path, "pem", end, len(found), private_key=private)
        if not labels and (single := _der(data)) is not None:
            return CertificateFile(path, "der", single, 1, private_key=False)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as problem:
        raise BadInvocation(
            f"the certificate in it is damaged, or of a kind that cannot be read ({problem})",
            where=str(path),
            hint="see what OpenSSL says: openssl x509 -noout -text -in FILE",
        ) from problem
    raise refusal(path, data)


def _der(data: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(data)
    except ValueError:
        return None


def _end_of(found: Sequence[x509.Certificate]) -> x509.Certificate:
    if not found:
        raise ValueError("there is a private key in it, and no certificate")
    issuers = {one.issuer.public_bytes() for one in found if one.issuer != one.subject}
    return next((one for one in found if one.subject.public_bytes() not in issuers), found[0])
