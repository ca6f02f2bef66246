"""Tokens whose signature, algorithm or secret is wrong."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.signature_tokens import (
    CertificateSecrets,
    CutSignatures,
    DisguisedTokens,
    EncodedSecrets,
    InexactAlgorithms,
    ListedSecrets,
    ModulusSecrets,
    OtherAlgorithms,
    PemSecrets,
    TamperedTokens,
    UnsignedTokens,
)
from .outcomes import ANY, KEY
from .shown import judged


@rule("ehealth.token.signature-is-verified")
def signature(shown: TamperedTokens) -> Finding | None:
    """Whoever skips this check takes anybody's word for anybody's permissions."""
    return judged(shown, KEY | {"malformed", "wrong_kind"})


@rule("ehealth.token.empty-or-cut-signature-is-refused")
def cut_signature(shown: CutSignatures) -> Finding | None:
    """A consumer that finds nothing to verify must not take that for a good sign."""
    return judged(shown, ANY)


@rule("ehealth.token.algorithm-is-the-configured-one")
def configured_algorithm(shown: OtherAlgorithms) -> Finding | None:
    """The choice of algorithm is the verifier's; a token that makes it chooses the weakest."""
    return judged(shown, ANY)


@rule("ehealth.token.algorithm-name-is-exact")
def exact_algorithm(shown: InexactAlgorithms) -> Finding | None:
    """A guess at what was meant is the beginning of every downgrade."""
    return judged(shown, ANY)


@rule("ehealth.token.unsigned-token-is-refused")
def unsigned(shown: UnsignedTokens) -> Finding | None:
    """Anybody can write such a token."""
    return judged(shown, ANY)


@rule("ehealth.token.unsigned-token-in-disguise-is-refused")
def disguised(shown: DisguisedTokens) -> Finding | None:
    """A list of what is forbidden has gaps; a list of what is allowed has none."""
    return judged(shown, ANY)


@rule("ehealth.token.public-key-is-no-secret")
def pem_secret(shown: PemSecrets) -> Finding | None:
    """The key is published: whoever reads it can sign, if HMAC is let in."""
    return judged(shown, ANY)


@rule("ehealth.token.encoded-key-is-no-secret")
def encoded_secret(shown: EncodedSecrets) -> Finding | None:
    """Another encoding of a public key is as public."""
    return judged(shown, ANY)


@rule("ehealth.token.modulus-is-no-secret")
def modulus_secret(shown: ModulusSecrets) -> Finding | None:
    """The modulus stands in the key set for all to read."""
    return judged(shown, ANY)


@rule("ehealth.token.certificate-is-no-secret")
def certificate_secret(shown: CertificateSecrets) -> Finding | None:
    """The certificate stands in the key set for all to read."""
    return judged(shown, ANY)


@rule("ehealth.token.listed-key-is-no-secret")
def listed_secret(shown: ListedSecrets) -> Finding | None:
    """What anybody knows, or nothing at all, proves nothing."""
    return judged(shown, ANY)
