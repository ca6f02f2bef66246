"""What it takes to do something on the portal: where, what is told, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from cryptography import x509

from proefbank.serving import Field

from .provider import Profile, SocialSecurity
from .provider.delegations import SIDES

__all__ = ["SIBLING", "Deed", "Done", "Portal", "Told", "account_of", "by_whom"]

SIBLING = "second-mandatary"
"""Name of a second account of the mandatary's, with which the bench leads clients astray."""


class Portal(Protocol):
    """Where people do something."""

    profile: Profile
    here: SocialSecurity

    def fresh(
        self, account: str, by: str, folder: Path, instant: float
    ) -> tuple[x509.Certificate, Mapping[str, str]]:
        """Return a certificate that the account never had, and the files of it and its key."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a deed."""

    text: str
    """In a sentence, without its full stop."""
    answer: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What whoever did it has to know."""


Told = Mapping[str, Any]
Act = Callable[[Portal, Told, float, Path], Done]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that people do."""

    description: str
    fields: Callable[[Portal], Sequence[Field]]
    act: Act

    def do(self, portal: Portal, told: Told, *, instant: float, folder: Path) -> Done:
        """Do it at epoch seconds `instant`; what is not told is as the fields say."""
        fields = self.fields(portal)
        if unknown := sorted(set(told) - {one.name for one in fields}):
            raise ValueError(f"{', '.join(unknown)} is not understood")
        in_full = {one.name: one.value_in(told) for one in fields}
        return self.act(portal, in_full, instant, folder)


def account_of(portal: Portal, *, ocmw: bool = False) -> Field:
    """Return the field that tells an account."""
    accounts = [item for item in portal.profile.accounts if item.name != SIBLING]
    names = tuple(item.name for item in accounts if item.ocmw or not ocmw)
    return Field("account", "whose", names[0] if names else None, names)


def by_whom(side: str, sides: Sequence[str] = SIDES) -> Field:
    """Return the field that tells a side."""
    return Field("by", "who does it", side, tuple(sides))
