"""What to say of a file that holds no certificate. Nothing of its content is repeated."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from proefbank.errors import BadInvocation

from .files import labels_in, looks_like, text_of

__all__ = ["is_private", "refusal"]

PRIVATE = (
    "this is a private key, which stays with you and is not uploaded anywhere",
    "name the certificate that belongs to it, or make both:"
    ' proefbank certificate new --organisation "Voorbeeld vzw"',
)
REQUEST = (
    "this is a certificate signing request, which an authority has yet to answer with a"
    " certificate",
    "name the file that came back; for REST a self-signed certificate will do as well:"
    ' proefbank certificate new --organisation "Voorbeeld vzw"',
)
BUNDLE = (
    "this is a bundle (PKCS#7) of certificates",
    "take them out: openssl pkcs7 -print_certs -in FILE -out my.cer (-inform der if it is binary)",
)
BARE = (
    "this is a public key without a certificate",
    "for SFTP: proefbank check key FILE; else name the certificate: proefbank check certificate"
    " my.cer",
)
NAKED = (
    "this is base64 without the line -----BEGIN CERTIFICATE----- before and its end after",
    "export it once more, as PEM or DER",
)
ODD = (
    "this is no certificate in PEM or DER, nor a key store (PKCS#12)",
    "for example: proefbank check certificate my.cer",
)
TRUSTED = (
    "this is a certificate in a form of OpenSSL's own, with its trust settings",
    "write it plainly: openssl x509 -in FILE -out my.cer",
)
_BY_LABEL = (
    ("PRIVATE KEY", PRIVATE),
    ("CERTIFICATE REQUEST", REQUEST),
    ("TRUSTED CERTIFICATE", TRUSTED),
    ("PKCS7", BUNDLE),
    ("PUBLIC KEY", BARE),
)


def refusal(path: Path, data: bytes) -> BadInvocation:
    """Return what is to be said of a file that holds no certificate."""
    message, hint = _words(data)
    return BadInvocation(message, where=str(path), hint=hint.replace("FILE", str(path)))


def is_private(data: bytes) -> bool:
    """Whether the file holds a private key, in PEM or DER, encrypted or not."""
    text = text_of(data)
    return any("PRIVATE KEY" in label for label in labels_in(text)) or (
        text.startswith(b"PuTTY-User-Key-File") or _is_der_private(data)
    )


def _words(data: bytes) -> tuple[str, str]:
    text = text_of(data)
    if is_private(data):
        return PRIVATE
    if told := _labelled(text) or _binary(data):
        return told
    if what := looks_like(text):
        return f"this is {what}, whatever its name says", ODD[1]
    inner = _base64(text)
    if not inner:
        return ODD
    return PRIVATE if _is_der_private(inner) else NAKED


def _labelled(text: bytes) -> tuple[str, str] | None:
    """Return what to say of a text that tells what it is."""
    if text.startswith((b"ssh-", b"ecdsa-")):
        return BARE
    found = [told for label in labels_in(text) for word, told in _BY_LABEL if word in label]
    return found[0] if found else None


def _binary(data: bytes) -> tuple[str, str] | None:
    """Return what to say of DER that can be read as something else."""
    for told, load in (
        (REQUEST, x509.load_der_x509_csr),
        (BUNDLE, load_der_pkcs7_certificates),
        (BARE, load_der_public_key),
    ):
        try:
            load(data)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return told
    return None


def _is_der_private(data: bytes) -> bool:
    try:
        load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    except TypeError:  # it is encrypted
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _base64(text: bytes) -> bytes:
    try:
        data = base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if data[:1] == b"\x30" else b""
