"""REST accounts with their certificates parsed, ready to verify signatures against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .profile import Account

__all__ = ["Accounts", "RegisteredAccount", "RegisteredKey"]

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """The public key of one registered certificate, parsed once."""

    public_key: object = field(repr=False)
    family: str
    """`RSA`, `EC` or the name of another key type."""
    kind: str
    """For people: `RSA-2048`, `EC P-384`."""
    sha256: str
    """Hex SHA-256 of the certificate's DER."""
    valid_from: float
    valid_until: float
    """Bounds of the certificate's validity in epoch seconds."""
    encodings: tuple[bytes, ...] = field(repr=False)
    """The bytes a confused client might key an HMAC with."""

    def valid_at(self, instant: float) -> bool:
        """Whether the certificate is within its validity."""
        return self.valid_from <= instant <= self.valid_until

    @classmethod
    def of(cls, certificate: x509.Certificate) -> RegisteredKey:
        """Parse a certificate."""
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            family, kind = "RSA", f"RSA-{key.key_size}"
        elif isinstance(key, ec.EllipticCurvePublicKey):
            family, kind = "EC", f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
        else:
            family = kind = type(key).__name__.removesuffix("PublicKey")
        der = certificate.public_bytes(serialization.Encoding.DER)
        return cls(
            public_key=key,
            family=family,
            kind=kind,
            sha256=hashlib.sha256(der).hexdigest(),
            valid_from=certificate.not_valid_before_utc.timestamp(),
            valid_until=certificate.not_valid_after_utc.timestamp(),
            encodings=tuple(_encodings(certificate, der)),
        )


def _encodings(certificate: x509.Certificate, der: bytes) -> Iterator[bytes]:
    key, spki = certificate.public_key(), serialization.PublicFormat.SubjectPublicKeyInfo
    yield der
    yield key.public_bytes(serialization.Encoding.DER, spki)
    for pem in (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.public_bytes(serialization.Encoding.PEM, spki),
    ):
        yield pem
        yield pem.rstrip(b"\n")


@dataclass(frozen=True, slots=True)
class RegisteredAccount:
    """An account of the profile with the keys registered on it."""

    account: Account
    keys: tuple[RegisteredKey, ...]
    removed: tuple[RegisteredKey, ...] = ()
    """Keys whose certificates were taken off the account in ChaMan."""
    firm: bool = False
    """Whether keys were taken off it, it is to be delegated, or its channel is not activated any
    more: then even a lenient server refuses who cannot prove to hold one of its keys, or all."""

    @property
    def key_kinds(self) -> list[str]:
        """The kinds of the registered keys, without repetition."""
        return list(dict.fromkeys(key.kind for key in self.keys))


class Accounts:
    """All accounts by client id; changes make a new mapping, so readers need no lock."""

    def __init__(
        self,
        accounts: Sequence[Account],
        certificates: Mapping[str, Sequence[x509.Certificate]],
    ) -> None:
        """Take the accounts; `certificates` (by account name) come on top of their own."""
        unknown = set(certificates) - {account.name for account in accounts}
        if unknown:
            raise ValueError(f"no account is called {min(unknown)!r}")
        self._by_id: dict[str, RegisteredAccount] = {
            account.client_id: RegisteredAccount(
                account, _keys((*account.certificates, *certificates.get(account.name, ())))
            )
            for account in accounts
        }
        self._first = self._by_id

    def by_client_id(self, client_id: object) -> RegisteredAccount | None:
        """Return the account with that client id, or None."""
        return self._by_id.get(client_id) if isinstance(client_id, str) else None

    def by_name(self, name: str) -> RegisteredAccount:
        """Return the account of that name; KeyError if there is none."""
        for registered in self._by_id.values():
            if registered.account.name == name:
                return registered
        raise KeyError(name)

    def __iter__(self) -> Iterator[RegisteredAccount]:
        return iter(self._by_id.values())

    def replace(self, name: str, certificates: Iterable[x509.Certificate]) -> None:
        """Register exactly these certificates on the account of that name, for good."""
        old = self.by_name(name)
        new = RegisteredAccount(self._first[old.account.client_id].account, _keys(certificates))
        self._first = {**self._first, old.account.client_id: new}
        self._by_id = {**self._by_id, old.account.client_id: new}

    def change(self, new: RegisteredAccount) -> None:
        """Have an account as it is after something was done in ChaMan, until `restore`."""
        self._by_id = {**self._by_id, new.account.client_id: new}

    def restore(self) -> None:
        """Take back what was done in ChaMan."""
        self._by_id = self._first


def _keys(certificates: Iterable[x509.Certificate]) -> tuple[RegisteredKey, ...]:
    keys = {key.sha256: key for key in map(RegisteredKey.of, certificates)}
    return tuple(keys.values())
