"""Key sets that are unusual, and leave a usable key all the same."""

from __future__ import annotations

from .shown_tokens import ShownTokens

__all__ = [
    "CertificateChains",
    "EllipticBesideRsa",
    "ExtraMembers",
    "IncompleteMembers",
    "KeysWithoutAlg",
    "KeysWithoutCertificate",
    "KeysWithoutUse",
    "NonObjectMembers",
    "ReorderedMembers",
    "UnknownAlgorithms",
    "UnknownCurves",
    "UnknownTypes",
]


class UnknownTypes(ShownTokens):
    """A set with keys of unknown types."""

    armed = ("jwks-unknown-kty",)
    accepts = ("access",)


class UnknownCurves(ShownTokens):
    """A set with a key on an unknown curve."""

    armed = ("jwks-unknown-crv",)
    accepts = ("access",)


class UnknownAlgorithms(ShownTokens):
    """A set with a key for an unknown algorithm."""

    armed = ("jwks-unknown-alg",)
    accepts = ("access",)


class EllipticBesideRsa(ShownTokens):
    """A set with a usable elliptic key beside the RSA keys."""

    armed = ("jwks-ec-beside-rsa",)
    accepts = ("access",)


class IncompleteMembers(ShownTokens):
    """A set with keys that lack what they need."""

    armed = ("jwks-malformed-members",)
    accepts = ("access",)


class NonObjectMembers(ShownTokens):
    """A set with members that are no keys at all."""

    armed = ("jwks-non-object-members",)
    accepts = ("access",)


class KeysWithoutAlg(ShownTokens):
    """A set whose signing keys have no alg."""

    armed = ("jwks-missing-alg",)
    accepts = ("access",)


class KeysWithoutUse(ShownTokens):
    """A set whose signing keys have no use."""

    armed = ("jwks-missing-use",)
    accepts = ("access",)


class KeysWithoutCertificate(ShownTokens):
    """A set without certificates."""

    armed = ("jwks-missing-x5c",)
    accepts = ("access",)


class CertificateChains(ShownTokens):
    """A set whose keys have two certificates each."""

    armed = ("jwks-two-certificates",)
    accepts = ("access",)


class ExtraMembers(ShownTokens):
    """A set whose keys have members that nobody defined."""

    armed = ("jwks-extra-members",)
    accepts = ("access",)


class ReorderedMembers(ShownTokens):
    """A set whose keys have their members in another order."""

    armed = ("jwks-member-order",)
    accepts = ("access",)
