"""Tokens that an API must refuse, or accept, whatever becomes of the keys."""

from __future__ import annotations

from proefbank.plugin import Judgement
from proefbank.services.ehealth.wire import (
    claim_tokens,
    header_tokens,
    shape_tokens,
    signature_tokens,
)
from proefbank.services.ehealth.wire.output import ConsumerOutput, NamedRefusal


def test_signature(
    reading: signature_tokens.TamperedTokens
    | signature_tokens.CutSignatures
    | signature_tokens.OtherAlgorithms
    | signature_tokens.InexactAlgorithms
    | signature_tokens.UnsignedTokens
    | signature_tokens.DisguisedTokens,
    rule: Judgement,
) -> None:
    """Tokens whose signature or algorithm is wrong."""
    rule(reading)


def test_secret(
    reading: signature_tokens.PemSecrets
    | signature_tokens.EncodedSecrets
    | signature_tokens.ModulusSecrets
    | signature_tokens.CertificateSecrets
    | signature_tokens.ListedSecrets,
    rule: Judgement,
) -> None:
    """Tokens by HMAC, keyed with what everybody knows."""
    rule(reading)


def test_header(
    reading: header_tokens.JkuTokens
    | header_tokens.X5uTokens
    | header_tokens.JwkTokens
    | header_tokens.X5cTokens
    | header_tokens.UnknownCrit
    | header_tokens.MalformedCrit,
    rule: Judgement,
) -> None:
    """Tokens whose header would lead the consumer astray."""
    rule(reading)


def test_kid(
    reading: header_tokens.FileKids
    | header_tokens.UrlKids
    | header_tokens.QueryKids
    | header_tokens.OddKids
    | header_tokens.LongKids
    | header_tokens.UntextualKids,
    rule: Judgement,
) -> None:
    """Tokens whose kid has intent."""
    rule(reading)


def test_issuer(
    reading: claim_tokens.OtherIssuers
    | claim_tokens.OtherRealmsIssuer
    | claim_tokens.InexactIssuers
    | claim_tokens.MissingIssuers
    | claim_tokens.OtherRealms
    | claim_tokens.IssuerElsewhere,
    rule: Judgement,
) -> None:
    """Tokens of another issuer."""
    rule(reading)


def test_audience(
    reading: claim_tokens.OtherAudiences
    | claim_tokens.MissingAudiences
    | claim_tokens.InexactAudiences
    | claim_tokens.ListedAudiences
    | claim_tokens.TextAudiences,
    rule: Judgement,
) -> None:
    """Tokens for another audience, and for ours in every form."""
    rule(reading)


def test_times(
    reading: claim_tokens.ExpiredTokens
    | claim_tokens.JustExpiredTokens
    | claim_tokens.EndlessTokens
    | claim_tokens.EarlyTokens,
    rule: Judgement,
) -> None:
    """Tokens that are too old or too young."""
    rule(reading)


def test_kind(
    reading: shape_tokens.IdTokens | shape_tokens.RefreshTokens | shape_tokens.DeclaredTypes,
    rule: Judgement,
) -> None:
    """Tokens of another kind."""
    rule(reading)


def test_damage(
    reading: shape_tokens.OtherCounts
    | shape_tokens.EncryptedTokens
    | shape_tokens.StrayCharacters
    | shape_tokens.OddHeaders
    | shape_tokens.OddClaims
    | shape_tokens.HugeTokens,
    rule: Judgement,
) -> None:
    """Texts that are hardly tokens."""
    rule(reading)


def test_output(reading: ConsumerOutput | NamedRefusal, rule: Judgement) -> None:
    """What a consumer prints, and what it says of a refusal."""
    rule(reading)
