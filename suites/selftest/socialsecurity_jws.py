"""Compact JWS of any kind, also those that no library would make."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import jwt

from proefbank.keys import SigningKey

__all__ = ["b64", "compact", "jws"]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(
    payload: Any, key: SigningKey | None, alg: str, header: Mapping[str, Any] | None = None
) -> str:
    """Make a compact JWS, also one that no library would make."""
    start = {"alg": alg, **(header or {})}
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signing_input = f"{b64(json.dumps(start).encode())}.{b64(raw)}"
    if key is None:
        return f"{signing_input}."
    algorithm = jwt.get_algorithm_by_name(alg)
    return f"{signing_input}.{b64(algorithm.sign(signing_input.encode(), key.private))}"


def jws(header: bytes, claims: bytes, signature: str = "AAAA") -> str:
    """Put parts together that nobody signed."""
    return f"{b64(header)}.{b64(claims)}.{signature}"
