"""Answers of the FLA API: bearer tokens by RFC 6750, problems by the Belgif guide."""

from __future__ import annotations

import re

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.api import (
    ApiAnswer,
    ApiNotFound,
    ApiNoToken,
    ApiOpen,
    ApiProblem,
    ApiStatus,
    ApiUnknownRefused,
    ApiUnknownToken,
)
from .findings import media_type, shown, status, text_at

_BELGIF = "urn:problem-type:belgif:"
_TYPE = re.compile(r"urn:problem-type:[a-z0-9-]+(:[A-Za-z0-9-]+)+")
_BEARER = re.compile(r"(?:^|,\s*)bearer\b", re.IGNORECASE)
_NO_CONTENT, _UNAUTHORIZED = 204, 401


@rule("contract.api.good-call-is-answered")
def answered(answer: ApiStatus) -> Finding | None:
    """A token that was granted for the API opens it."""
    return status(answer, 200, 201, 202, 204)


@rule("contract.api.answer-is-json")
def is_json(answer: ApiAnswer) -> Finding | None:
    """A client that goes by the media type does not parse what is said to be something else."""
    if answer.status == _NO_CONTENT:
        raise DoesNotApply("the answer has no content")
    return media_type(answer, "application/json")


@rule("contract.api.answer-can-be-traced")
def traced(answer: ApiAnswer) -> Finding | None:
    """With the id of a call the support desk finds it among millions."""
    if answer.has_header("BelGov-Trace-Id"):
        return None
    return Finding("header BelGov-Trace-Id", "an id", "no such header")


@rule("contract.api.call-without-token-is-refused")
def closed(answer: ApiOpen) -> Finding | None:
    """The data are people's training records."""
    return status(answer, 401)


@rule("contract.api.unknown-token-is-refused")
def unknown(answer: ApiUnknownToken) -> Finding | None:
    """A token that was made up is no token."""
    return status(answer, 401)


@rule("contract.api.challenge-names-bearer")
def challenge(answer: ApiProblem) -> Finding | None:
    """The challenge tells a client by which scheme it gets in."""
    if answer.status != _UNAUTHORIZED:
        raise DoesNotApply(f"{answer.status} needs no challenge")
    said = answer.header("WWW-Authenticate")
    if _BEARER.search(said):
        return None
    return Finding("header WWW-Authenticate", "Bearer …", said or "no such header")


@rule("contract.api.missing-token-gets-no-error-code")
def no_code(answer: ApiNoToken) -> Finding | None:
    """A client that has not tried yet learns nothing but that it has to."""
    said = answer.header("WWW-Authenticate")
    if "error=" not in said.replace(" ", ""):
        return None
    return Finding("header WWW-Authenticate", "no error", said)


@rule("contract.api.unknown-token-is-named-invalid")
def invalid_token(answer: ApiUnknownRefused) -> Finding | None:
    """By this code a client knows that another token may help."""
    said = answer.header("WWW-Authenticate")
    if 'error="invalid_token"' in said.replace(" ", ""):
        return None
    return Finding("header WWW-Authenticate", 'error="invalid_token"', said or "no such header")


@rule("contract.api.errors-are-problems")
def problem(answer: ApiProblem) -> Finding | None:
    """Clients are told to parse a problem only where the media type says that it is one."""
    return media_type(answer, "application/problem+json")


@rule("contract.api.problem-type-is-a-urn")
def problem_type(answer: ApiProblem) -> Finding | None:
    """Clients decide on the type and on nothing else."""
    value = answer.told("type")
    if isinstance(value, str) and _TYPE.fullmatch(value):
        return None
    return Finding("body, type", "urn:problem-type:…", shown(value))


@rule("contract.api.problem-has-a-title")
def title(answer: ApiProblem) -> Finding | None:
    """The title is what a developer reads first."""
    return text_at(answer, "title")


@rule("contract.api.problem-repeats-the-status")
def same_status(answer: ApiProblem) -> Finding | None:
    """Where a gateway has changed one of them, nobody knows which is right."""
    value = answer.told("status")
    if value == answer.status and not isinstance(value, bool):
        return None
    return Finding("body, status", str(answer.status), shown(value))


@rule("contract.api.missing-token-has-its-problem")
def missing_token(answer: ApiNoToken) -> Finding | None:
    """A type of its own tells a missing token from a bad one."""
    return _typed(answer, "noAccessToken")


@rule("contract.api.invalid-token-has-its-problem")
def invalid(answer: ApiUnknownRefused) -> Finding | None:
    """The type that the guidelines name tells a client to ask for another token."""
    return _typed(answer, "invalidAccessToken")


@rule("contract.api.unknown-place-is-not-found")
def nowhere(answer: ApiNotFound) -> Finding | None:
    """A client with a wrong path learns it here, and not from data that do not come."""
    return status(answer, 404)


def _typed(answer: ApiNoToken | ApiUnknownRefused, name: str) -> Finding | None:
    value = answer.told("type")
    if not isinstance(value, str) or not value.startswith(_BELGIF):
        raise DoesNotApply("the problem is none of Belgif's")
    return None if value == _BELGIF + name else Finding("body, type", _BELGIF + name, value)
