"""What a JWKS says, read as a person would: its keys, what is odd, and what it looks like.

Nothing is trusted: a member may be anything that JSON can hold. Nothing secret is kept of one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

__all__ = ["Certificate", "Key", "keys_in", "notes_on", "spki_fingerprint"]

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_READERS: Mapping[str, Any] = {"RSA": RSAAlgorithm, "EC": ECAlgorithm, "OKP": OKPAlgorithm}
_SMALLEST_RSA = 2048
_LONGEST_SHORT = 10


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the first certificate of `x5c` says."""

    subject: str
    since: float
    """Epoch seconds."""
    until: float


@dataclass(frozen=True, slots=True)
class Key:
    """One member of `keys`."""

    place: int
    """From 1, in the order of the set."""
    kid: str | None
    use: str | None
    alg: str | None
    kty: str
    size: str
    """E.g. `RSA 2048` or `EC P-256`; the type alone for a key that nobody here understands."""
    fingerprint: str
    """Hex SHA-256 of the SubjectPublicKeyInfo; of the public members where there is none."""
    certificate: Certificate | None
    oddities: tuple[str, ...]
    """What is odd about this member alone, one sentence each."""

    @property
    def signs(self) -> bool:
        """Whether signatures may be verified with it: anything not listed for encryption."""
        return self.use in (None, "sig") and self.kty not in ("oct", "")

    @property
    def short(self) -> str:
        """The kid as far as people look at it."""
        kid = self.kid or "(no kid)"
        return kid if len(kid) <= _LONGEST_SHORT else f"{kid[:_LONGEST_SHORT]}…"

    @property
    def family(self) -> str:
        """What it is one of: keys of different algorithms do not replace each other."""
        return self.alg or self.kty

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-able members."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "certificate"}
        certificate = self.certificate
        shown = certificate and {name: getattr(certificate, name) for name in certificate.__slots__}
        return {**told, "short": self.short, "oddities": list(self.oddities), "certificate": shown}


def spki_fingerprint(der: bytes) -> str:
    """Return the hex SHA-256 of a SubjectPublicKeyInfo."""
    return hashlib.sha256(der).hexdigest()


def keys_in(members: Sequence[object]) -> list[Key]:
    """Return the keys of a set in its order, whatever its members are."""
    return [_key(place, member) for place, member in enumerate(members, 1)]


def _key(place: int, member: object) -> Key:
    if not isinstance(member, Mapping):
        told = type(member).__name__
        return Key(place, None, None, None, "", "-", "", None, (f"is no object but a {told}",))
    odd: list[str] = []
    public = {name: value for name, value in member.items() if name not in _PRIVATE}
    if secret := sorted(_PRIVATE & set(member)):
        odd.append(f"PUBLISHES A SECRET: the member {', '.join(secret)}")
    kid, use, alg, kty = (_text(member, name, odd) for name in ("kid", "use", "alg", "kty"))
    der, size = _material(kty or "", public, odd)
    if not kid:
        odd.append("has no kid")
    if not alg:
        odd.append("has no alg")
    if not use:
        odd.append("has no use")
    listed = json.dumps(public, sort_keys=True).encode()
    return Key(
        place=place,
        kid=kid,
        use=use,
        alg=alg,
        kty=kty or "",
        size=size,
        fingerprint=spki_fingerprint(der or listed),
        certificate=_certificate(member, der, odd),
        oddities=tuple(odd),
    )


def _text(member: Mapping[str, object], name: str, odd: list[str]) -> str | None:
    value = member.get(name)
    if value is None or isinstance(value, str):
        return value
    odd.append(f"{name} is no text")
    return None


def _material(kty: str, public: Mapping[str, Any], odd: list[str]) -> tuple[bytes | None, str]:
    """Return the SubjectPublicKeyInfo if the key is understood, and its size."""
    if kty == "oct":
        odd.append("is symmetric: it has no place in a public set")
        return None, "oct"
    if kty not in _READERS:
        odd.append(f"is of the type {kty or '(none)'}, which is not understood here")
        return None, kty or "-"
    try:
        key: Any = _READERS[kty].from_jwk(dict(public))
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        odd.append("cannot be read as a public key")
        return None, kty
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _SMALLEST_RSA:
            odd.append(f"has only {key.key_size} bits")
        return der, f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return der, f"EC {public.get('crv')}"
    return der, str(public.get("crv") or kty)


def _certificate(
    member: Mapping[str, Any], der: bytes | None, odd: list[str]
) -> Certificate | None:
    chain = member.get("x5c")
    if chain is None:
        return None
    try:
        octets = base64.b64decode(chain[0], validate=True)
        found = x509.load_der_x509_certificate(octets)
        spki = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        subject = found.subject.rfc4514_string()
    except Exception:  # noqa: BLE001 - whatever a stranger's certificate makes a parser raise
        odd.append("x5c cannot be read")
        return None
    if der is not None and spki != der:
        odd.append("x5c is the certificate of another key than n and e (RFC 7517, 4.7)")
    if len(chain) > 1:
        odd.append(f"x5c holds {len(chain)} certificates")
    for name, digest in (("x5t", hashlib.sha1), ("x5t#S256", hashlib.sha256)):
        told = member.get(name)
        made = base64.urlsafe_b64encode(digest(octets).digest()).rstrip(b"=").decode()
        if told is not None and told != made:
            odd.append(f"{name} does not belong to x5c")
    return Certificate(
        subject, found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp()
    )


def notes_on(keys: Sequence[Key], now: float) -> list[str]:
    """Return what somebody should know about these keys, one sentence each."""
    return [*_notes(keys, now)]


def _notes(keys: Sequence[Key], now: float) -> Iterator[str]:
    for key in keys:
        where = f"key {key.place} ({key.short})"
        if key.use == "enc":
            first = ", though it comes first" if key.place == 1 and len(keys) > 1 else ""
            yield f"{where} is for encryption: it verifies no signature{first}"
        for oddity in key.oddities:
            yield f"{where} {oddity}"
        if key.certificate and not key.certificate.since <= now <= key.certificate.until:
            yield f"{where}: its certificate is not valid now; the key counts all the same"
    yield from _duplicates(keys)


def _duplicates(keys: Iterable[Key]) -> Iterator[str]:
    keys = [*keys]
    for kid, count in Counter(key.kid for key in keys if key.kid).items():
        if count > 1:
            places = ", ".join(str(key.place) for key in keys if key.kid == kid)
            yield f"the kid {kid} stands {count} times: keys {places}"
