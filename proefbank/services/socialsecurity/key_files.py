"""Keys and self-signed certificates as files, made when they are first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from proefbank.certificates import to_pem
from proefbank.exchange import Secret
from proefbank.keys import SigningKey, key_for
from proefbank.pki import self_signed

from .provider.profile import Account

__all__ = ["KeyFiles"]

YEAR = 365 * 86_400.0


class KeyFiles:
    """One key and one certificate for each name, so that starting up makes no RSA key."""

    def __init__(self) -> None:
        """Start with none."""
        self._made: dict[str, tuple[SigningKey, x509.Certificate]] = {}

    def __contains__(self, name: str) -> bool:
        """Whether it was asked for before."""
        return name in self._made

    def certificate(self, name: str) -> x509.Certificate:
        """Return the certificate of that name; KeyError if it was not asked for yet."""
        return self._made[name][1]

    def files(self, entry: Account, name: str, folder: Path, instant: float) -> tuple[Path, Path]:
        """Return key and certificate file of that name, in the name of the account's enterprise.

        They are made the first time, valid from a year before `instant` (epoch seconds).
        """
        key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.cer"
        if name not in self._made:
            key = key_for(name, "RSA-2048")
            certificate = self_signed(
                key,
                organisation=f"Proefbank {entry.name}",
                enterprise_number=entry.enterprise_number,
                valid_from=instant - YEAR,
                valid_to=instant + 3 * YEAR,
            )
            self._made[name] = key, certificate
        if not key_file.exists():
            key_file.touch(mode=0o600)
            key_file.write_bytes(self._made[name][0].pem_private())
            certificate_file.write_bytes(to_pem(self._made[name][1]))
        return key_file, certificate_file

    def secrets(self) -> Sequence[Secret]:
        """Return the private keys."""
        return [
            Secret("private-key", text)
            for key, _ in self._made.values()
            for text in key.secret_texts()
        ]
