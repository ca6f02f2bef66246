"""The statements of a qualified certificate, which `cryptography` does not build."""

from __future__ import annotations

from typing import ClassVar

from asn1crypto import core
from cryptography import x509

__all__ = ["qualified_statements"]


class _Kinds(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.ObjectIdentifier


class _Disclosure(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("url", core.IA5String), ("language", core.PrintableString)]


class _Disclosures(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Disclosure


class _Statement(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [
        ("id", core.ObjectIdentifier),
        ("told", core.Any, {"optional": True}),
    ]


class _Statements(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Statement


def qualified_statements(disclosure: str) -> x509.UnrecognizedExtension:
    """Return the statements of a qualified certificate (RFC 3739, 3.2.6; ETSI EN 319 412-5)."""
    statements = _Statements(
        [
            {"id": "1.3.6.1.5.5.7.11.2", "told": _Kinds(["0.4.0.194121.1.1"])},  # a natural person
            {"id": "0.4.0.1862.1.1"},  # it is a qualified one
            {"id": "0.4.0.1862.1.4"},  # the key lies on a secure device
            {"id": "0.4.0.1862.1.6", "told": _Kinds(["0.4.0.1862.1.6.1"])},  # for signatures
            {
                "id": "0.4.0.1862.1.5",
                "told": _Disclosures([{"url": disclosure, "language": "en"}]),
            },
        ]
    )
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), statements.dump())
