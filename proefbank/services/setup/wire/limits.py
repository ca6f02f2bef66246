"""The limits of ChaMan, read once from `limits.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

__all__ = ["CHANNELS", "LIMITS", "Authority", "Limits", "listed"]

CHANNELS = ("rest", "soap", "ftp", "sftp")
"""The channels that an account can be for; FLA uses REST."""


@dataclass(frozen=True, slots=True)
class Authority:
    """An issuer that ChaMan names, and the words by which it shows."""

    name: str
    common_name: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What ChaMan takes. Sizes are in bits, lengths in characters."""

    rsa_bits: tuple[int, ...]
    curves: tuple[str, ...]
    digests: tuple[str, ...]
    days_left: int
    authorities: Mapping[str, Authority]
    channels: Mapping[str, tuple[str, ...]]
    """Authorities by channel."""
    least_key_bits: int
    most_key_bits: int
    least_name: int
    most_name: int
    most_password: int
    least_special: int
    special: str
    doubtful: str
    """Characters that may or may not belong to `special`: the source is garbled there."""


def listed(items: tuple[object, ...], word: str = "or") -> str:
    """Return `a, b or c`."""
    told = [str(item) for item in items]
    return f" {word} ".join(filter(None, [", ".join(told[:-1]), told[-1]]))


def _read() -> Limits:
    page = resources.files(__package__.rpartition(".")[0]) / "limits.toml"
    raw = tomllib.loads(page.read_text(encoding="utf-8"))
    certificate, password = raw["certificate"], raw["password"]
    authorities = {
        key: Authority(
            told["name"],
            tuple(told.get("common_name", ())),
            tuple(told.get("organisation", ())),
        )
        for key, told in certificate["authorities"].items()
    }
    return Limits(
        rsa_bits=tuple(certificate["rsa_bits"]),
        curves=tuple(certificate["curves"]),
        digests=tuple(certificate["digests"]),
        days_left=certificate["days_left"],
        authorities=authorities,
        channels={name: tuple(told) for name, told in certificate["channels"].items()},
        least_key_bits=raw["key"]["least_bits"],
        most_key_bits=raw["key"]["most_bits"],
        least_name=raw["name"]["least"],
        most_name=raw["name"]["most"],
        most_password=password["most"],
        least_special=password["least_special"],
        special=password["special"],
        doubtful=password["doubtful"],
    )


LIMITS = _read()
