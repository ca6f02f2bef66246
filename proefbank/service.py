"""What a service brings to the bench, and how the bench finds it.

A further service can come from another distribution: an entry point in the group
`proefbank.services` that names its `Service` value.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from proefbank.clock import Clock
from proefbank.errors import BadInvocation
from proefbank.exchange import Provider, Secret

__all__ = ["Cast", "Minted", "Mints", "Service", "Settings", "service", "services"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may choose about a simulated service."""

    profile: Path | None = None
    openapi: Path | None = None


class Cast(Protocol):
    """A service made ready for stagings: its provider, and who the client is told to be."""

    provider: Provider

    def meet(self, origins: Mapping[str, str]) -> None:
        """Hear under which origins (listener name to URL) the doors stand."""
        ...

    def scenario(self, account: str, scope: str | None, folder: Path) -> tuple[Any, dict[str, Any]]:
        """Return the members that the client is told (or several sets), and facts for the journal.

        Key and certificate files are written to `folder`, once for each account.
        """
        ...

    def sample(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        """Return the arguments of an ordinary API call for the account that `facts` describe."""
        ...

    def arm(self, stimulus: str, times: int, params: Mapping[str, object]) -> str:
        """Arm a stimulus and return its layer; `tls` ones are left to the door."""
        ...

    def secrets(self) -> Sequence[Secret]:
        """Return what must never be written down: the private keys handed out."""
        ...

    def for_stagings(self) -> None:
        """Take the settings that stagings count on."""
        ...

    def set_lenient(self, *, lenient: bool) -> None:
        """Grant in spite of violations (they are still noted), or refuse as the real one does."""
        ...


@dataclass(frozen=True, slots=True)
class Minted:
    """A token made to be shown to a client, and what the journal may tell of it."""

    token: str = field(repr=False)
    args: Mapping[str, object]
    """What else the client is told when it is to verify the token."""
    facts: Mapping[str, object]
    """E.g. recipe, key and state; the client never hears them."""


class Mints(Protocol):
    """A cast that makes tokens for clients that verify them."""

    def token(self, recipe: str, *, at: float, **how: Any) -> Minted:
        """Return a token made at `at` (epoch seconds); ValueError for an unknown recipe."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the bench."""

    name: str
    title: str
    package: str
    capabilities: tuple[str, ...]
    """Capabilities that it judges, e.g. `("token", "api")`."""
    maker: str
    """`module:function` that makes its cast; named, not held, so that listing stays quick."""
    reference: str
    """`module:Class` of its reference client."""
    wayward: str
    """Module with its wayward clients."""
    takes_days: bool = False
    """Whether its stagings let days go by, so that it is worth a process of its own to move the
    time of a Python class that has no `clock`."""

    def open(self, settings: Settings, *, clock: Clock, rng: random.Random) -> Cast:
        """Make the cast of a run."""
        module, _, name = self.maker.partition(":")
        made: Cast = getattr(importlib.import_module(module), name)(settings, clock, rng)
        return made


@cache
def services() -> Mapping[str, Service]:
    """Return every installed service by name; our own are entry points like any other."""
    found = [point.load() for point in entry_points(group="proefbank.services")]
    return {made.name: made for made in sorted(found, key=lambda made: made.name)}


def service(name: str) -> Service:
    """Return the service called `name`, or tell which there are."""
    if name not in services():
        known = " ".join(services())
        raise BadInvocation(
            f"there is no service called {name}", where="SERVICE", hint=f"one of: {known}"
        )
    return services()[name]
