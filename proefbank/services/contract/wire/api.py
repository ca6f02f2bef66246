"""Answers of the FLA API."""

from __future__ import annotations

from .answers import Answer, Good, Refused, Status

__all__ = [
    "ApiAnswer",
    "ApiNoToken",
    "ApiNotFound",
    "ApiOpen",
    "ApiProblem",
    "ApiStatus",
    "ApiUnknownRefused",
    "ApiUnknownToken",
]

_NO_TOKEN, _UNKNOWN, _NOWHERE = "api-no-token", "api-unknown-token", "api-nowhere"


class ApiStatus(Status):
    """The status of the answer to a good call."""

    notes = ("api",)


class ApiAnswer(Good):
    """The answer to a good call."""

    notes = ("api",)


class ApiOpen(Answer):
    """The answer to a call without a token, refused or not."""

    notes = (_NO_TOKEN,)


class ApiNoToken(Refused):
    """The refusal of a call without a token."""

    notes = (_NO_TOKEN,)


class ApiUnknownToken(Answer):
    """The answer to a call with a token that nobody issued."""

    notes = (_UNKNOWN,)


class ApiUnknownRefused(Refused):
    """The refusal of a call with a token that nobody issued."""

    notes = (_UNKNOWN,)


class ApiNotFound(Answer):
    """The answer to a call to a place that there is not."""

    notes = (_NOWHERE,)


class ApiProblem(Refused):
    """Any refusal of the API."""

    notes = (_NO_TOKEN, _UNKNOWN, _NOWHERE)
