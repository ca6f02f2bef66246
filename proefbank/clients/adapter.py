"""What a client under test is to the bench: its hello, its operations and their outcomes.

Whoever stands behind the adapter (a Python class, a process, a socket), the bench speaks to a
`ClientUnderTest` and gets these values back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

__all__ = [
    "ABILITIES",
    "CAPABILITIES",
    "OPERATIONS",
    "REJECT_CLASSES",
    "Assessed",
    "ClientUnderTest",
    "Hello",
    "Implementation",
    "LogLine",
    "Operation",
    "Outcome",
]

Kind = Literal["accepted", "rejected", "unsupported", "crashed"]
Operation = tuple[str, Mapping[str, object]]
"""An operation and its arguments, e.g. `("token.fetch", {"scope": None})`."""

CAPABILITIES = ("token", "api", "jwt", "sign")

ABILITIES = ("fresh", "output", "issuers")
"""What an adapter has, and an API that is called directly may lack: each scenario finds it as if
just started; what it prints reaches the bench; it can be told to trust several issuers."""

OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "token.fetch": "token",
        "api.call": "api",
        "jwt.verify": "jwt",
        "sign.start": "sign",
        "sign.resume": "sign",
    }
)
"""Every operation with the capability that it belongs to."""

REJECT_CLASSES = (
    "transport",
    "provider_error",
    "malformed",
    "not_allowed",
    "user_rejected",
    "user_expired",
    "invalid_signature",
    "digest_mismatch",
    "unknown_key",
    "forbidden_algorithm",
    "expired",
    "not_yet_valid",
    "wrong_audience",
    "wrong_issuer",
    "wrong_kind",
    "unclassified",
)
"""Why a client refused, as the adapter protocol names it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client says came of one operation: testimony, not yet a judgement.

    `value` of an accepted outcome is exactly what the client gave, so it may hold tokens.
    """

    kind: Kind
    value: Mapping[str, object] | None = None
    reject_class: str | None = None
    """One of `REJECT_CLASSES` for a rejected outcome, else None."""
    detail: str = ""
    """A sentence for people; for an unsupported outcome, the reason."""
    answer: Mapping[str, object] | None = None
    """What an API under test answered over HTTP: `status`, and `challenges`, the values of
    WWW-Authenticate. None where an adapter tells the outcome."""

    @classmethod
    def accepted(cls, value: Mapping[str, object]) -> Outcome:
        """Say that the operation worked and gave `value`."""
        return cls("accepted", value=value)

    @classmethod
    def rejected(cls, reject_class: str, detail: str = "") -> Outcome:
        """Say that the client refused. Raises `ValueError` for an unknown class."""
        if reject_class not in REJECT_CLASSES:
            raise ValueError(f"{reject_class!r} is not a reject class")
        return cls("rejected", reject_class=reject_class, detail=detail)

    @classmethod
    def unsupported(cls, reason: str = "") -> Outcome:
        """Say that the client has no such operation."""
        return cls("unsupported", detail=reason)

    @classmethod
    def crashed(cls, detail: str) -> Outcome:
        """Say that the adapter failed, ended, ran out of time, or was not understood."""
        return cls("crashed", detail=detail)

    def to_json(self) -> dict[str, object]:
        """Return the members as an adapter would write them, without `seq`; `answer` if any."""
        more = {} if self.answer is None else {"answer": dict(self.answer)}
        match self.kind:
            case "accepted":
                return {"outcome": "accepted", "value": dict(self.value or {}), **more}
            case "rejected":
                told = {"outcome": "rejected", "class": self.reject_class, "detail": self.detail}
                return {**told, **more}
            case "unsupported":
                return {"outcome": "unsupported", "reason": self.detail}
            case "crashed":
                return {"outcome": "crashed", "detail": self.detail, **more}


@dataclass(frozen=True, slots=True)
class Implementation:
    """Who is judged."""

    name: str
    version: str
    language: str
    homepage: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the members as in `hello`; no `homepage` if there is none."""
        members: dict[str, object] = {
            "name": self.name,
            "version": self.version,
            "language": self.language,
        }
        return members if self.homepage is None else {**members, "homepage": self.homepage}


@dataclass(frozen=True, slots=True)
class Hello:
    """How a client introduces itself, once for the whole run."""

    implementation: Implementation
    capabilities: tuple[str, ...]
    """What it claims, in the order of `CAPABILITIES`."""
    clock: Literal["settable", "system"] = "system"
    """Whether the client's time can be moved by `clock`."""
    concurrency: int = 1
    """How many calls may be in flight."""
    protocol: int = 1
    lacks: frozenset[str] = frozenset()
    """Which of `ABILITIES` it has not."""

    def to_json(self) -> dict[str, object]:
        """Return the members of the answer to `hello`, without `seq`."""
        return {
            "protocol": self.protocol,
            "implementation": self.implementation.to_json(),
            "capabilities": list(self.capabilities),
            "clock": self.clock,
            "concurrency": self.concurrency,
        }


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of evidence that is no answer."""

    stream: str
    """`stdout`, `stderr`, `socket`, or `bench` for a remark of our own."""
    text: str
    note: str = ""
    """Why a line on the answers' stream was not taken for an answer."""


class ClientUnderTest(Protocol):
    """What the bench can ask of a client, one scenario after the other, from one thread.

    After a crashed `scenario` or `clock`, every call of that scenario is answered `crashed`
    without being sent.
    """

    def hello(self) -> Hello:
        """Start the client if need be and return who it is. Raises `NotAssessed`."""
        ...

    def scenario(self, members: Mapping[str, object]) -> Outcome | None:
        """Have it forget everything and use `members`; None is fine, else a crashed outcome."""
        ...

    def call(self, op: str, args: Mapping[str, object], timeout: float) -> Outcome:
        """Have it do one operation within `timeout` seconds of real time."""
        ...

    def calls(self, operations: Sequence[Operation], timeout: float) -> list[Outcome]:
        """Have it do several, as many in flight as it allows; outcomes in the order asked."""
        ...

    def clock(self, now: float) -> Outcome | None:
        """Move its time to `now`, epoch seconds. Raises `NotObservable` if it cannot."""
        ...

    def bye(self) -> None:
        """Let it go; more than once does no harm."""
        ...

    def drain_log(self) -> list[LogLine]:
        """Return the evidence gathered since the last time, oldest first."""
        ...


@runtime_checkable
class Assessed(Protocol):
    """A client that somebody else has configured, so that it must show first that it works."""

    def assess(self, token: Callable[[float], str], keys: Callable[[], str]) -> None:
        """Raise `NotAssessed` unless it accepts an honest token, and refuses to go without one.

        `token` makes an honest token of so many seconds from now. `keys` tells what became of its
        way to the key set: `fetched`, `distrusted` (it broke off the TLS handshake) or
        `never asked`.
        """
        ...
