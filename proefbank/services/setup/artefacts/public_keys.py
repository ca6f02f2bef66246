"""The public key of an SFTP account: OpenSSH, RFC 4716 or PEM."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from proefbank.errors import BadInvocation

from .files import labels_in, read_small, text_of
from .strangers import is_private

__all__ = ["public_key_facts"]

EXAMPLE = "for example: proefbank check key ~/.ssh/id_rsa.pub"
PRIVATE = "this is a private key, which stays with you and is not uploaded anywhere"
_LINE = re.compile(rb"(?:^|\s)((?:ssh|ecdsa|sk)-[a-z0-9@.\-]{1,80})\s+([A-Za-z0-9+/]{16,}={0,2})")
_RFC4716 = re.compile(
    rb"---- BEGIN SSH2 PUBLIC KEY ----(.*?)---- END SSH2 PUBLIC KEY ----", re.DOTALL
)
_HEADER = re.compile(rb"^[^\s:]{1,64}:.*(?:\\\r?\n.*)*$", re.MULTILINE)
_SIZES = {
    # by name, where the name tells (RFC 5656, RFC 8709)
    "ssh-ed25519": ("Ed25519", 256),
    "ssh-ed448": ("Ed448", 456),
    "ecdsa-sha2-nistp256": ("EC", 256),
    "ecdsa-sha2-nistp384": ("EC", 384),
    "ecdsa-sha2-nistp521": ("EC", 521),
    "sk-ssh-ed25519@openssh.com": ("Ed25519", 256),
    "sk-ecdsa-sha2-nistp256@openssh.com": ("EC", 256),
}


def public_key_facts(path: Path) -> dict[str, Any]:
    """Return `file`, `form`, `type`, `bits` and `sha256` of the key; comments are left out.

    Raises `BadInvocation` for a file that holds anything but one public key.
    """
    data = read_small(path, example=EXAMPLE)
    text = text_of(data)
    if is_private(data):
        hint = f"name the public one: proefbank check key {path}.pub (made, if it is lost, by"
        hint += f" ssh-keygen -y -f {path} > {path}.pub)"
        raise BadInvocation(PRIVATE, where=str(path), hint=hint)
    labels = labels_in(text)
    if any(label.startswith(("CERTIFICATE", "TRUSTED")) for label in labels):
        raise BadInvocation(
            "this is a certificate or a request for one, and no key of an SFTP account",
            where=str(path),
            hint=f"proefbank check certificate {path} --channel sftp",
        )
    try:
        facts = _armoured(text) or _pem(text, labels) or _lines(text)
        if len(keys := _keys_in(text)) > 1:
            raise BadInvocation(
                f"this holds {len(keys)} keys, and an account has one",
                where=str(path),
                hint="put one of them into a file of its own; " + EXAMPLE,
            )
    except (ValueError, IndexError, UnsupportedAlgorithm) as problem:
        raise BadInvocation(
            "the public key in it is damaged, or of a kind that cannot be read",
            where=str(path),
            hint=EXAMPLE,
        ) from problem
    if facts is None:
        raise BadInvocation(
            "this is no public key in OpenSSH, RFC 4716 or PEM form", where=str(path), hint=EXAMPLE
        )
    return {"file": path.name, **facts}


def _lines(text: bytes) -> dict[str, Any] | None:
    if not (found := _keys_in(text)):
        return None
    name, blob = found[0].group(1).decode("ascii"), _decoded(found[0].group(2))
    if _field(blob, 0).decode("ascii") != name:
        raise ValueError("the key is of another kind than it says")
    return _ssh("openssh", blob)


def _keys_in(text: bytes) -> list[re.Match[bytes]]:
    lines = [line for line in text.splitlines() if not line.startswith(b"#")]
    return [match for match in map(_LINE.search, lines) if match]


def _armoured(text: bytes) -> dict[str, Any] | None:
    found = _RFC4716.search(text)
    return _ssh("rfc4716", _decoded(_HEADER.sub(b"", found.group(1)))) if found else None


def _ssh(form: str, blob: bytes) -> dict[str, Any]:
    """Return the facts of a key as SSH writes it (RFC 4253, 6.6): fields with their lengths."""
    name = _field(blob, 0).decode("ascii")
    if name == "ssh-rsa":
        kind, bits = "RSA", int.from_bytes(_field(blob, 2), "big").bit_length()
    elif name == "ssh-dss":
        kind, bits = "DSA", int.from_bytes(_field(blob, 1), "big").bit_length()
    elif name in _SIZES:
        kind, bits = _SIZES[name]
    else:
        raise ValueError("an unknown kind of key")
    return {"form": form, "type": kind, "bits": bits, "sha256": _fingerprint(blob)}


def _pem(text: bytes, labels: list[str]) -> dict[str, Any] | None:
    if not any(label.endswith("PUBLIC KEY") for label in labels):
        return None
    key = load_pem_public_key(text)
    kind = type(key).__name__.removesuffix("PublicKey").removeprefix("_")
    if isinstance(key, rsa.RSAPublicKey):
        bits = key.key_size
        kind = "RSA"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        bits, kind = key.key_size, "EC"
    else:
        bits = getattr(key, "key_size", 256)
    try:
        line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        blob = base64.b64decode(line.split()[1])
    except (ValueError, TypeError, UnsupportedAlgorithm):  # SSH knows no such key
        blob = text
    return {"form": "pem", "type": kind, "bits": bits, "sha256": _fingerprint(blob)}


def _fingerprint(blob: bytes) -> str:
    """Return what ssh-keygen -l shows after `SHA256:`."""
    return base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode("ascii")


def _field(blob: bytes, number: int) -> bytes:
    place = 0
    for _ in range(number):
        place += 4 + int.from_bytes(blob[place : place + 4], "big")
    length = int.from_bytes(blob[place : place + 4], "big")
    found = blob[place + 4 : place + 4 + length]
    if len(found) != length or not found:
        raise ValueError("the key breaks off")
    return found


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as problem:
        raise ValueError("not base64") from problem
