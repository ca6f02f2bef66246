"""Tokens of another kind, and texts that are hardly tokens."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.shape_tokens import (
    DeclaredTypes,
    EncryptedTokens,
    HugeTokens,
    IdTokens,
    OddClaims,
    OddHeaders,
    OtherCounts,
    RefreshTokens,
    StrayCharacters,
)
from .outcomes import ANY
from .shown import judged


@rule("ehealth.token.id-token-is-no-access-token")
def id_token(shown: IdTokens) -> Finding | None:
    """An ID token tells a client who signed in; it gives nobody access."""
    return judged(shown, ANY | {"wrong_audience"})


@rule("ehealth.token.refresh-token-is-no-access-token")
def refresh_token(shown: RefreshTokens) -> Finding | None:
    """A refresh token lives long, and is for the realm alone."""
    return judged(shown, ANY | {"wrong_audience"})


@rule("ehealth.token.declared-access-token-type-is-accepted")
def declared_type(shown: DeclaredTypes) -> Finding | None:
    """One switch in the realm gives all tokens this type (RFC 9068)."""
    return judged(shown)


@rule("ehealth.token.wrong-number-of-parts-is-refused")
def parts(shown: OtherCounts) -> Finding | None:
    """Whatever comes in the header must not bring the API down."""
    return judged(shown, ANY)


@rule("ehealth.token.encrypted-token-is-refused")
def encrypted(shown: EncryptedTokens) -> Finding | None:
    """Five parts are a JWE, which nobody here can read."""
    return judged(shown, ANY)


@rule("ehealth.token.stray-characters-are-refused")
def stray(shown: StrayCharacters) -> Finding | None:
    """A decoder that skips what it does not know reads another token than was signed."""
    return judged(shown, ANY)


@rule("ehealth.token.header-that-is-no-object-is-refused")
def odd_header(shown: OddHeaders) -> Finding | None:
    """The header is read before anything is verified, so anybody can write it."""
    return judged(shown, ANY)


@rule("ehealth.token.claims-that-are-no-object-are-refused")
def odd_claims(shown: OddClaims) -> Finding | None:
    """Even a signed text need not be what the code expects."""
    # Who reads claims that are no UTF-8 as best they can finds no issuer and no audience in them.
    return judged(shown, ANY | {"wrong_issuer", "wrong_audience"})


@rule("ehealth.token.huge-token-is-survived")
def huge(shown: HugeTokens) -> Finding | None:
    """One large text must not bring down the API for everybody."""
    return judged(shown, ANY)
