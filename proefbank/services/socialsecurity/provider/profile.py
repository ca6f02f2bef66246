"""The profile: every choice the sources leave open, and the accounts of the simulated ChaMan.

All of it has a default, so no file is needed. Where a source decides, the default is its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography import x509

from .enterprise_numbers import synthetic
from .facts import CAPACITIES, EMPLOYER, ENVIRONMENTS, FLA_SERVICE, PROVIDER, TRAINING_PROVIDER
from .facts import Environment as Environment  # noqa: PLC0414 - part of the profile's words
from .mandates import Mandate

__all__ = [
    "Account",
    "AssertionPolicy",
    "Environment",
    "ErrorPolicy",
    "Fla",
    "Mandate",
    "Profile",
    "Scopes",
    "TokenPolicy",
]

AUTHORISATION = f"CareerPro - {FLA_SERVICE}"
_SCOPE = "scope:sigedis:gestion:careerpro-federal-learning-account"


@dataclass(frozen=True, slots=True)
class AssertionPolicy:
    """How strictly the client assertion is judged (5.1; tolerances are ours)."""

    max_lifetime_s: int = 600
    """The documented ten minutes, measured from receipt and, if there is one, from `iat`."""
    grace_s: int = 30
    skew_s: int = 60
    algs_ok: tuple[str, ...] = ("RS256", "ES384", "ES512")
    algs_noted: tuple[str, ...] = ("RS384", "RS512", "PS256", "PS384", "PS512")
    """Accepted though no source names them; the trail notes it."""
    jti_replay: bool = True
    accepted_audiences: tuple[str, ...] = ()
    """Audiences taken besides the token URL."""


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """What is issued; no source says how long a token lives or what it looks like."""

    lifetime_s: int = 600
    format: str = "opaque"
    """`opaque` or `jwt`."""


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """Where RFC 6749 leaves the token server a choice."""

    invalid_client_status: int = 401
    """401 or 400 (5.2)."""
    scope_policy: str = "refuse"
    """`refuse` a scope that is not granted, or `narrow` to what is (3.3)."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scope of each capacity (5.1); None where the source has an empty cell."""

    employer: str | None = f"{_SCOPE}:employer"
    provider: str | None = f"{_SCOPE}:provider"
    training_provider: str | None = None
    further: Mapping[str, str] = field(
        default_factory=lambda: {"Dimona": "scope:dimona:declaration:declarant"}
    )
    """Scopes of other authorisations that an account may have ticked, by authorisation."""

    def of(self, capacity: str) -> str | None:
        """Return the scope of a capacity."""
        scope: str | None = getattr(self, capacity)
        return scope


@dataclass(frozen=True, slots=True)
class Fla:
    """The API that is mounted, where it carries enterprise numbers, and one sample call."""

    openapi: Path | None = None
    """The user's OpenAPI file, or None for our neutral default."""
    enterprise_number: tuple[str, ...] = ("/enterpriseNumber",)
    """JSON pointers into request bodies; `*` stands for any item or member."""
    enterprise_number_in_query: tuple[str, ...] = ("enterpriseNumber",)
    sample: Mapping[str, Any] = field(default_factory=dict)
    """`method`, `path` below the API base, and `body` of a call the client should make."""


@dataclass(frozen=True, slots=True)
class Account:
    """One REST account in ChaMan (4.4.1)."""

    name: str
    client_id: str
    """Opaque; shown by ChaMan after activation."""
    capacity: str
    """`employer`, `provider` (mandatary) or `training_provider`."""
    enterprise_number: str
    environment: str = "acc"
    authorisations: tuple[str, ...] = (AUTHORISATION,)
    certificate_files: tuple[str, ...] = ()
    certificates: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    active: bool = True
    ocmw: bool = False
    """Whether it is of a public centre for social welfare: only those delegate accounts."""

    @property
    def may_use_fla(self) -> bool:
        """Whether the Federal Learning Account is among the ticked authorisations."""
        return any(FLA_SERVICE.casefold() in name.casefold() for name in self.authorisations)


def _default_accounts() -> tuple[Account, ...]:
    def account(name: str, serial: int, capacity: str, number: int) -> Account:
        client_id = f"self_service_chaman_{serial:06d}_proefbank{serial % 10}"
        ticked = (AUTHORISATION, "Dimona") if capacity == EMPLOYER else (AUTHORISATION,)
        return Account(name, client_id, capacity, synthetic(number), authorisations=ticked)

    return (
        account("employer", 1, EMPLOYER, 1),
        account("mandatary", 2, PROVIDER, 2),
        account("training-provider", 3, TRAINING_PROVIDER, 3),
        replace(account("second-employer", 4, EMPLOYER, 6), ocmw=True),
    )


def _default_mandates() -> tuple[Mandate, ...]:
    mandatary = synthetic(2)
    return (
        Mandate(synthetic(4), mandatary),
        Mandate(synthetic(8), mandatary),
        Mandate(synthetic(7), mandatary, status="closed", to_quarter="2024Q2"),
    )


def default_sample() -> dict[str, Any]:
    """Return a call that the default API takes from the default employer."""
    return {
        "method": "POST",
        "path": "/registrations",
        "body": {
            "enterpriseNumber": synthetic(1),
            "reference": "proefbank-sample",
            "title": "Voorbeeldopleiding",
        },
    }


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything a simulated provider needs to know besides the certificates minted for it."""

    environment: str = "acc"
    """The environment that is simulated; accounts of another one are unknown in it (5.3)."""
    environments: Mapping[str, Environment] = field(default_factory=lambda: dict(ENVIRONMENTS))
    assertion: AssertionPolicy = AssertionPolicy()
    token: TokenPolicy = TokenPolicy()
    errors: ErrorPolicy = ErrorPolicy()
    scopes: Scopes = Scopes()
    fla: Fla = field(default_factory=lambda: Fla(sample=default_sample()))
    accounts: tuple[Account, ...] = field(default_factory=_default_accounts)
    mandates: tuple[Mandate, ...] = field(default_factory=_default_mandates)
    waivers: tuple[Mapping[str, Any], ...] = ()
    source: Path | None = None
    """The file it came from."""

    def account(self, name: str) -> Account:
        """Return the account of that name; KeyError if there is none."""
        for account in self.accounts:
            if account.name == name:
                return account
        raise KeyError(name)

    def first(self, capacity: str) -> Account | None:
        """Return the first account of a capacity, or None."""
        if capacity not in CAPACITIES:
            raise ValueError(f"{capacity!r} is not one of {', '.join(CAPACITIES)}")
        return next((account for account in self.accounts if account.capacity == capacity), None)

    def principals(self, mandatary: str, status: str = "active") -> tuple[str, ...]:
        """Return the numbers of those who gave `mandatary` an FLA mandate of that status.

        Quarters are not looked at: an active mandate may lie in the past.
        """
        return tuple(
            mandate.principal
            for mandate in self.mandates
            if mandate.for_fla and mandate.mandatary == mandatary and mandate.status == status
        )

    def stranger(self) -> str:
        """Return a synthetic enterprise number that no account and no mandate names."""
        taken = {account.enterprise_number for account in self.accounts}
        taken |= {mandate.principal for mandate in self.mandates}
        taken |= {mandate.mandatary for mandate in self.mandates}
        serial = 5
        while synthetic(serial) in taken:
            serial += 1
        return synthetic(serial)
