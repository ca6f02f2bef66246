"""Tokens of another issuer, for another audience or of another time."""

from __future__ import annotations

from .shown_tokens import ShownTokens

__all__ = [
    "EarlyTokens",
    "EndlessTokens",
    "ExpiredTokens",
    "InexactAudiences",
    "InexactIssuers",
    "IssuerElsewhere",
    "JustExpiredTokens",
    "ListedAudiences",
    "MissingAudiences",
    "MissingIssuers",
    "OtherAudiences",
    "OtherIssuers",
    "OtherRealms",
    "OtherRealmsIssuer",
    "TextAudiences",
]


class OtherIssuers(ShownTokens):
    """Tokens of the realm's key that name an issuer on another host."""

    refuses = ("iss-wrong", "iss-other-environment")


class OtherRealmsIssuer(ShownTokens):
    """Tokens of the realm's key that name another realm."""

    refuses = ("iss-other-realm",)


class InexactIssuers(ShownTokens):
    """Tokens whose issuer is nearly the right one."""

    refuses = ("iss-longer", "iss-slash", "iss-shorter", "iss-case")


class MissingIssuers(ShownTokens):
    """Tokens without an issuer that is a text."""

    refuses = ("iss-absent", "iss-list")


class OtherRealms(ShownTokens):
    """Good tokens of another realm or environment, or of their keys."""

    refuses = ("other-realm", "other-realm-key", "other-environment", "other-environment-key")


class IssuerElsewhere(ShownTokens):
    """A token whose issuer is an address of the attacker's."""

    refuses = ("iss-elsewhere",)


class OtherAudiences(ShownTokens):
    """Tokens for other audiences."""

    refuses = ("aud-other", "aud-others")


class MissingAudiences(ShownTokens):
    """Tokens without an audience."""

    refuses = ("aud-absent", "aud-empty")


class InexactAudiences(ShownTokens):
    """Tokens whose audience merely contains the name of the API."""

    refuses = ("aud-contains", "aud-contains-in-list", "aud-joined", "aud-case", "aud-object")


class ListedAudiences(ShownTokens):
    """Tokens whose audience is a list with the API in any place."""

    accepts = ("aud-last", "aud-list-of-one")


class TextAudiences(ShownTokens):
    """Tokens whose audience is one text."""

    accepts = ("aud-string",)


class ExpiredTokens(ShownTokens):
    """Tokens that expired long ago."""

    refuses = ("expired", "exp-zero")


class JustExpiredTokens(ShownTokens):
    """Tokens that expired two minutes ago, and half a minute ago."""

    refuses = ("expired-121s",)
    either = ("expired-30s",)


class EndlessTokens(ShownTokens):
    """Tokens without an end that can be read."""

    refuses = ("exp-absent", "exp-null", "exp-text")


class EarlyTokens(ShownTokens):
    """Tokens that are not valid yet; one with nbf in the past is the control."""

    refuses = ("nbf-future", "nbf-text")
    controls = ("nbf-past",)
