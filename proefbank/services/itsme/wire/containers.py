"""Signed files, opened: CMS on its own or in a PDF, and XML.

No more is read than tells whether the signature that came was used: the signature value, the
attributes that were signed, and what they say of content and certificate (RFC 5652, RFC 5035).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Container", "opened"]

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SIGNING_CERTIFICATE = (
    bytes.fromhex("2a864886f70d010910022f"),  # id-aa-signingCertificateV2
    bytes.fromhex("2a864886f70d010910020c"),  # id-aa-signingCertificate
)
_SEQUENCE, _SET, _OCTETS, _IDENTIFIER = 0x30, 0x31, 0x04, 0x06
_CONTEXT_0 = 0xA0
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
_XML_VALUE = re.compile(rb"<(?:\w+:)?SignatureValue[^>]*>([^<]*)<")
_XML_CERTIFICATE = re.compile(rb"<(?:\w+:)?SigningCertificate(?:V2)?[\s>/]")


@dataclass(frozen=True, slots=True)
class Container:
    """What a signed file says of its last signature."""

    kind: str
    """`CMS`, `PDF` or `XML`."""
    value: bytes
    """The signature value; empty if it holds none."""
    signed_digest: bytes | None
    """SHA-256 of what was signed, the attributes; None where that is not looked at."""
    certificates: tuple[bytes, ...]
    """Digests of the certificates that the signed attributes name as the signer's."""
    names_certificate: bool
    """Whether what is signed names a certificate at all."""
    message_digest: bytes | None
    """The digest of the content, as the attributes have it."""
    content_digest: bytes | None
    """SHA-256 of the content that is in there; None if there is none, or it is not looked at."""


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    body: bytes
    whole: bytes


def opened(content: bytes) -> Container | None:
    """Return what a signed file holds; None if it is none that can be read here."""
    try:
        if content.startswith(b"%PDF-"):
            return _pdf(content)
        if content.lstrip()[:1] == b"<":
            return _xml(content)
        return _cms(content, "CMS", None)
    except (ValueError, IndexError, StopIteration):
        return None


def _pdf(content: bytes) -> Container | None:
    ranges = list(_BYTE_RANGE.finditer(content))
    if not ranges:
        return Container(
            "PDF", b"", None, (), names_certificate=False, message_digest=None, content_digest=None
        )
    start, length, second, rest = (int(number) for number in ranges[-1].groups())
    between = content[start + length : second].strip().strip(b"<>")
    covered = content[start : start + length] + content[second : second + rest]
    text = bytes.fromhex(between.decode("ascii"))
    return _cms(text, "PDF", hashlib.sha256(covered).digest())


def _xml(content: bytes) -> Container | None:
    values = _XML_VALUE.findall(content)
    try:
        value = base64.b64decode(b"".join(values[-1].split())) if values else b""
    except binascii.Error:
        value = b""
    named = bool(_XML_CERTIFICATE.search(content))
    return Container(
        "XML", value, None, (), names_certificate=named, message_digest=None, content_digest=None
    )


def _cms(content: bytes, kind: str, covered: bytes | None) -> Container:
    info = _Element(0, content, content)
    identifier, explicit = _children(_only(info).body)[:2]
    if identifier.body != _SIGNED_DATA:
        raise ValueError("no signed data")
    data = _children(_only(explicit).body)
    inside = _children(data[2].body)
    if covered is None and len(inside) > 1:
        covered = hashlib.sha256(_octets(_only(inside[1]))).digest()
    signers = _children(data[-1].body)
    if not signers:
        return Container(
            kind,
            b"",
            None,
            (),
            names_certificate=False,
            message_digest=None,
            content_digest=covered,
        )
    parts = _children(signers[-1].body)
    attributes = next((one for one in parts if one.tag == _CONTEXT_0), None)
    value = next((one.body for one in reversed(parts) if one.tag == _OCTETS), b"")
    named = dict(_attributes(attributes)) if attributes is not None else {}
    certificates = [named[oid] for oid in _SIGNING_CERTIFICATE if oid in named]
    digests = [one.body for body in certificates for one in _all_octets(body)]
    message = named.get(_MESSAGE_DIGEST)
    signed = bytes([_SET]) + attributes.whole[1:] if attributes is not None else None
    return Container(
        kind,
        value,
        hashlib.sha256(signed).digest() if signed is not None else covered,
        tuple(digests),
        names_certificate=bool(certificates),
        message_digest=_only(_Element(0, message, message)).body if message else None,
        content_digest=covered,
    )


def _attributes(attributes: _Element) -> Iterator[tuple[bytes, bytes]]:
    for attribute in _children(attributes.body):
        identifier, values = _children(attribute.body)[:2]
        if identifier.tag == _IDENTIFIER:
            yield identifier.body, values.body


def _all_octets(body: bytes) -> Iterator[_Element]:
    """Yield the octet strings in a structure, those in sequences included."""
    for one in _children(body):
        if one.tag == _OCTETS:
            yield one
        elif one.tag == _SEQUENCE:
            yield from _all_octets(one.body)


def _octets(element: _Element) -> bytes:
    """Return the octets of an octet string, also of one sent in pieces."""
    if element.tag == _OCTETS:
        return element.body
    return b"".join(_octets(one) for one in _children(element.body))


def _only(element: _Element) -> _Element:
    return _children(element.body)[0]


def _children(body: bytes) -> list[_Element]:
    """Read the elements that stand one after the other; raises ValueError where they do not.

    Padding of zeros, as there is in a PDF, ends them; so does the end of an indefinite length.
    """
    found, at = [], 0
    while at + 2 <= len(body) and body[at]:
        element = _element(body, at)
        found.append(element)
        at += len(element.whole)
    return found


def _element(body: bytes, at: int) -> _Element:
    tag, length, head = body[at], body[at + 1], 2
    if length == 0x80:  # noqa: PLR2004 - until two zero octets
        inner, end = [], at + 2
        while body[end : end + 2] != b"\0\0":
            child = _element(body, end)
            inner.append(child.whole)
            end += len(child.whole)
        return _Element(tag, b"".join(inner), body[at : end + 2])
    if length & 0x80:
        head = 2 + (length & 0x7F)
        length = int.from_bytes(body[at + 2 : at + head], "big")
    end = at + head + length
    if end > len(body):
        raise ValueError("an element runs over the end")
    return _Element(tag, body[at + head : end], body[at:end])
