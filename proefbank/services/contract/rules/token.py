"""A granted token, by RFC 6749, 5.1, and what the service says of its own."""

from __future__ import annotations

import re

from proefbank.judge import DoesNotApply, NotExercised, rule
from proefbank.verdict import Finding

from ..wire.token import TokenGrant, TokenStatus
from .findings import media_type, shown, status, text_at

_SCOPE = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")


@rule("contract.token.granted-with-200")
def granted(answer: TokenStatus) -> Finding | None:
    """Clients take 200 for a token and everything else for a refusal."""
    return status(answer, 200)


@rule("contract.token.answer-is-json")
def is_json(answer: TokenGrant) -> Finding | None:
    """A client that goes by the media type does not parse what is said to be something else."""
    return media_type(answer, "application/json")


@rule("contract.token.not-stored")
def not_stored(answer: TokenGrant) -> Finding | None:
    """A proxy on the way may keep the token for whoever asks next."""
    said = answer.header("Cache-Control")
    if "no-store" in said.lower().replace(" ", "").split(","):
        return None
    return Finding("header Cache-Control", "no-store", said or "no such header")


@rule("contract.token.pragma-no-cache")
def pragma(answer: TokenGrant) -> Finding | None:
    """A cache of the days of HTTP 1.0 knows no Cache-Control."""
    said = answer.header("Pragma")
    if "no-cache" in said.lower().replace(" ", "").split(","):
        return None
    return Finding("header Pragma", "no-cache", said or "no such header")


@rule("contract.token.has-an-access-token")
def has_token(answer: TokenGrant) -> Finding | None:
    """The token is what the whole request is for."""
    return text_at(answer, "access_token")


@rule("contract.token.type-is-bearer")
def bearer(answer: TokenGrant) -> Finding | None:
    """A client has to refuse a token of a type that it does not understand."""
    value = answer.told("token_type")
    if isinstance(value, str) and value.lower() == "bearer":
        return None
    return Finding("body, token_type", "Bearer", shown(value))


@rule("contract.token.tells-its-lifetime")
def lifetime_told(answer: TokenGrant) -> Finding | None:
    """A client that is not told asks for a token before each call, or keeps a dead one."""
    if "expires_in" in answer.members:
        return None
    return Finding("body, expires_in", "the lifetime in seconds", "nothing")


@rule("contract.token.lifetime-is-in-seconds")
def lifetime(answer: TokenGrant) -> Finding | None:
    """Whatever is no whole number of seconds is read in as many ways as there are clients."""
    if "expires_in" not in answer.members:
        raise DoesNotApply("the answer tells no lifetime")
    value = answer.told("expires_in")
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return None
    return Finding("body, expires_in", "a whole number above 0", shown(value))


@rule("contract.token.tells-its-scope")
def scope_told(answer: TokenGrant) -> Finding | None:
    """Nothing else tells what the token is good for, when no scope or another one was asked."""
    if "scope" in answer.members:
        return None
    return Finding("body, scope", "the scope of the token", "nothing")


@rule("contract.token.scope-is-well-formed")
def scope(answer: TokenGrant) -> Finding | None:
    """Scopes stand between single spaces, so a client can find its own among them."""
    if "scope" not in answer.members:
        raise DoesNotApply("the answer tells no scope")
    value = answer.told("scope")
    if isinstance(value, str) and _SCOPE.fullmatch(value):
        return None
    return Finding("body, scope", "scopes with a space between them", shown(value))


@rule("contract.token.no-refresh-token")
def no_refresh_token(answer: TokenGrant) -> Finding | None:
    """A client of this grant can ask again whenever it wants; one more secret helps nobody."""
    if "access_token" not in answer.members:
        raise NotExercised("no token was granted, so none could be refreshed")
    if "refresh_token" not in answer.members:
        return None
    return Finding("body, refresh_token", "no such member", "there is one")
