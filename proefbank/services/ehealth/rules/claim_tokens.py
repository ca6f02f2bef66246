"""Tokens of another issuer, for another audience or of another time."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.claim_tokens import (
    EarlyTokens,
    EndlessTokens,
    ExpiredTokens,
    InexactAudiences,
    InexactIssuers,
    IssuerElsewhere,
    JustExpiredTokens,
    ListedAudiences,
    MissingAudiences,
    MissingIssuers,
    OtherAudiences,
    OtherIssuers,
    OtherRealms,
    OtherRealmsIssuer,
    TextAudiences,
)
from .outcomes import trapped
from .shown import judged


@rule("ehealth.token.other-issuer-is-refused")
def other_issuer(shown: OtherIssuers) -> Finding | None:
    """The issuer says under whose rules the token was given."""
    return judged(shown, {"wrong_issuer", "unknown_key", "invalid_signature"})


@rule("ehealth.token.issuer-of-another-realm-is-refused")
def realm_issuer(shown: OtherRealmsIssuer) -> Finding | None:
    """Realms of one host have people, clients and rules of their own."""
    return judged(shown, {"wrong_issuer", "unknown_key", "invalid_signature"})


@rule("ehealth.token.issuer-is-compared-whole")
def whole_issuer(shown: InexactIssuers) -> Finding | None:
    """A prefix of a URL is a different URL, and may be somebody else's."""
    return judged(shown, {"wrong_issuer", "unknown_key", "invalid_signature"})


@rule("ehealth.token.issuer-is-needed")
def needed_issuer(shown: MissingIssuers) -> Finding | None:
    """Without an issuer there is nobody to trust."""
    return judged(shown, {"wrong_issuer", "unknown_key", "invalid_signature", "malformed"})


@rule("ehealth.token.other-realm-is-refused")
def other_realm(shown: OtherRealms) -> Finding | None:
    """A token of acceptance opens production, if nobody looks whose it is."""
    return judged(shown, {"wrong_issuer", "unknown_key", "invalid_signature"})


@rule("ehealth.token.unverified-issuer-is-not-visited")
def visited_issuer(shown: IssuerElsewhere) -> Finding | None:
    """A server that fetches what a stranger names can be steered at its own network."""
    return next(filter(None, map(trapped, shown.probes)), None)


@rule("ehealth.token.other-audience-is-refused")
def other_audience(shown: OtherAudiences) -> Finding | None:
    """Any API that gets a token could otherwise use it at all the others."""
    return judged(shown, {"wrong_audience"})


@rule("ehealth.token.audience-is-needed")
def needed_audience(shown: MissingAudiences) -> Finding | None:
    """A token for nobody in particular is not for us."""
    return judged(shown, {"wrong_audience", "malformed"})


@rule("ehealth.token.audience-is-compared-whole")
def whole_audience(shown: InexactAudiences) -> Finding | None:
    """A name within a name is another name."""
    return judged(shown, {"wrong_audience", "malformed"})


@rule("ehealth.token.audience-may-stand-anywhere-in-the-list")
def listed_audience(shown: ListedAudiences) -> Finding | None:
    """The order of a list says nothing, and the realm may change it any day."""
    return judged(shown)


@rule("ehealth.token.audience-may-be-a-string")
def text_audience(shown: TextAudiences) -> Finding | None:
    """RFC 7519 has both forms, and an exchanged token may well have the other."""
    return judged(shown)


@rule("ehealth.token.expired-token-is-refused")
def expired(shown: ExpiredTokens) -> Finding | None:
    """A token lives five minutes so that a stolen one is of little use."""
    return judged(shown, {"expired", "malformed"})


@rule("ehealth.token.leeway-is-at-most-two-minutes")
def leeway(shown: JustExpiredTokens) -> Finding | None:
    """Leeway is for clocks that differ; more than that lengthens every token's life."""
    return judged(shown, {"expired"})


@rule("ehealth.token.expiry-is-needed")
def endless(shown: EndlessTokens) -> Finding | None:
    """A token without an end is valid for ever, and so is a stolen one."""
    return judged(shown, {"malformed", "expired"})


@rule("ehealth.token.future-nbf-is-honoured")
def early(shown: EarlyTokens) -> Finding | None:
    """The issuer says from when on the token may be used."""
    return judged(shown, {"not_yet_valid", "malformed"})
