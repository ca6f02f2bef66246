"""Bodies that were recorded as they travelled: compressed. None is trusted to be small."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator
from typing import Any

__all__ = ["unpacked"]

_LARGEST = 16 * 1024 * 1024
"""Bytes of an unpacked body; what is larger is as good as not recorded."""
_GZIP = zlib.MAX_WBITS | 16


def unpacked(body: bytes, encodings: str) -> bytes | None:
    """Return a body without its content encodings (RFC 9110, 8.4); None if that cannot be done.

    Recorders unpack some bodies and leave the header: one that is not packed is returned as it
    is. Brotli and zstandard need their libraries (`brotli`, `zstandard`), which few have.
    """
    for name in reversed([item.strip().lower() for item in encodings.split(",")]):
        if not body or name in ("", "identity"):
            continue
        made = _one(body, name)
        if made is None:
            return None
        body = made
    return body


def _one(body: bytes, name: str) -> bytes | None:
    match name:
        case "gzip" | "x-gzip":
            return _inflated(body, _GZIP) if body[:2] == b"\x1f\x8b" else body
        case "deflate":
            for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # some leave the wrapping out
                if (made := _inflated(body, bits)) is not None:
                    return made
            return body if _is_text(body) else None
        case "br":
            return body if _is_text(body) else _brotli(body)
        case "zstd":
            return _zstandard(body) if body[:4] == b"\x28\xb5\x2f\xfd" else body
        case _:
            return None


def _is_text(body: bytes) -> bool:
    try:
        return body.decode().isprintable() or body.lstrip()[:1] in (b"{", b"[", b"<")
    except UnicodeDecodeError:
        return False


def _inflated(body: bytes, bits: int) -> bytes | None:
    """Return what is packed; None if it is broken, breaks off, or is too large."""
    machine = zlib.decompressobj(bits)
    try:
        made = machine.decompress(body, _LARGEST)
    except zlib.error:
        return None
    return made if machine.eof else None


def _brotli(body: bytes) -> bytes | None:
    for module in _installed("brotli", "brotlicffi"):
        machine = module.Decompressor()
        try:
            made: bytes = machine.process(body)
        except module.error:
            return None
        return made if machine.is_finished() and len(made) <= _LARGEST else None
    return None


def _zstandard(body: bytes) -> bytes | None:
    for module in _installed("zstandard"):
        try:
            made: bytes = module.ZstdDecompressor().decompress(body, max_output_size=_LARGEST)
        except module.ZstdError:
            return None
        return made
    return None


def _installed(*names: str) -> Iterator[Any]:
    for name in names:
        try:
            yield importlib.import_module(name)
        except ImportError:
            continue
