"""Key sets that are odd and mostly legal: what a consumer must be able to read around.

A variant takes the members of a set as Keycloak emits them and returns others. None of them
takes a signing key away or lends a stranger's key a kid of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import cache
from itertools import islice, permutations
from types import MappingProxyType
from typing import Any

from .material import Jwk, b64url, elliptic_jwk, trap_material

__all__ = ["OCT_KID", "VARIANTS", "oct_secret", "permuted", "varied"]

Member = Any
"""A member of `keys`; not even an object in the worst case."""

OCT_KID = "simulated-symmetric-member"
_PQ_OCTETS = 1_312


@cache
def oct_secret() -> bytes:
    """Return the secret of the symmetric member, made once for the process."""
    return secrets.token_bytes(32)


def _signing(key: Jwk) -> bool:
    return key.get("use") == "sig"


def _ec_beside_rsa(keys: list[Jwk]) -> list[Member]:
    return [elliptic_jwk(), *keys]


def _oct_member(keys: list[Jwk]) -> list[Member]:
    member = {"kid": OCT_KID, "kty": "oct", "alg": "HS256", "use": "sig", "k": b64url(oct_secret())}
    return [member, *keys]


def _unknown_kty(keys: list[Jwk]) -> list[Member]:
    post_quantum = {"kid": "simulated-akp", "kty": "AKP", "alg": "ML-DSA-44", "use": "sig"}
    invented = {"kid": "simulated-kty", "kty": "XYZ", "alg": "XY256", "use": "sig", "z": "AQAB"}
    return [post_quantum | {"pub": b64url(b"\x01" * _PQ_OCTETS)}, invented, *keys]


def _unknown_crv(keys: list[Jwk]) -> list[Member]:
    return [elliptic_jwk() | {"kid": "simulated-crv", "crv": "P-999", "alg": "ES999"}, *keys]


def _unknown_alg(keys: list[Jwk]) -> list[Member]:
    return [elliptic_jwk() | {"kid": "simulated-alg", "alg": "XX256"}, *keys]


def _without(*names: str) -> Callable[[list[Jwk]], list[Member]]:
    def strip(keys: list[Jwk]) -> list[Member]:
        return [
            {name: value for name, value in key.items() if name not in names}
            if _signing(key)
            else key
            for key in keys
        ]

    return strip


def _duplicate_kid(keys: list[Jwk]) -> list[Member]:
    """Let each signing key be preceded by the encryption key under the same kid."""
    enc = next((key for key in keys if not _signing(key)), None)
    found: list[Member] = []
    for key in keys:
        if _signing(key) and enc is not None:
            found.append(enc | {"kid": key["kid"]})
        found.append(key)
    return found


def _mismatching_x5c(keys: list[Jwk]) -> list[Member]:
    trap = trap_material()
    other = {"x5c": [trap.x5c], "x5t": trap.x5t, "x5t#S256": trap.x5t_s256}
    return [key | other if _signing(key) else key for key in keys]


def _two_certificates(keys: list[Jwk]) -> list[Member]:
    extra = trap_material().x5c
    return [key | {"x5c": [*key["x5c"], extra]} for key in keys]


def _malformed(keys: list[Jwk]) -> list[Member]:
    rsa = {"kty": "RSA", "alg": "RS256", "use": "sig"}
    return [
        {"kid": "simulated-no-kty", "alg": "RS256", "use": "sig", "n": "AQAB", "e": "AQAB"},
        rsa | {"kid": "simulated-no-n", "e": "AQAB"},
        rsa | {"kid": "simulated-bad-n", "n": "!*?", "e": "AQAB"},
        {},
        *keys,
    ]


def _non_objects(keys: list[Jwk]) -> list[Member]:
    return [None, "key", 1, [], *keys]


def _extra_members(keys: list[Jwk]) -> list[Member]:
    odd = {"key_ops": ["verify"], "exp": 0, "x_status": "PASSIVE", "x_nested": {"a": [1, None]}}
    return [key | (odd if _signing(key) else {"x_note": None}) for key in keys]


def _member_order(keys: list[Jwk]) -> list[Member]:
    return [dict(reversed(key.items())) for key in keys]


def permuted(keys: list[Jwk], number: int) -> list[Member]:
    """Return the permutation of that number, counting on from 0 for the set as it is."""
    if len(keys) < 2:  # noqa: PLR2004 - nothing to permute
        return list(keys)
    count = 1
    for size in range(2, len(keys) + 1):
        count *= size
    return list(next(islice(permutations(keys), number % count, None)))


VARIANTS: Mapping[str, tuple[str, Callable[[list[Jwk]], list[Member]]]] = MappingProxyType(
    {
        "enc-first": (
            "List encryption keys first.",
            lambda keys: sorted(keys, key=_signing),
        ),
        "enc-last": (
            "List encryption keys last.",
            lambda keys: sorted(keys, key=lambda key: not _signing(key)),
        ),
        "ec-beside-rsa": ("List an EC key for ES256 first.", _ec_beside_rsa),
        "oct-member": ("List a symmetric key first.", _oct_member),
        "unknown-kty": ("List keys of types that nobody knows first.", _unknown_kty),
        "unknown-crv": ("List an EC key on a curve that nobody knows first.", _unknown_crv),
        "unknown-alg": ("List a key for an algorithm that nobody knows first.", _unknown_alg),
        "missing-alg": ("Leave alg out of signing keys.", _without("alg")),
        "missing-use": ("Leave use out of signing keys.", _without("use")),
        "missing-x5c": (
            "Leave the certificate members out.",
            _without("x5c", "x5t", "x5t#S256"),
        ),
        "duplicate-kid": ("List the enc key under each signing kid as well.", _duplicate_kid),
        "mismatching-x5c": ("Give signing keys a stranger's certificate.", _mismatching_x5c),
        "two-certificates": ("Give x5c a second certificate.", _two_certificates),
        "malformed-members": ("List members that lack what they need first.", _malformed),
        "non-object-members": ("List members that are no objects first.", _non_objects),
        "extra-members": ("Add members nobody defined to each key.", _extra_members),
        "member-order": ("Turn the order of members in each key around.", _member_order),
    }
)
"""Variants by name, each with what it does."""


def varied(name: str, keys: list[Jwk]) -> list[Member]:
    """Return the members that the variant of that name lists."""
    return VARIANTS[name][1](keys)
