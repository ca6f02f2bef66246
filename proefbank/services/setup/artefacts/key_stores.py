"""PKCS#12 key stores (`.pfx`, `.p12`), opened with a password that goes nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from proefbank.errors import BadInvocation

__all__ = ["KeyStore", "is_key_store", "open_key_store"]

_LONG_FORM = 0x80
HINT = (
    "give the right one at the prompt, or by --password-env NAME or --password-file FILE; for"
    " example: proefbank check certificate my.pfx --password-file my.pfx.password"
)


@dataclass(frozen=True, slots=True)
class KeyStore:
    """What lay in a key store."""

    private: Any = field(repr=False)
    """The private key; None if there is none."""
    certificates: tuple[x509.Certificate, ...]
    """The certificate of the key first, if there is one."""
    alias: str


def is_key_store(data: bytes) -> bool:
    """Whether this begins like PKCS#12: a sequence, then version 3 (RFC 7292, 4)."""
    if data[:1] != b"\x30" or len(data) < 2:  # noqa: PLR2004 - a tag and a length
        return False
    more = data[1] - _LONG_FORM if data[1] >= _LONG_FORM else 0
    return data[2 + more : 5 + more] == b"\x02\x01\x03"


def open_key_store(path: Path, data: bytes, password: Callable[[Path], str]) -> KeyStore:
    """Open a key store, without a password if it has none; else `password` is asked.

    Raises `BadInvocation` when it does not open.
    """
    for empty in (None, b""):
        try:
            return _opened(data, empty)
        except (ValueError, UnsupportedAlgorithm):
            continue
    given = password(path)
    try:
        return _opened(data, given.encode())
    except ValueError as problem:
        raise BadInvocation(
            "the password does not open this key store, or the file is damaged",
            where=str(path),
            hint=HINT,
        ) from problem
    except UnsupportedAlgorithm as problem:
        raise BadInvocation(
            "this key store is encrypted in a way that is not supported any more",
            where=str(path),
            hint="bring it up to date: openssl pkcs12 -legacy -in old.pfx -nodes |"
            " openssl pkcs12 -export -out new.pfx",
        ) from problem


def _opened(data: bytes, password: bytes | None) -> KeyStore:
    found = pkcs12.load_pkcs12(data, password)
    entries = [*([found.cert] if found.cert else []), *found.additional_certs]
    names = [entry.friendly_name for entry in entries if entry.friendly_name]
    own = found.cert.friendly_name if found.cert else None
    alias = (own or (names[0] if names and not found.cert else b"")).decode("utf-8", "replace")
    return KeyStore(found.key, tuple(entry.certificate for entry in entries), alias)
