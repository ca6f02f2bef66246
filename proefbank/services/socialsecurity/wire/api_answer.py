"""What a client made of the API's answer: the same two witnesses as for the token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from proefbank.journal import Journal
from proefbank.judge import NotExercised, Reading

from .token_answer import Probe, check_controls, probe_of

__all__ = [
    "ApiAskedToWait",
    "ApiAskedToWaitUntil",
    "ApiHintedToWait",
    "ApiRefusal",
    "ChangedTexts",
    "ComparedWait",
    "ExpiredToken",
    "Forbidden",
    "InvalidToken",
    "NotAProblem",
    "ProblemWithMore",
    "RedirectedCall",
    "UnknownResponseMembers",
]


class ApiProbe(Probe):
    """A probe of the API conversation."""

    conversation = "api"


class ApiRefusal(ApiProbe):
    """The API answered 4xx with a body, some of which could be taken for data."""

    stimuli = ("api-bad-request-400*", "api-not-found-404", "api-json-error-not-problem")


class ProblemWithMore(ApiProbe):
    """The API answered a problem that has members the client has never heard of."""

    stimuli = ("api-problem-extra-members",)


class NotAProblem(ApiProbe):
    """The API failed without a problem document: HTML, plain text, or no body at all."""

    stimuli = ("api-html-502", "api-plain-500")


class ExpiredToken(ApiProbe):
    """The API says that the token has expired, once or every time."""

    stimuli = ("api-expired-token",)


@dataclass(frozen=True, slots=True)
class ChangedTexts(Reading):
    """One problem twice: with the usual words, then with other ones."""

    usual: tuple[str, ...]
    """Conversations that followed, in order, and the outcome, for the usual words."""
    changed: tuple[str, ...]
    exchange: int

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the one reading; raises `NotExercised` unless both problems were delivered."""
        check_controls(journal, "api")
        probes = [call for call in journal.calls if call.note == "probe"]
        struck = [item for call in probes for item in call.exchanges if item.trail.stimulus]
        if len(probes) != 2 or len(struck) != 2:  # noqa: PLR2004
            raise NotExercised("the problem was to be met once in each wording, and was not")
        shapes = [
            (*(item.conversation for item in call.exchanges), call.outcome) for call in probes
        ]
        return [cls(shapes[0], shapes[1], struck[1].number)]


class InvalidToken(ApiProbe):
    """The API says that the token is invalid, or that there is none."""

    stimuli = ("api-invalid-token", "api-no-token", "api-revoke-early")


class Forbidden(ApiProbe):
    """The API says 403: a scope or a permission is missing."""

    stimuli = ("api-missing-scope-403", "api-missing-permission-403")


class UnknownResponseMembers(ApiProbe):
    """The API's answer has members that the client has never heard of."""

    stimuli = ("api-extra-members",)


class ApiAskedToWait(ApiProbe):
    """The API asked to wait a number of seconds; the client was told to act again at once."""

    stimuli = ("api-429-retry-after", "api-503-retry-after")


@dataclass(frozen=True, slots=True)
class ComparedWait(ApiProbe):
    """The API asked to wait twice: first in seconds, as a comparison, then in another form."""

    waits_for_seconds: bool
    """Whether the client sent nothing while the seconds of the comparison ran."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the probe; raises `NotExercised` also when the comparison met no request."""
        stimulus, probes, exchanges, first = probe_of(journal, cls.conversation)
        if stimulus not in cls.stimuli:
            return []
        compared = [call for call in journal.calls if call.note == "comparison"]
        told = [item for call in compared for item in call.exchanges if item.conversation == "api"]
        if not told:
            raise NotExercised("the client was to be asked to wait in seconds first, and was not")
        return [cls(stimulus, probes, exchanges, first, waits_for_seconds=len(told) == 1)]


class ApiAskedToWaitUntil(ComparedWait):
    """The API asked to wait until a date."""

    stimuli = ("api-429-retry-after-date",)


class ApiHintedToWait(ComparedWait):
    """The API said in the problem alone how long to wait."""

    stimuli = ("api-429-hint-in-body",)


class RedirectedCall(ApiProbe):
    """The API redirected the call to another host."""

    stimuli = ("api-redirect-elsewhere",)
