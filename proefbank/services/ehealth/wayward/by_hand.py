"""Verifying by hand, for consumers that do what no library lets them do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from proefbank.errors import Rejected

__all__ = ["claims_in", "decoded", "fits_hmac", "fits_rsa", "key_in_certificate", "public_key"]


def decoded(part: str) -> bytes:
    """Return the octets of a part; empty if it is not base64url."""
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error):
        return b""


def claims_in(token: str) -> dict[str, Any]:
    """Return the claims, whoever signed them."""
    try:
        claims = json.loads(decoded(token.split(".")[1]))
    except ValueError as problem:
        raise Rejected("malformed", "the claims are not JSON") from problem
    if not isinstance(claims, dict):
        raise Rejected("malformed", "the claims are no object")
    return claims


def public_key(jwk: Mapping[str, Any]) -> RSAPublicKey:
    """Return the RSA key in a JWK."""
    key = jwt.PyJWK({**jwk, "alg": "RS256"}).key
    assert isinstance(key, RSAPublicKey)  # noqa: S101 - callers hand in RSA members only
    return key


def key_in_certificate(text: str) -> RSAPublicKey:
    """Return the RSA key in a certificate: base64 of the DER."""
    key = x509.load_der_x509_certificate(base64.b64decode(text)).public_key()
    assert isinstance(key, RSAPublicKey)  # noqa: S101 - the simulated ones are all RSA
    return key


def fits_rsa(token: str, key: RSAPublicKey) -> bool:
    """Whether the signature is by this key, with RS256."""
    message, _, signature = token.rpartition(".")
    try:
        key.verify(decoded(signature), message.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def fits_hmac(token: str, alg: object, secret: bytes) -> bool:
    """Whether the token is signed with this secret, by the HMAC that it names."""
    message, _, signature = token.rpartition(".")
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(
        str(alg)
    )
    if digest is None:
        return False
    return hmac.compare_digest(
        hmac.new(secret, message.encode(), digest).digest(), decoded(signature)
    )
