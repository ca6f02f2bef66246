"""Holes: what is left in the place of a secret, and how to read one.

A hole keeps what a rule needs and nothing that would let someone act as the client.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["HOLE", "Hole", "find_holes", "jwt_hole", "parse_hole"]

HOLE = re.compile(r"<redacted:([a-z-]+)")


@dataclass(frozen=True, slots=True)
class Hole:
    """What is left of a secret."""

    kind: str
    attributes: Mapping[str, str]
    header: str = ""
    """Raw JSON text of a JWT's header; empty for anything else."""
    claims: str = ""
    """Raw JSON text of a JWT's claims; empty for anything else."""


def parse_hole(text: str) -> Hole | None:
    """Read a text that is exactly one hole; None if it is not."""
    match = HOLE.match(text)
    if match is None or not text.endswith(">"):
        return None
    rest, parts = text[match.end() : -1], {"header": "", "claims": ""}
    plain = rest
    for name in parts:
        start = rest.find(f" {name}={{")
        if start >= 0:
            plain = plain[:start] if len(plain) > start else plain
            begin = start + len(name) + 2
            try:
                _, length = json.JSONDecoder().raw_decode(rest[begin:])
            except ValueError:
                continue
            parts[name] = rest[begin : begin + length]
    attributes = dict(
        item.split("=", 1) for item in plain.split() if "=" in item and not item.startswith("=")
    )
    return Hole(match.group(1), attributes, parts["header"], parts["claims"])


def find_holes(text: str) -> list[str]:
    """Return the kind of each hole in `text`, in order."""
    return HOLE.findall(text)


def jwt_hole(text: str) -> str | None:
    """Return the hole for something shaped like a JWS or JWE; None if its header is no JSON."""
    parts = text.split(".")
    header = _json_part(parts[0])
    if header is None:
        return None
    alphabet = "padded" if "=" in text else "base64" if "+" in text or "/" in text else "base64url"
    encrypted = len(parts) == 5  # noqa: PLR2004 - the five parts of a JWE
    claims = None if encrypted or len(parts) < 2 else _json_part(parts[1])  # noqa: PLR2004
    told = f"parts={len(parts)} alphabet={alphabet} signature={len(parts[-1])} header={header}"
    return f"<redacted:jwt {told}{f' claims={claims}' if claims else ''}>"


def _json_part(part: str) -> str | None:
    plain = part.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        text = base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")
        parsed = json.loads(text)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return " ".join(text.splitlines()) if isinstance(parsed, dict) else None
