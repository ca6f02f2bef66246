"""`manifest.jws`: a detached JWS in compact form, `header..signature`.

The payload is left out as RFC 7515, appendix F describes, and not by RFC 7797 (`b64: false`):
put back, in base64url, between the two dots, it makes a JWS that any library can verify, without
support for a critical header. The file is read strictly, so that no other text says the same.
"""

from __future__ import annotations

import base64
import binascii
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from proefbank.certificates import sha256_fingerprint, to_der
from proefbank.report.signing.inside import Damaged, loaded, shown
from proefbank.report.signing.signer import ALGORITHMS, PublicKey, Signer, algorithms_of

__all__ = ["STATEMENT", "Detached", "holds", "read_detached", "sign_detached"]

STATEMENT = "urn:proefbank:signoff:1"
"""Name of the private header parameter (RFC 7515, 4.3) that holds what the signer declares."""
TYPE = "proefbank-manifest+jws"
_MOST = 10
_LATEST = 1 << 37
"""Epoch seconds, in the year 6325: later ones make dates that nothing can show."""
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Detached:
    """A signature as it was read; nothing in it has been verified."""

    header: Mapping[str, Any]
    chain: tuple[x509.Certificate, ...]
    algorithm: str
    protected: str
    """First part, in base64url as in the file."""
    signature: str
    """Third part; a time stamp is about the SHA-256 of this text."""

    @property
    def key(self) -> PublicKey:
        """The public key of the first certificate, which goes with the algorithm."""
        return self.chain[0].public_key()  # type: ignore[return-value]


def sign_detached(payload: bytes, signer: Signer, declared: Mapping[str, Any], at: float) -> str:
    """Return the compact form of a signature over `payload`, made at `at` (epoch seconds)."""
    leaf = signer.chain[0]
    header: dict[str, Any] = {
        "typ": TYPE,
        "x5c": [base64.b64encode(to_der(one)).decode("ascii") for one in signer.chain],
        "x5t#S256": _b64url(bytes.fromhex(sha256_fingerprint(leaf))),
        "iat": int(at),
        STATEMENT: dict(declared),
    }
    whole = PyJWS().encode(payload, signer.private, algorithm=signer.algorithm, headers=header)
    protected, _, signature = whole.split(".")
    return f"{protected}..{signature}"


def read_detached(raw: bytes) -> Detached:
    """Read the text of a detached JWS; raises `Damaged`."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as problem:
        raise Damaged("not ASCII, so no JWS") from problem
    parts = text.split(".")
    if len(parts) != _PARTS or parts[1]:
        raise Damaged("not of the form header..signature, on one line and nothing after it")
    protected, _, signature = parts
    if not _bytes(signature):
        raise Damaged("a JWS without a signature")
    header = loaded(_bytes(protected))
    if not isinstance(header, dict):
        raise Damaged("a JWS whose header is no JSON object")
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        told = shown(str(algorithm)) if algorithm is not None else "left out"
        raise Damaged(f"alg is {told}; a signature of a run has one of {', '.join(ALGORITHMS)}")
    if strange := [name for name in ("crit", "b64", "zip") if name in header]:
        raise Damaged(f"has the header {strange[0]}, which changes what is signed")
    chain = _chain(header)
    if algorithm not in algorithms_of(chain[0].public_key()):
        raise Damaged(f"alg is {algorithm}, which does not go with the key of the certificate")
    if header.get("x5t#S256") != _b64url(bytes.fromhex(sha256_fingerprint(chain[0]))):
        raise Damaged("x5t#S256 is not the fingerprint of the first certificate")
    if type(header.get("iat")) is not int or not 0 <= header["iat"] < _LATEST:
        raise Damaged("iat is no instant")
    return Detached(header, chain, str(algorithm), protected, signature)


def holds(told: Detached, payload: bytes) -> bool:
    """Whether the signature is one over `payload`, by the key of the first certificate."""
    whole = f"{told.protected}.{_b64url(payload)}.{told.signature}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of short keys, which were refused before
            PyJWS().decode_complete(whole, told.key, algorithms=[told.algorithm])
    except (PyJWTError, ValueError):
        return False
    return True


def _chain(header: Mapping[str, Any]) -> tuple[x509.Certificate, ...]:
    told = header.get("x5c")
    if not isinstance(told, list) or not 0 < len(told) <= _MOST:
        raise Damaged(f"x5c is no list of 1 to {_MOST} certificates")
    try:
        chain = tuple(
            x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in told
        )
        for one in chain:
            _ = (one.public_key(), one.extensions, one.subject, one.issuer)
            _ = (one.not_valid_before_utc, one.not_valid_after_utc)
    except Exception as problem:
        raise Damaged("x5c holds something that is no certificate") from problem
    return chain


def _bytes(text: str) -> bytes:
    """Decode base64url; raises `Damaged` unless it is the one text for these bytes."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise Damaged("not in base64url") from problem
    if _b64url(data) != text:
        raise Damaged("in base64url, but not in the one way that there is to write it")
    return data


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
