"""What an organisation declares of its set-up, as the journal holds it: facts, and no persons.

The sections named are those of "Opzetten kanaal REST API" (17/09/2024) and of the ChaMan FAQ.
Everything has the `place` in the file where it stands, and refers to others by their id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

__all__ = [
    "FLA",
    "Account",
    "Certificate",
    "Contact",
    "Enterprise",
    "Fact",
    "Flow",
    "Person",
    "Sender",
]

FLA = "federal learning account"
"""Name of the service in MAHIS and, among other words, in ChaMan's authorisations."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Base: anything that is declared."""

    place: str
    """E.g. `accounts[2] "fla"`."""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """Return the fact in an object of the journal."""
        return cls(**{key: _held(value) for key, value in raw.items()})


def _held(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Enterprise(Fact):
    """A company or a public body, identified by its KBO number (2.3)."""

    id: str
    number: str
    capacities: tuple[str, ...]
    """Capacities it is registered in on the portal (4.4.1)."""
    ocmw: bool
    """Whether it is a public centre for social welfare, for which delegation exists (FAQ)."""


@dataclass(frozen=True, slots=True)
class Contact(Fact):
    """A contact of a sender: whether there is a name, and how many addresses, not which."""

    role: str
    named: bool
    emails: int


@dataclass(frozen=True, slots=True)
class Sender(Fact):
    """An enterprise made known in ChaMan as one that exchanges data (FAQ, access)."""

    enterprise: str
    contacts: tuple[Contact, ...]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """Return the sender with its contacts."""
        contacts = tuple(Contact.of(item) for item in raw["contacts"])
        return cls(raw["place"], raw["enterprise"], contacts)


@dataclass(frozen=True, slots=True)
class Person(Fact):
    """Somebody who works in ChaMan: the role, never the name."""

    id: str
    enterprise: str
    role: str
    granted_by: str
    """Id of the person who gave access to ChaMan; empty when nobody did."""


@dataclass(frozen=True, slots=True)
class Certificate(Fact):
    """A certificate of an account."""

    name: str
    fingerprint: str
    """Hex SHA-256 of the DER, or empty when it is not declared."""
    not_before: str
    not_after: str
    """ISO dates, or empty when they are not declared."""


@dataclass(frozen=True, slots=True)
class Account(Fact):
    """An account in ChaMan (4.4; FAQ, accounts)."""

    id: str
    enterprise: str
    type: str
    """`REST`, `SOAP`, `FTP` or `SFTP`."""
    name: str
    capacity: str
    environment: str
    """`ACC` or `PROD`."""
    client_id: str
    permissions: tuple[str, ...]
    active: bool
    configured_by: str
    """Id of a person, or empty."""
    certificates: tuple[Certificate, ...]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """Return the account with its certificates."""
        inner = tuple(Certificate.of(item) for item in raw["certificates"])
        return cls(**{key: _held(value) for key, value in raw.items()} | {"certificates": inner})

    @property
    def permits_fla(self) -> bool:
        """Whether the authorisation for the Federal Learning Account is ticked (4.4.1, 7)."""
        return any(FLA in item.casefold() for item in self.permissions)


@dataclass(frozen=True, slots=True)
class Flow(Fact):
    """Data of some employers that a sender sends through an account, in a role (2.1 to 2.5)."""

    kind: str
    """`FLA`, or the name of another flow such as `Dimona`."""
    sender: str
    role: str
    """`employer`, `mandatary` or `training_provider`."""
    account: str
    """Id of the account, or empty when none was made."""
    data_of: tuple[str, ...]
    """Enterprises under whose number the data goes."""
    environment: str = ""
    """`ACC` or `PROD`; empty for that of the account."""

    @property
    def is_fla(self) -> bool:
        """Whether it carries data of the Federal Learning Account."""
        return self.kind == "FLA"
