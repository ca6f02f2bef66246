"""Tokens whose header would lead the consumer astray."""

from __future__ import annotations

from proefbank.judge import rule
from proefbank.verdict import Finding

from ..wire.header_tokens import (
    FileKids,
    JkuTokens,
    JwkTokens,
    LongKids,
    MalformedCrit,
    OddKids,
    QueryKids,
    UnknownCrit,
    UntextualKids,
    UrlKids,
    X5cTokens,
    X5uTokens,
)
from .outcomes import ANY
from .shown import judged


@rule("ehealth.token.jku-is-not-followed")
def jku(shown: JkuTokens) -> Finding | None:
    """A token that brings its own keys vouches for itself, and makes the server call out."""
    return judged(shown, ANY)


@rule("ehealth.token.x5u-is-not-followed")
def x5u(shown: X5uTokens) -> Finding | None:
    """A token that brings its own certificate vouches for itself."""
    return judged(shown, ANY)


@rule("ehealth.token.embedded-key-is-not-trusted")
def jwk(shown: JwkTokens) -> Finding | None:
    """Anybody can put a key of his own into a header."""
    return judged(shown, ANY)


@rule("ehealth.token.embedded-certificate-is-not-trusted")
def x5c(shown: X5cTokens) -> Finding | None:
    """Anybody can put a certificate of his own into a header."""
    return judged(shown, ANY)


@rule("ehealth.token.unknown-crit-is-refused")
def unknown_crit(shown: UnknownCrit) -> Finding | None:
    """The issuer says that the token is not to be used by who does not understand it."""
    return judged(shown, {"wrong_kind", "malformed", "forbidden_algorithm", "invalid_signature"})


@rule("ehealth.token.malformed-crit-is-refused")
def malformed_crit(shown: MalformedCrit) -> Finding | None:
    """Whoever lets a broken crit pass lets its sender switch the check off."""
    return judged(shown, {"wrong_kind", "malformed", "forbidden_algorithm", "invalid_signature"})


@rule("ehealth.token.kid-is-no-file")
def file_kid(shown: FileKids) -> Finding | None:
    """A file whose content anybody can guess would be a key that anybody has."""
    return judged(shown, ANY)


@rule("ehealth.token.kid-is-no-address")
def url_kid(shown: UrlKids) -> Finding | None:
    """A kid is chosen by whoever wrote the token: it must not steer a request."""
    return judged(shown, ANY)


@rule("ehealth.token.kid-reaches-no-query")
def query_kid(shown: QueryKids) -> Finding | None:
    """A kid is chosen by whoever wrote the token: it must not reach a database or a shell."""
    return judged(shown, ANY)


@rule("ehealth.token.kid-may-hold-any-character")
def odd_kid(shown: OddKids) -> Finding | None:
    """One odd character must not bring down the API for everybody."""
    return judged(shown, ANY)


@rule("ehealth.token.long-kid-is-survived")
def long_kid(shown: LongKids) -> Finding | None:
    """One long text must not bring down the API for everybody."""
    return judged(shown, ANY)


@rule("ehealth.token.kid-that-is-no-text-is-refused")
def untextual_kid(shown: UntextualKids) -> Finding | None:
    """JSON can hold more than texts, and whoever forges a token knows it."""
    return judged(shown, ANY)
