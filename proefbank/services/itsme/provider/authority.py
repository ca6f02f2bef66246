"""Who vouches for signers: a root, an issuing authority, and a certificate for each person.

The profile is that of the certificates printed in the document (section 6): key usage for
signatures and non-repudiation, ETSI's qualified policy for a natural person with the key on a
secure device, and the statements of a qualified certificate. What differs on purpose: people,
names and pointers are made up, nothing is signed with SHA-1, and the authorities' keys have
2048 bits where the document's have 4096, which take seconds to make.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from proefbank.certificates import begin, key_usage_of, to_pem
from proefbank.keys import KeyKind, SigningKey, key_for

from .qualified import qualified_statements

__all__ = ["CONDITIONS", "Authority", "Condition", "Holder", "SignerCertificate"]

Condition = Literal["valid", "expired", "not-yet-valid", "revoked"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

DAY = 86_400.0
_KIND: KeyKind = "RSA-2048"
_LIFE: dict[Condition, tuple[float, float]] = {
    # from and until, in days after now
    "valid": (-200, 900),
    "revoked": (-200, 900),
    "expired": (-700, -1),
    "not-yet-valid": (1, 900),
}
_AUTHORITY_LIFE = (-2_000, 2_000)

POLICY = "1.3.6.1.4.1.32473.1.400"
"""Our own policy, below the number that is set apart for examples (RFC 5612)."""
QUALIFIED_ON_DEVICE = "0.4.0.194112.1.2"
"""QCP-n-qscd: a qualified certificate of a natural person, key on a secure device."""
DOCUMENT_SIGNING = "1.3.6.1.4.1.311.10.3.12"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a certificate is made out to; obviously made up."""

    slug: str
    """Names the person's key: the same in every run, like `with-certificate`."""
    given_name: str
    surname: str
    serial_number: str
    """Eleven digits that are no register number, because their check digits do not fit."""

    @property
    def name(self) -> x509.Name:
        """The subject, with the parts and the order of the document's example."""
        parts = {
            NameOID.COUNTRY_NAME: "BE",
            NameOID.LOCALITY_NAME: "Brussel",
            NameOID.SERIAL_NUMBER: self.serial_number,
            NameOID.SURNAME: self.surname,
            NameOID.GIVEN_NAME: self.given_name,
            NameOID.COMMON_NAME: f"{self.surname} {self.given_name}",
        }
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])


@dataclass(frozen=True, slots=True)
class SignerCertificate:
    """A person's certificate with its key and the certificates above it."""

    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...]
    """The issuing authority's certificate, then the root's."""
    key: SigningKey = field(repr=False)

    @property
    def pem(self) -> str:
        """What `certificate` holds: the person's own, with line feeds, ending with one."""
        return to_pem(self.certificate).decode("ascii")

    @property
    def chain_pem(self) -> str:
        """What `fullCertificateChain` holds: the person's own, the issuer's, the root."""
        return self.pem + "".join(to_pem(one).decode("ascii") for one in self.above)

    @property
    def chain_pem_root_first(self) -> str:
        """The same chain the other way round, for who takes the first one for the person's."""
        above = reversed(self.above)
        return "".join(to_pem(one).decode("ascii") for one in above) + self.pem


class Authority:
    """The trust service behind one run of the simulator. Safe to use from many threads.

    Nothing is made before it is asked for: the first certificate takes some 0.2 s, as three
    RSA keys are made; keys live as long as the process, certificates as long as this object.
    """

    def __init__(self, *, now: float, pointers: str = "http://pki.itsme-sign.invalid") -> None:
        """Start an authority at `now` (epoch seconds).

        Certificates point to `pointers` for issuers, status and revocation lists.
        """
        self._now, self._pointers = now, pointers.rstrip("/")
        self._lock = threading.RLock()
        self._authorities: tuple[x509.Certificate, x509.Certificate] | None = None
        self._signers: dict[tuple[Holder, Condition], SignerCertificate] = {}

    @property
    def issuing(self) -> x509.Certificate:
        """The certificate of the authority that issues to persons."""
        return self._above()[0]

    @property
    def root(self) -> x509.Certificate:
        """The certificate that everything rests on, signed by itself."""
        return self._above()[1]

    def certificate_of(self, holder: Holder, condition: Condition = "valid") -> SignerCertificate:
        """Return the person's certificate, the same one every time; its key fits any condition."""
        with self._lock:
            if (holder, condition) not in self._signers:
                key = key_for(f"itsme {holder.slug}", _KIND)
                leaf = self._leaf(holder, key, _LIFE[condition])
                self._signers[holder, condition] = SignerCertificate(leaf, self._above(), key)
            return self._signers[holder, condition]

    def revocation_list(self, at: float) -> bytes:
        """Return the DER of the list of revoked certificates, as published at `at`."""
        with self._lock:
            revoked = [
                signer.certificate.serial_number
                for (_, condition), signer in self._signers.items()
                if condition == "revoked"
            ]
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issuing.subject)
            .last_update(_instant(at))
            .next_update(_instant(at + DAY))
            .add_extension(_above_it(_key("issuing")), critical=False)
            .add_extension(x509.CRLNumber(int(at)), critical=False)
        )
        since = _instant(self._now - DAY)
        for number in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(since)
            builder = builder.add_revoked_certificate(entry.build())
        signed = builder.sign(_key("issuing").private, hashes.SHA256())
        return signed.public_bytes(Encoding.DER)

    def _above(self) -> tuple[x509.Certificate, x509.Certificate]:
        with self._lock:
            if self._authorities is None:
                self._authorities = self._make_authorities()
            return self._authorities

    def _make_authorities(self) -> tuple[x509.Certificate, x509.Certificate]:
        usage = key_usage_of(("key_cert_sign", "crl_sign"))
        names = {slug: _authority_name(slug) for slug in ("root", "issuing")}
        root = begin(
            x509.BasicConstraints(ca=True, path_length=None),
            usage,
            _above_it(_key("root")),
            subject=names["root"],
            issuer=names["root"],
            private=_key("root").private,
            validity=self._validity(_AUTHORITY_LIFE),
        )
        issuing = begin(
            x509.BasicConstraints(ca=True, path_length=0),
            usage,
            _above_it(_key("root")),
            _access((AuthorityInformationAccessOID.OCSP, f"{self._pointers}/ocsp")),
            _lists(f"{self._pointers}/root.crl"),
            subject=names["issuing"],
            issuer=names["root"],
            private=_key("issuing").private,
            validity=self._validity(_AUTHORITY_LIFE),
        )
        signing = _key("root").private
        return issuing.sign(signing, hashes.SHA256()), root.sign(signing, hashes.SHA256())

    def _leaf(self, holder: Holder, key: SigningKey, life: tuple[float, float]) -> x509.Certificate:
        """Make a person's certificate: no basic constraints and no alternative name."""
        access = AuthorityInformationAccessOID
        builder = begin(
            _above_it(_key("issuing")),
            _access(
                (access.CA_ISSUERS, f"{self._pointers}/issuing.crt"),
                (access.OCSP, f"{self._pointers}/ocsp"),
            ),
            x509.CertificatePolicies(
                [
                    _policy(POLICY, f"{self._pointers}/repository"),
                    _policy(QUALIFIED_ON_DEVICE),
                ]
            ),
            x509.ExtendedKeyUsage(
                [
                    ExtendedKeyUsageOID.CLIENT_AUTH,
                    ExtendedKeyUsageOID.EMAIL_PROTECTION,
                    x509.ObjectIdentifier(DOCUMENT_SIGNING),
                ]
            ),
            _lists(f"{self._pointers}/issuing.crl"),
            key_usage_of(("digital_signature", "content_commitment")),
            qualified_statements(f"{self._pointers}/disclosure"),
            subject=holder.name,
            issuer=_authority_name("issuing"),
            private=key.private,
            validity=self._validity(life),
        )
        return builder.sign(_key("issuing").private, hashes.SHA256())

    def _validity(self, life: tuple[float, float]) -> tuple[float, float]:
        first, last = life
        return self._now + first * DAY, self._now + last * DAY


def _key(slug: str) -> SigningKey:
    return key_for(f"itsme {slug} authority", _KIND)


def _authority_name(slug: str) -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: "BE",
        NameOID.ORGANIZATION_NAME: "Proefbank, no reliance",
        NameOID.COMMON_NAME: f"Proefbank simulated {slug} authority",
    }
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])


def _above_it(key: SigningKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.private.public_key())


def _access(*places: tuple[x509.ObjectIdentifier, str]) -> x509.AuthorityInformationAccess:
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)) for oid, url in places]
    )


def _lists(url: str) -> x509.CRLDistributionPoints:
    name = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([name], None, None, None)])


def _policy(oid: str, *statements: str) -> x509.PolicyInformation:
    return x509.PolicyInformation(x509.ObjectIdentifier(oid), list(statements) or None)


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)
