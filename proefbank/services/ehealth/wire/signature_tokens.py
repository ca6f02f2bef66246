"""Tokens whose signature, algorithm or secret is wrong."""

from __future__ import annotations

from .shown_tokens import ShownTokens

__all__ = [
    "CertificateSecrets",
    "CutSignatures",
    "DisguisedTokens",
    "EncodedSecrets",
    "InexactAlgorithms",
    "ListedSecrets",
    "ModulusSecrets",
    "OtherAlgorithms",
    "PemSecrets",
    "TamperedTokens",
    "UnsignedTokens",
]


class TamperedTokens(ShownTokens):
    """Tokens that were changed after signing, or signed by a stranger."""

    refuses = (
        "tampered-payload",
        "tampered-exp",
        "tampered-header",
        "tampered-signature",
        "signature-of-another",
        "forged-known-kid",
    )


class CutSignatures(ShownTokens):
    """Tokens whose signature is missing, in part or as a whole."""

    refuses = ("signature-empty", "signature-cut")


class OtherAlgorithms(ShownTokens):
    """Tokens well signed by algorithms not configured; the keys are listed without alg."""

    refuses = ("rs384", "rs512", "ps256", "ps384", "ps512")
    armed = ("jwks-missing-alg",)


class InexactAlgorithms(ShownTokens):
    """Tokens well signed, whose alg is missing or not written as it is."""

    refuses = ("alg-absent", "alg-lowercase", "alg-not-text")


class UnsignedTokens(ShownTokens):
    """Tokens that say of themselves that they are not signed."""

    refuses = ("alg-none", "alg-none-with-signature")


class DisguisedTokens(ShownTokens):
    """Unsigned tokens, in other spellings or without a word."""

    refuses = (
        "alg-none-capital",
        "alg-none-capitals",
        "alg-none-mixed",
        "alg-absent-unsigned",
        "alg-empty-unsigned",
    )


class PemSecrets(ShownTokens):
    """Tokens by HMAC, keyed with the public key in PEM."""

    refuses = (
        "hs256-with-public-key",
        "hs256-with-public-key-stripped",
        "hs384-with-public-key",
        "hs512-with-public-key",
    )


class EncodedSecrets(ShownTokens):
    """Tokens by HMAC, keyed with the public key in DER or base64."""

    refuses = ("hs256-with-public-key-der", "hs256-with-public-key-base64")


class ModulusSecrets(ShownTokens):
    """Tokens by HMAC, keyed with the modulus."""

    refuses = ("hs256-with-modulus", "hs256-with-modulus-octets")


class CertificateSecrets(ShownTokens):
    """Tokens by HMAC, keyed with the certificate."""

    refuses = ("hs256-with-certificate", "hs256-with-certificate-der", "hs256-with-x5c")


class ListedSecrets(ShownTokens):
    """Tokens by HMAC, keyed with the JWK, the kid or nothing."""

    refuses = ("hs256-with-jwk", "hs256-with-kid", "hs256-with-nothing")
