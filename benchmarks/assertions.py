"""The pool of signed client assertions, and the form they are sent in."""

from __future__ import annotations

import itertools
import json
import os
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

__all__ = ["AUDIENCE", "FORM", "LIFETIME", "PATH", "claims", "mint", "private_key"]

PATH = "/REST/oauth/v5/token"
AUDIENCE = f"https://token-server.example{PATH}"
"""One audience for all doors, so that one pool fits them all."""
LIFETIME = 580
"""Seconds an assertion lives: nearly the ten minutes that a server may accept."""
FORM = (
    "grant_type=client_credentials"
    "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    "&client_assertion="
)
"""The form of a token request up to its assertion, which comes last."""
_CHUNK = 500


def claims(client_id: str) -> dict[str, object]:
    """Claims of a fresh assertion, of the same length each time."""
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": AUDIENCE,
        "exp": int(time.time()) + LIFETIME,
        "jti": str(uuid.uuid4()),
    }


def private_key(pem: bytes) -> object:
    """Parse the key minted for this run; its primes need no second check."""
    return load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


def mint(count: int, *, client_id: str, pem: bytes, file: Path) -> None:
    """Write `count` assertions to `file`, a JSON list; all cores sign."""
    shares = [min(_CHUNK, count - start) for start in range(0, count, _CHUNK)]
    with ProcessPoolExecutor(os.cpu_count()) as signers:
        signed = signers.map(_sign, shares, itertools.repeat(client_id), itertools.repeat(pem))
        pool = list(itertools.chain.from_iterable(signed))
    file.write_text(json.dumps(pool), encoding="ascii")


def _sign(count: int, client_id: str, pem: bytes) -> Sequence[str]:
    key = private_key(pem)
    return [jwt.encode(claims(client_id), key, algorithm="RS256") for _ in range(count)]  # type: ignore[arg-type]
