"""Refusals of the token endpoint, by RFC 6749, 5.2, and RFC 7521, 4.2.1."""

from __future__ import annotations

import re

from proefbank.judge import DoesNotApply, NotExercised, rule
from proefbank.verdict import Finding

from ..wire.answers import Answer
from ..wire.token import (
    TokenDenied,
    TokenExpired,
    TokenForeignKey,
    TokenLongLived,
    TokenNoAssertion,
    TokenNoGrantType,
    TokenOtherAudience,
    TokenOtherGrant,
    TokenOtherScope,
    TokenUnknownClient,
)
from .findings import media_type, shown, status, text_at

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_UNAUTHORIZED = 401
_CLIENT = ("invalid_client",)


def refused(answer: Answer, *codes: str, statuses: tuple[int, ...] = (400, 401)) -> Finding | None:
    """Find a request that was not refused, or with another error than one of these."""
    return status(answer, *statuses) or text_at(answer, "error", among=codes)


@rule("contract.token-error.unknown-client-is-refused")
def unknown_client(answer: TokenUnknownClient) -> Finding | None:
    """Whoever is not registered gets no token."""
    return refused(answer, *_CLIENT)


@rule("contract.token-error.other-audience-is-refused")
def other_audience(answer: TokenOtherAudience) -> Finding | None:
    """Or an assertion that was made for another server opens this one."""
    return refused(answer, *_CLIENT)


@rule("contract.token-error.expired-assertion-is-refused")
def expired(answer: TokenExpired) -> Finding | None:
    """Or whoever finds an old assertion in a log has a key for ever."""
    return refused(answer, *_CLIENT)


@rule("contract.token-error.long-lived-assertion-is-refused")
def long_lived(answer: TokenLongLived) -> Finding | None:
    """The ten minutes that clients are asked for mean little if more are taken."""
    return refused(answer, *_CLIENT)


@rule("contract.token-error.foreign-signature-is-refused")
def foreign_key(answer: TokenForeignKey) -> Finding | None:
    """The signature is all that tells clients apart."""
    return refused(answer, *_CLIENT)


@rule("contract.token-error.nobody-is-refused")
def no_assertion(answer: TokenNoAssertion) -> Finding | None:
    """Who does not say who is asking gets no token."""
    return refused(answer, *_CLIENT, "invalid_request")


@rule("contract.token-error.missing-grant-type-is-invalid-request")
def no_grant_type(answer: TokenNoGrantType) -> Finding | None:
    """The error tells a developer which part of the request is at fault."""
    return refused(answer, "invalid_request", statuses=(400,))


@rule("contract.token-error.other-grant-type-is-unsupported")
def other_grant(answer: TokenOtherGrant) -> Finding | None:
    """The error tells a developer which part of the request is at fault."""
    return refused(answer, "unsupported_grant_type", statuses=(400,))


@rule("contract.token-error.unknown-scope-is-not-granted")
def other_scope(answer: TokenOtherScope) -> Finding | None:
    """A server may grant less than was asked, and then says what; it grants nothing unknown."""
    if answer.status < 400:  # noqa: PLR2004 - granted
        wanted, given = answer.asked.get("scope"), answer.told("scope")
        if isinstance(given, str) and wanted not in given.split():
            return None
        return Finding("body, scope", "an error, or the scope that was granted", shown(given))
    return refused(answer, "invalid_scope", statuses=(400,))


@rule("contract.token-error.answer-is-json")
def is_json(answer: TokenDenied) -> Finding | None:
    """A client that goes by the media type finds no error in what is said to be a page."""
    return media_type(answer, "application/json")


@rule("contract.token-error.description-is-plain")
def description(answer: TokenDenied) -> Finding | None:
    """Descriptions end in headers and logs, where quotes and line ends do harm."""
    if "error" not in answer.members:
        raise NotExercised("the refusal tells no error")
    value = answer.told("error_description")
    if value is None:
        raise DoesNotApply("the refusal has no description")
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return None
    return Finding("body, error_description", r'printable ASCII without " and \ ', shown(value))


@rule("contract.token-error.challenge-comes-with-401")
def challenge(answer: TokenDenied) -> Finding | None:
    """HTTP libraries look for a challenge after 401, and some fail without one."""
    if answer.status != _UNAUTHORIZED:
        raise DoesNotApply(f"the refusal came with {answer.status}, which needs no challenge")
    if answer.has_header("WWW-Authenticate"):
        return None
    return Finding("header WWW-Authenticate", "a challenge", "no such header")
