"""Certificates made at start-up: the bench's own authority, server leaves, client certificates.

Instants are epoch seconds and always given by the caller. Server leaves are elliptic (a
handshake costs little) and outlive any moved clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from proefbank.certificates import (
    DIGESTS,
    Digest,
    KeyUsage,
    begin,
    certificate_from,
    host_name,
    key_usage_of,
    name_of,
    sha256_fingerprint,
    to_der,
    to_pem,
)
from proefbank.errors import BadInvocation
from proefbank.keys import PrivateKey, SigningKey

__all__ = [
    "AUTHORITY_FILE",
    "CertificateAuthority",
    "Digest",
    "IssuedCertificate",
    "KeyUsage",
    "certificate_from",
    "self_signed",
    "sha256_fingerprint",
    "to_der",
    "to_pem",
]

DAY = 86_400.0
SPAN_DAYS = 1_200
"""Days a server leaf is valid on either side of now: the clock may be moved by three years."""
DIGITAL_SIGNATURE: tuple[KeyUsage, ...] = ("digital_signature",)
_AUTHORITY_DAYS = 3 * SPAN_DAYS
_LATEST_DAYS = 4 * SPAN_DAYS
"""Days after its beginning until which a kept authority outlives the leaves it issues."""
AUTHORITY_FILE = "ca.pem"
_KEY_FILE = "ca-key.pem"


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate and the private key that goes with it."""

    certificate: x509.Certificate
    private: PrivateKey = field(repr=False)

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the DER."""
        return sha256_fingerprint(self.certificate)

    def pem(self) -> bytes:
        """Return the certificate in PEM."""
        return to_pem(self.certificate)

    def pem_private(self) -> bytes:
        """Return the private key as PKCS#8 in PEM, without a password."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class CertificateAuthority:
    """An authority that lives as long as the process; its key is written down only by `kept`."""

    @classmethod
    def kept(cls, folder: Path, *, now: float) -> Self:
        """Return the authority that is kept in `folder`, made there the first time.

        Its certificate is in `ca.pem`; its key is in another file, for the owner's eyes only.
        Raises `BadInvocation` for files that cannot be used.
        """
        certificate, key = folder / AUTHORITY_FILE, folder / _KEY_FILE
        made = cls(now=now)
        try:
            if certificate.exists():
                private = load_pem_private_key(key.read_bytes(), None)
                found = x509.load_pem_x509_certificate(certificate.read_bytes())
                if not isinstance(private, ec.EllipticCurvePrivateKey):
                    raise ValueError("the key is of another kind")
                if found.public_key() != private.public_key():
                    raise ValueError("the key is not the certificate's")
                if abs(now - found.not_valid_before_utc.timestamp()) > _LATEST_DAYS * DAY:
                    raise ValueError("its time is over")
                made._key, made.certificate = private, found
            else:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                key.touch(mode=0o600)
                key.write_bytes(IssuedCertificate(made.certificate, made._key).pem_private())
                certificate.write_bytes(made.pem)
        except (OSError, ValueError) as problem:
            raise BadInvocation(
                f"the authority kept in {folder} cannot be used: {problem}",
                where="--ca-folder",
                hint="name a folder that is empty or not there yet",
            ) from problem
        return made

    def __init__(self, *, now: float, name: str = "Proefbank simulated authority") -> None:
        """Make a P-256 key and a root certificate, valid for some ten years around `now`."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = name_of(("CN", name))
        half = _AUTHORITY_DAYS * DAY
        builder = begin(
            x509.BasicConstraints(ca=True, path_length=0),
            key_usage_of(("key_cert_sign", "crl_sign")),
            subject=subject,
            issuer=subject,
            private=self._key,
            validity=(now - half, now + half),
        )
        self.certificate = builder.sign(self._key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        """The root certificate in PEM, for a client's trust store."""
        return to_pem(self.certificate)

    def issue_server(
        self, hosts: Sequence[str], *, now: float, expired: bool = False, span_days: int = SPAN_DAYS
    ) -> IssuedCertificate:
        """Issue a leaf for host names and addresses, valid `span_days` either side of `now`.

        An `expired` one ended `span_days` before `now`, so that it is expired under any moved
        clock for which the ordinary leaf is valid.
        """
        private = ec.generate_private_key(ec.SECP256R1())
        middle, half = now - (2 * span_days * DAY if expired else 0.0), span_days * DAY
        return self._leaf(
            x509.SubjectAlternativeName([host_name(host) for host in hosts]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            common_name=hosts[0],
            private=private,
            validity=(middle - half, middle + half),
        )

    def issue_client(
        self, common_name: str, *, now: float, key: SigningKey | None = None
    ) -> IssuedCertificate:
        """Issue a client certificate for mutual TLS, for `key` or for a new P-256 key."""
        private = ec.generate_private_key(ec.SECP256R1()) if key is None else key.private
        return self._leaf(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
            common_name=common_name,
            private=private,
            validity=(now - SPAN_DAYS * DAY, now + SPAN_DAYS * DAY),
        )

    def _leaf(
        self,
        *extensions: x509.ExtensionType,
        common_name: str,
        private: PrivateKey,
        validity: tuple[float, float],
    ) -> IssuedCertificate:
        builder = begin(
            x509.BasicConstraints(ca=False, path_length=None),
            key_usage_of(DIGITAL_SIGNATURE),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
            *extensions,
            subject=name_of(("CN", common_name)),
            issuer=self.certificate.subject,
            private=private,
            validity=validity,
        )
        return IssuedCertificate(builder.sign(self._key, hashes.SHA256()), private)


def self_signed(
    key: SigningKey,
    *,
    organisation: str,
    enterprise_number: str,
    valid_from: float,
    valid_to: float,
    key_usage: Collection[KeyUsage] = DIGITAL_SIGNATURE,
    digest: Digest = "SHA-256",
) -> x509.Certificate:
    """Make a client certificate in the enterprise's name, signed by its own key.

    With the defaults it is one that ChaMan accepts (Opzetten kanaal REST API, 4.4.1), if the
    key is RSA or on P-384 or P-521. An empty `key_usage` leaves the extension out.
    """
    subject = name_of(
        ("C", "BE"), ("O", organisation), ("serialNumber", enterprise_number), ("CN", organisation)
    )
    extensions = (key_usage_of(key_usage),) if key_usage else ()
    builder = begin(
        *extensions,
        subject=subject,
        issuer=subject,
        private=key.private,
        validity=(valid_from, valid_to),
    )
    return builder.sign(key.private, DIGESTS[digest]())
