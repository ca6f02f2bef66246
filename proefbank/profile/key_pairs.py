"""A private key and its certificate, read by reference and handed to a client as files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from proefbank.certificates import sha256_fingerprint, to_pem
from proefbank.errors import BadInvocation
from proefbank.exchange import Secret
from proefbank.profile.credentials import Reference

__all__ = ["KeyPair", "key_pair"]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and the certificate of it."""

    certificate: x509.Certificate
    key_pem: bytes = field(repr=False)
    """PKCS#8 without password."""
    as_given: bytes = field(repr=False)
    """The key as its owner keeps it, which is as secret."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in hex."""
        return sha256_fingerprint(self.certificate)

    def files(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Return key and certificate file, which only their owner can read."""
        key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
        for path, content in (
            (key_file, self.key_pem),
            (certificate_file, to_pem(self.certificate)),
        ):
            if not path.exists():
                path.touch(mode=0o600)
                path.write_bytes(content)
        return key_file, certificate_file

    def secrets(self) -> list[Secret]:
        """Return what must never be written down."""
        forms = dict.fromkeys((self.key_pem.decode("ascii"), self.as_given.decode("ascii")))
        return [Secret("private-key", form) for form in forms]


def key_pair(key: Reference, certificate: Reference) -> KeyPair:
    """Read both; BadInvocation, naming the key of the profile, for what cannot be used."""
    given = key.read()
    try:
        private = load_pem_private_key(given, None)
    except TypeError:
        raise _unfit(key, "is encrypted", "Refer to a key without a password.") from None
    except ValueError:
        raise _unfit(
            key, "is no private key in PEM", "Refer to one: -----BEGIN PRIVATE KEY-----."
        ) from None
    try:
        shown = x509.load_pem_x509_certificate(certificate.read())
    except ValueError:
        raise _unfit(
            certificate, "is no certificate in PEM", "Refer to one: -----BEGIN CERTIFICATE-----."
        ) from None
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*public) != shown.public_key().public_bytes(*public):
        raise _unfit(
            certificate,
            "is not the certificate of the private key",
            "Refer to a certificate and its own key.",
        )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(shown, pem, given.strip())


def _unfit(reference: Reference, what: str, hint: str) -> BadInvocation:
    return BadInvocation(
        f"{reference.words} {what}", where=reference.where or reference.words, hint=hint
    )
