"""All that a token is made of, at one instant, for one realm: what recipes work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

import jwt

from .claims import Claims, Occasion, claims_of
from .compact import Signer, compact, rsa_with
from .keyring import Component, KeyRing
from .material import Material, trap_material

__all__ = ["DROP", "TRAP_PATH", "Workshop"]

TRAP_PATH = "/trap/"
"""Where, on the origin `elsewhere`, hostile headers point: the next segment names the header."""

DROP: Final = object()
"""As a value: leave the member out."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _changed(members: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not DROP}


@dataclass(frozen=True, slots=True)
class Workshop:
    """One realm's keys and circumstances at the instant of issue."""

    occasion: Occasion
    ring: KeyRing
    signer: Component
    """The key that signs, unless the recipe says otherwise."""
    sibling: KeyRing
    """Keys of another realm of this environment."""
    sibling_issuer: str
    foreign: KeyRing
    """Keys of the same realm in another environment."""
    foreign_issuer: str
    random: Callable[[int], bytes] = field(repr=False)
    elsewhere: str | None = None
    """Origin of the trap, without a slash at the end."""
    extra_claims: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    extra_header: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    @property
    def at(self) -> int:
        """The instant of issue, in whole epoch seconds."""
        return int(self.occasion.at)

    @property
    def trap(self) -> Material:
        """The pair of an attacker."""
        return trap_material()

    def claims(self, kind: str = "access", /, **changes: Any) -> Claims:
        """Return the claims of this kind with the caller's and the recipe's changes."""
        base = _changed(claims_of(kind, self.occasion), self.extra_claims)
        return _changed(base, changes)

    def header(self, *, by: Component | None = None, **changes: Any) -> dict[str, Any]:
        """Return Keycloak's header for a key, with the caller's and the recipe's changes."""
        plain = {"alg": "RS256", "typ": "JWT", "kid": (by or self.signer).kid}
        return _changed(_changed(plain, self.extra_header), changes)

    def well_formed(
        self, claims: Claims | None = None, *, by: Component | None = None, **header: Any
    ) -> str:
        """Sign with PyJWT, as the realm would: RS256, by `by` or by the signer."""
        members = {"typ": None} | self.header(by=by, **header)
        del members["alg"]
        return jwt.encode(
            self.claims() if claims is None else claims,
            (by or self.signer).material.private,
            "RS256",
            headers=members,
        )

    def made(self, header: object, claims: object = None, *, sign: Signer | None = None) -> str:
        """Put a token together by hand, signed with the signer's key unless `sign` is given."""
        return compact(
            header,
            self.claims() if claims is None else claims,
            sign or rsa_with(self.signer.material.private),
        )

    def by_the_trap(self, header: object, claims: object = None) -> str:
        """Put a token together that the attacker signs with a key of his own."""
        return self.made(header, claims, sign=rsa_with(self.trap.private))

    def trap_url(self, led_by: str, suffix: str = "") -> str:
        """Return the URL at which the trap waits for those whom `led_by` leads there.

        The key set there lists the attacker's key under the signer's kid. ValueError if there
        is no origin for the trap.
        """
        if self.elsewhere is None:
            raise ValueError("a token that points elsewhere needs an origin: set `elsewhere` first")
        query = urlencode({"kid": self.signer.kid})
        return f"{self.elsewhere}{TRAP_PATH}{led_by}{suffix}?{query}"
