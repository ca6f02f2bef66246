"""A few DER elements, for what `cryptography` does not build: QC statements and a bare CMS."""

from __future__ import annotations

__all__ = ["SEQUENCE", "SET", "element", "identifier", "integer", "octets", "sequence", "text"]

INTEGER, OCTET_STRING, IDENTIFIER, IA5_STRING, PRINTABLE_STRING = 0x02, 0x04, 0x06, 0x16, 0x13
SEQUENCE, SET = 0x30, 0x31
_LONG_FORM = 0x80
_CONTINUED = 0x80


def element(tag: int, *contents: bytes) -> bytes:
    """Return one element: tag, length and the contents one after the other (X.690, 8.1)."""
    content = b"".join(contents)
    length = len(content)
    if length < _LONG_FORM:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(size))) + size + content


def sequence(*contents: bytes) -> bytes:
    """Return a SEQUENCE of elements."""
    return element(SEQUENCE, *contents)


def identifier(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER given with its dots."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return element(IDENTIFIER, *(_arc(arc) for arc in (40 * first + second, *rest)))


def integer(number: int) -> bytes:
    """Return a non-negative INTEGER."""
    return element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(content: bytes) -> bytes:
    """Return an OCTET STRING."""
    return element(OCTET_STRING, content)


def text(content: str, *, printable: bool = False) -> bytes:
    """Return an IA5String, or a PrintableString."""
    return element(PRINTABLE_STRING if printable else IA5_STRING, content.encode("ascii"))


def _arc(arc: int) -> bytes:
    septets = [arc & 0x7F]
    while arc := arc >> 7:
        septets.append(arc & 0x7F | _CONTINUED)
    return bytes(reversed(septets))
