"""Tokens of another kind, and texts that are hardly tokens."""

from __future__ import annotations

from .shown_tokens import ShownTokens

__all__ = [
    "DeclaredTypes",
    "EncryptedTokens",
    "HugeTokens",
    "IdTokens",
    "OddClaims",
    "OddHeaders",
    "OtherCounts",
    "RefreshTokens",
    "StrayCharacters",
]


class IdTokens(ShownTokens):
    """ID tokens in place of access tokens."""

    refuses = ("id-token", "id-token-for-api")


class RefreshTokens(ShownTokens):
    """Refresh tokens in place of access tokens."""

    refuses = ("refresh-token", "refresh-for-api")


class DeclaredTypes(ShownTokens):
    """A token whose header says at+jwt."""

    accepts = ("typ-at-jwt",)


class OtherCounts(ShownTokens):
    """Texts that are not of three parts."""

    refuses = ("two-parts", "four-parts", "dots", "empty", "opaque")


class EncryptedTokens(ShownTokens):
    """A token that looks encrypted."""

    refuses = ("jwe",)


class StrayCharacters(ShownTokens):
    """A token with characters that base64url does not have."""

    refuses = ("not-base64url",)


class OddHeaders(ShownTokens):
    """Tokens whose header is no JSON object."""

    refuses = ("header-not-json", "header-array")


class OddClaims(ShownTokens):
    """Signed tokens whose claims are no JSON object."""

    refuses = ("claims-not-json", "claims-array", "claims-not-utf-8")


class HugeTokens(ShownTokens):
    """A token of a quarter of a megabyte."""

    refuses = ("huge",)
    compared = ("forged-known-kid",)
