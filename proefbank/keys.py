"""Signing keys, made when first asked for and never written into the repository.

An RSA key takes some 75 ms to make, an elliptic one 50 µs: so nothing makes an RSA key at
import or in a fixture's set-up, and `key_for` keeps what it made for the whole process.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

__all__ = ["KINDS", "KeyKind", "PrivateKey", "SigningKey", "key_for", "mint_key"]

KeyKind = Literal["RSA-2048", "RSA-3072", "RSA-4096", "EC P-256", "EC P-384", "EC P-521"]
"""What a key can be. ChaMan takes all but `EC P-256`."""

KINDS: tuple[KeyKind, ...] = get_args(KeyKind)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_CURVES: Mapping[str, tuple[type[ec.EllipticCurve], str, str]] = {
    "EC P-256": (ec.SECP256R1, "P-256", "ES256"),
    "EC P-384": (ec.SECP384R1, "P-384", "ES384"),
    "EC P-521": (ec.SECP521R1, "P-521", "ES512"),
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, already parsed, with what the other side may know of it."""

    kind: KeyKind
    private: PrivateKey = field(repr=False)
    alg: str
    """The JWS algorithm that goes with the kind (RFC 7518, 3.1): `RS256` for every RSA key."""
    public_jwk: Mapping[str, str] = field(repr=False)
    """The required members of the public JWK (RFC 7518, 6) and nothing else: no `kid`."""
    thumbprint: str
    """SHA-256 thumbprint of the public JWK, base64url without padding (RFC 7638)."""

    @property
    def public(self) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
        """The public half, as `cryptography` knows it."""
        return self.private.public_key()

    def jwk(self, **members: str) -> dict[str, str]:
        """Return a fresh public JWK with further members, such as `kid`, `use` or `alg`."""
        return {**self.public_jwk, **members}

    def pem_private(self) -> bytes:
        """Return the private key as PKCS#8 in PEM, without a password."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def secret_texts(self) -> tuple[str, ...]:
        """Return how the secret half reads in base64 in PEM and JWK, for a redactor to learn.

        Without what is public: a certificate, which repeats the modulus, may be shown.
        """
        if self.thumbprint not in _texts:
            forms = (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
            pems = [_secret_lines(self.private, form) for form in forms]
            _texts[self.thumbprint] = (*pems, *_private_members(self.private))
        return _texts[self.thumbprint]

    def pem_public(self) -> bytes:
        """Return the public key as SubjectPublicKeyInfo in PEM."""
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


_texts: dict[str, tuple[str, ...]] = {}


def _secret_lines(key: PrivateKey, form: PrivateFormat) -> str:
    """Return the part of a PEM's body, without line ends, that holds what is secret."""
    der = key.private_bytes(Encoding.DER, form, NoEncryption())
    first, last = 0, len(der) + 2
    if isinstance(key, rsa.RSAPrivateKey):
        width = (key.key_size + 7) // 8
        first = der.index(key.public_key().public_numbers().n.to_bytes(width, "big")) + width
    else:
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        last = der.index(point) if point in der else last
    text = base64.b64encode(der).decode("ascii")
    return text[-(-first * 4 // 3) : last * 4 // 3].rstrip("=")


def _private_members(key: PrivateKey) -> list[str]:
    """Return the private members of the JWK (RFC 7518, 6.2.2 and 6.3.2)."""
    width = (key.key_size + 7) // 8
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return [_b64(key.private_numbers().private_value, width)]
    found = key.private_numbers()
    members = (found.d, found.p, found.q, found.dmp1, found.dmq1, found.iqmp)
    short = [_b64(one, (one.bit_length() + 7) // 8) for one in members]
    return [_b64(found.d, width), *short]


def mint_key(kind: KeyKind) -> SigningKey:
    """Make a new key; raises ValueError when `kind` is none of `KINDS`."""
    private: PrivateKey
    if kind in _CURVES:
        curve, name, alg = _CURVES[kind]
        private = ec.generate_private_key(curve())
        point, width = private.public_key().public_numbers(), (private.key_size + 7) // 8
        jwk = {"kty": "EC", "crv": name, "x": _b64(point.x, width), "y": _b64(point.y, width)}
    elif kind in KINDS:
        alg, size = "RS256", int(kind.removeprefix("RSA-"))
        private = rsa.generate_private_key(public_exponent=65537, key_size=size)
        numbers = private.public_key().public_numbers()
        jwk = {"kty": "RSA", "n": _b64(numbers.n, size // 8), "e": _b64(numbers.e, 3)}
    else:
        message = f"{kind!r} is not a kind of key; there are {', '.join(KINDS)}"
        raise ValueError(message)
    return SigningKey(kind, private, alg, MappingProxyType(jwk), _thumbprint(jwk))


class _Shelf:
    """One place for one key, with a lock of its own so that only its askers wait for it."""

    __slots__ = ("key", "lock")

    def __init__(self) -> None:
        self.key: SigningKey | None = None
        self.lock = threading.Lock()


_shelves: dict[tuple[str, KeyKind], _Shelf] = {}
_shelves_lock = threading.Lock()


def key_for(name: str, kind: KeyKind) -> SigningKey:
    """Return this process's key called `name` of this kind, making it the first time.

    Thread-safe: every caller gets the same key, and different keys are made side by side.
    """
    with _shelves_lock:
        shelf = _shelves.setdefault((name, kind), _Shelf())
    with shelf.lock:
        if shelf.key is None:
            shelf.key = mint_key(kind)
        return shelf.key


def _b64(number: int, width: int) -> str:
    """Base64url without padding of a big-endian unsigned integer of `width` octets."""
    return base64.urlsafe_b64encode(number.to_bytes(width, "big")).rstrip(b"=").decode()


def _thumbprint(jwk: Mapping[str, str]) -> str:
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
