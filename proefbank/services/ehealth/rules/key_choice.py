"""Which key of a set verifies a token, and which does not."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.key_choice import (
    CaseChangedKids,
    EncryptionKeyTokens,
    ForgedWithoutKid,
    KeysOwnAlgorithm,
    MismatchingCertificates,
    SharedKid,
    ShiftedKids,
    SymmetricMember,
    TokensWithoutKid,
)
from .shown import judged


@rule("ehealth.key-set.kid-is-compared-with-case")
def kid_case(shown: CaseChangedKids) -> Finding | None:
    """Two kids that differ in case are two keys: base64url uses both cases."""
    return judged(shown, {"unknown_key", "invalid_signature", "malformed"})


@rule("ehealth.key-set.kid-is-compared-whole")
def kid_whole(shown: ShiftedKids) -> Finding | None:
    """A kid is a name, and part of a name is another name."""
    return judged(shown, {"unknown_key", "invalid_signature", "malformed"})


@rule("ehealth.key-set.encryption-key-verifies-nothing")
def encryption_key(shown: EncryptionKeyTokens) -> Finding | None:
    """Whoever has a key for another purpose could otherwise issue tokens with it."""
    return judged(
        shown,
        {"unknown_key", "invalid_signature", "malformed", "forbidden_algorithm", "wrong_kind"},
    )


@rule("ehealth.key-set.shared-kid-is-settled-by-use")
def shared_kid(shown: SharedKid) -> Finding | None:
    """Keys of different use may share a kid (RFC 7517, 4.5)."""
    return judged(shown)


@rule("ehealth.key-set.token-without-kid-is-verified")
def forged_without_kid(shown: ForgedWithoutKid) -> Finding | None:
    """A kid is optional; a signature is not."""
    return judged(shown, {"unknown_key", "invalid_signature", "malformed"})


@rule("ehealth.key-set.symmetric-member-is-not-used")
def symmetric_member(shown: SymmetricMember) -> Finding | None:
    """What stands in a public set is known to everybody."""
    return judged(shown, {"unknown_key", "invalid_signature", "malformed", "forbidden_algorithm"})


@rule("ehealth.key-set.alg-of-the-key-binds-the-token")
def key_algorithm(shown: KeysOwnAlgorithm) -> Finding | None:
    """The issuer says what each key is for, and RFC 8725 wants one algorithm for each."""
    return judged(shown, {"unknown_key", "invalid_signature", "malformed", "forbidden_algorithm"})


@rule("ehealth.key-set.certificate-does-not-outrank-the-key")
def certificate_rank(shown: MismatchingCertificates) -> Finding | None:
    """The certificate is an ornament: n and e are the key."""
    # To refuse the whole set over such a member is no acceptance of a forgery either.
    return judged(shown, {"unknown_key", "invalid_signature", "malformed", "provider_error"})


@rule("ehealth.key-set.token-without-kid-is-treated-evenly")
def without_kid(shown: TokensWithoutKid) -> Finding | None:
    """A consumer that tries one key only works by luck, until the order of the keys changes."""
    taken = {item.accepted for item in shown.probes}
    if len(taken) < len(("accepted", "refused")):
        return None
    odd = next(item for item in shown.probes if item.accepted)
    told = ", ".join(f"{item.key}: {item.said}" for item in shown.probes)
    return Finding(
        "outcomes of jwt.verify, tokens without kid",
        expected="one verdict for the tokens of all listed keys",
        actual=told,
        hint="refuse such a token, or try every signing key",
        exchange=odd.exchange,
    )
