"""What a client made of the token server's answer: both witnesses of one probe.

A staging of this kind holds a `control` call that met a healthy server, and `probe` calls that
met the stimulus. What the client says and what it sends afterwards are read together. Calls with
another note, a `comparison` say, are left to the readings that know it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from proefbank.journal import Call, Exchange, Journal
from proefbank.judge import NotExercised, Reading

from .api_request import issued_token

__all__ = [
    "ExtraMembers",
    "LongToken",
    "LowerCaseType",
    "NoLifetime",
    "NoScope",
    "OpaqueToken",
    "Probe",
    "RedirectedToken",
    "RefusedToken",
    "RejectedClient",
    "ReorderedMembers",
    "TokenAskedToWait",
    "UnknownType",
    "UnusableToken",
    "check_controls",
    "probe_of",
]


@dataclass(frozen=True, slots=True)
class Probe(Reading):
    """One stimulus, what the client said when it met it, and what it sent."""

    conversation: ClassVar[str] = "token"
    stimuli: ClassVar[tuple[str, ...]] = ()
    """Names, or beginnings of names that end in `*`."""

    stimulus: str
    calls: tuple[Call, ...]
    """The probe calls, in order; at least one of them met the stimulus."""
    exchanges: tuple[Exchange, ...]
    """Everything on the wire from the first probe call on."""
    exchange: int
    """The exchange in which the stimulus was delivered first."""

    @classmethod
    def read(cls, journal: Journal) -> Iterable[Self]:
        """Return the probe, if its stimulus was delivered.

        Raises `NotExercised` when the control failed or the stimulus never met a request.
        """
        found = probe_of(journal, cls.conversation)
        wanted = found[0]
        if not any(_matches(wanted, pattern) for pattern in cls.stimuli):
            return []
        return [cls(*found)]

    def said(self, op: str) -> Call | None:
        """Return the first probe call of this operation."""
        return next((call for call in self.calls if call.op == op), None)

    def on(self, conversation: str) -> list[Exchange]:
        """Return the exchanges of one conversation since the first probe call."""
        return [item for item in self.exchanges if item.conversation == conversation]

    @property
    def struck(self) -> list[Exchange]:
        """The exchanges that the stimulus shaped."""
        return [item for item in self.exchanges if item.trail.stimulus == self.stimulus]


def probe_of(
    journal: Journal, conversation: str
) -> tuple[str, tuple[Call, ...], tuple[Exchange, ...], int]:
    """Return stimulus, probe calls, exchanges since the first of them, first struck exchange.

    Raises `NotExercised` when the control failed or the stimulus never met a request.
    """
    check_controls(journal, conversation)
    probes = tuple(call for call in journal.calls if call.note == "probe")
    others = [call for call in journal.calls if call.note != "probe"]
    before = {item.number for call in others for item in call.exchanges}
    exchanges = tuple(item for item in journal.exchanges if item.number not in before)
    struck = [item for item in exchanges if item.trail.stimulus]
    if not probes or not struck:
        raise NotExercised("the situation was set up, and the client never ran into it")
    return str(struck[0].trail.stimulus), probes, exchanges, struck[0].number


def check_controls(journal: Journal, conversation: str) -> None:
    """Raise `NotExercised` unless every control call went well, by both witnesses."""
    for call in journal.calls:
        if call.note != "control":
            continue
        if call.outcome != "accepted":
            raise NotExercised(
                f"the client did not manage the same call while all was well: {call.op} was "
                f"{call.outcome} ({call.reject_class or call.detail})"
            )
        met = [item for item in call.exchanges if item.conversation == conversation]
        if not met:
            raise NotExercised("the client said that it worked, and nothing was on the wire")
        if call.op == "token.fetch" and not any(_handed_on(call, item) for item in met):
            raise NotExercised("the client said that it had a token, and it was not the one issued")
        if call.op == "api.call" and not any(item.response.status < 300 for item in met):  # noqa: PLR2004
            raise NotExercised("the client said that it worked, and the API had refused the call")


def _handed_on(call: Call, exchange: Exchange) -> bool:
    return issued_token(exchange) == call.value.get("access_token", "")


def _matches(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


class RefusedToken(Probe):
    """The token server said no: an OAuth error, or an HTTP error without one."""

    stimuli = ("token-error-*", "token-html-*")


class RejectedClient(Probe):
    """The token server said `invalid_client` or `invalid_scope`, and says it again."""

    stimuli = ("token-error-invalid-client-*", "token-error-invalid-scope-*")


class UnusableToken(Probe):
    """The token server answered 200 with something that holds no token."""

    stimuli = (
        "token-no-access-token",
        "token-empty-body",
        "token-truncated-json",
        "token-wrong-media-type",
    )


class UnknownType(Probe):
    """The token is of a type that no bearer client understands."""

    stimuli = ("token-type-mac",)


class LowerCaseType(Probe):
    """The token type is written `bearer`."""

    stimuli = ("token-type-lowercase",)


class ExtraMembers(Probe):
    """The answer has members that the client has never heard of."""

    stimuli = ("token-extra-members",)


class ReorderedMembers(Probe):
    """The answer has its members in another order."""

    stimuli = ("token-reordered-members",)


class NoLifetime(Probe):
    """The answer does not say how long the token lives."""

    stimuli = ("token-no-expires-in",)


class NoScope(Probe):
    """The answer does not repeat the scope."""

    stimuli = ("token-no-scope",)


class OpaqueToken(Probe):
    """The token is an opaque text, where elsewhere in the run it looks like a JWT."""

    stimuli = ("token-opaque",)


class LongToken(Probe):
    """The token is very long."""

    stimuli = ("token-long",)


class RedirectedToken(Probe):
    """The token server redirected the request to another host."""

    stimuli = ("token-redirect-elsewhere",)


class TokenAskedToWait(Probe):
    """The token server asked to wait, and the client was told to act again at once."""

    stimuli = ("token-429-*", "token-503-*")
