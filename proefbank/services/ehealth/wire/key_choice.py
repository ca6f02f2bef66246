"""Which key of a set verifies a token, and which does not."""

from __future__ import annotations

from .conversation import EachScenario
from .shown_tokens import ShownTokens

__all__ = [
    "CaseChangedKids",
    "EncryptionKeyTokens",
    "ForgedWithoutKid",
    "KeysOwnAlgorithm",
    "MismatchingCertificates",
    "SharedKid",
    "ShiftedKids",
    "SymmetricMember",
    "TokensWithoutKid",
]


class TokensWithoutKid(EachScenario):
    """Good tokens that name no key, of each key that is listed, for one order of the keys."""


class CaseChangedKids(ShownTokens):
    """A token whose kid differs in case."""

    refuses = ("kid-case-changed",)


class ShiftedKids(ShownTokens):
    """Tokens whose kid is a character shorter, or longer."""

    refuses = ("kid-shortened", "kid-lengthened")


class EncryptionKeyTokens(ShownTokens):
    """A token signed with the key that is listed for encryption."""

    armed = ("jwks-enc-first", "jwks-enc-last")
    refuses = ("enc-key",)


class SharedKid(ShownTokens):
    """A set whose encryption key has the kid of the signing key as well."""

    armed = ("jwks-duplicate-kid",)
    accepts = ("access",)


class ForgedWithoutKid(ShownTokens):
    """A forged token that names no key."""

    refuses = ("forged-without-kid",)


class SymmetricMember(ShownTokens):
    """A set with a symmetric key in it, and a token by that."""

    armed = ("jwks-oct-member",)
    refuses = ("hs256-with-oct-member",)


class KeysOwnAlgorithm(ShownTokens):
    """A token by an algorithm that the consumer allows, and the key is not listed for."""

    refuses = ("rs512",)


class MismatchingCertificates(ShownTokens):
    """A set whose certificates hold a stranger's key."""

    armed = ("jwks-mismatching-x5c",)
    refuses = ("forged-known-kid",)
    compared = refuses
