"""What ties declared parties together: mandates, groups, software, delegations; and statements.

The sections named are those of "Opzetten kanaal REST API" (17/09/2024) and of the ChaMan FAQ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .declared import FLA, Fact

__all__ = [
    "Attestation",
    "Delegation",
    "Event",
    "Group",
    "Mandate",
    "Software",
    "Workforce",
]


@dataclass(frozen=True, slots=True)
class Mandate(Fact):
    """A mandate in MAHIS (2.2.1)."""

    principal: str
    mandatary: str
    service: str
    status: str
    """`active`, `pending` or `closed`."""
    begins: str
    ends: str
    """ISO dates, both included; no end is empty."""
    validated_by: tuple[str, ...]

    @property
    def for_fla(self) -> bool:
        """Whether it is for the Federal Learning Account."""
        return FLA in self.service.casefold()

    def active_on(self, day: str) -> bool:
        """Whether it is in force on an ISO date."""
        begun, ended = self.begins <= day, bool(self.ends) and self.ends < day
        return self.status == "active" and begun and not ended


@dataclass(frozen=True, slots=True)
class Group(Fact):
    """Companies that belong together, and which of the two options they chose (2.3)."""

    name: str
    members: tuple[str, ...]
    option: int
    sender: str
    """With option 2, the member that is mandatary of the others; else empty."""


@dataclass(frozen=True, slots=True)
class Software(Fact):
    """Software of a vendor, and who uses it (2.4)."""

    vendor: str
    central: bool
    agreement: bool
    """Whether the vendor agreed to send on behalf of the employers."""
    customers: tuple[str, ...]

    @property
    def vendor_sends(self) -> bool:
        """Whether it is the first case, in which the vendor sends by mandate."""
        return self.central or self.agreement


@dataclass(frozen=True, slots=True)
class Event(Fact):
    """Something that was done about a delegation, or about the delegated account."""

    what: str
    """`request`, `accept`, `refuse`, `resend`, `change permissions`, `view certificates`,
    `manage certificates` or `send`."""
    by: str
    """`owner` or `intermediary`."""
    on: str
    """ISO date."""
    times: int
    """How often in a row; between re-sends lie the other side's refusals."""


@dataclass(frozen=True, slots=True)
class Delegation(Fact):
    """A REST account given into the hands of a technical intermediary (FAQ, delegation)."""

    account: str
    intermediary: str
    events: tuple[Event, ...]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """Return the delegation with its events."""
        events = tuple(Event.of(item) for item in raw["events"])
        return cls(raw["place"], raw["account"], raw["intermediary"], events)


@dataclass(frozen=True, slots=True)
class Workforce(Fact):
    """A group of employees: under whose number their Dimona and DmfA go, and their FLA (2.3)."""

    dimona: str
    fla: str


@dataclass(frozen=True, slots=True)
class Attestation(Fact):
    """What no machine can check, stated by somebody on some day."""

    requirement: str
    by: str
    on: str
