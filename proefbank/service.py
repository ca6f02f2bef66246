"""What a service brings to the bench, and how the bench finds it.

A further service can come from another distribution: an entry point in the group
`proefbank.services` that names its `Service` value.
"""

from __future__ import annotations

import importlib
import importlib.util
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from cryptography import x509

from proefbank.clock import Clock
from proefbank.errors import BadInvocation
from proefbank.exchange import Provider, Secret

__all__ = [
    "LISTENERS",
    "Arranged",
    "Cast",
    "Listener",
    "Minted",
    "Mints",
    "Peopled",
    "Receives",
    "Service",
    "Settings",
    "bench_of",
    "catalogues",
    "module_of",
    "service",
    "services",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may choose about a simulated service."""

    profile: Path | None = None
    openapi: Path | None = None


class Cast(Protocol):
    """A service made ready for stagings: its provider, and who the client is told to be."""

    provider: Provider

    @property
    def client_trust(self) -> Sequence[x509.Certificate]:
        """Authorities whose client certificates a listener that asks for one takes."""
        ...

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


class Receives(Protocol):
    """A cast whose clients send people's browsers to its pages, and get them back."""

    @property
    def pages(self) -> str:
        """Origin of the pages."""
        ...

    def typed(self, person: str) -> Mapping[str, str]:
        """Return what this person types into forms, by field; ValueError for an unknown one."""
        ...


class Arranged(Protocol):
    """What came of something that people did at a service."""

    @property
    def text(self) -> str:
        """It in a sentence, for the journal."""
        ...


class Peopled(Protocol):
    """A cast of a service at which people do something while clients go on working."""

    def arrange(
        self, deed: str, told: Mapping[str, object], *, instant: float, folder: Path
    ) -> Arranged:
        """Have it done at epoch seconds `instant`; ValueError tells why it cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class Listener:
    """An origin at which a service listens."""

    name: str
    host: str = "127.0.0.1"
    asks_client: bool = False
    """Whether it asks for a client certificate; the provider sees which one came, if any."""
    largest_body: int = 1024 * 1024
    """Bytes of a request's body that it reads; a longer one gets 413."""


LISTENERS = (Listener("main"), Listener("other"), Listener("elsewhere", "localhost"))
"""The service, another environment of it, and a stranger to whom redirects lead."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the bench."""

    name: str
    title: str
    package: str
    capabilities: tuple[str, ...]
    """Capabilities that it judges, e.g. `("token", "api")`."""
    maker: str
    """`module:function` that makes its cast; named, not held, so that listing stays quick.
    Empty for a service that stages nothing, but judges files and declarations."""
    reference: str
    """`module:Class` of its reference client."""
    wayward: str
    """Module with its wayward clients."""
    takes_days: bool = False
    """Whether its stagings let days go by, so that it is worth a process of its own to move the
    time of a Python class that has no `clock`."""
    time_zone: str = ""
    """Time zone in which a client's own process is started; empty for that of the machine."""
    listeners: tuple[Listener, ...] = LISTENERS
    """Where it listens; `main` is what clients are told of."""
    bench: str = ""
    """`module:Class` of the bench that stages its situations, if not the one for clients: what
    is judged then is no client. Such a service has no `maker`: it borrows the casts of others."""
    api_account: str | None = None
    """The account of every staging that an API can go through which is called directly and which
    nobody restarts; None for a service without such APIs."""

    def open(self, settings: Settings, *, clock: Clock, rng: random.Random) -> Cast:
        """Make the cast of a run."""
        module, _, name = self.maker.partition(":")
        made: Cast = getattr(importlib.import_module(module), name)(settings, clock, rng)
        return made


@cache
def catalogues() -> Mapping[str, Service]:
    """Return whatever has requirements, by name; our own are entry points like any other."""
    found = [point.load() for point in entry_points(group="proefbank.services")]
    return {made.name: made for made in sorted(found, key=lambda made: made.name)}


@cache
def services() -> Mapping[str, Service]:
    """Return every installed service that a client can be judged by, by name.

    Those without a `maker` judge what lies there, files and declarations, or a provider.
    """
    return {name: made for name, made in catalogues().items() if made.maker}


def bench_of(service: Service) -> Any:
    """Return the class of the bench that stages the situations of a service with a `bench`."""
    module, _, name = service.bench.partition(":")
    return getattr(importlib.import_module(module), name)


@cache
def module_of(service: Service, name: str) -> ModuleType | None:
    """Return a module that not every service has: `acc`, `recorded` or `served`; None without."""
    place = f"{service.package}.{name}"
    return importlib.import_module(place) if importlib.util.find_spec(place) else None


def service(name: str, *, staged: bool = False) -> Service:
    """Return the service called `name`, or tell which there are; `staged` is for runs."""
    known = catalogues()
    if staged:
        known = {name: made for name, made in known.items() if made.maker or made.bench}
    if name in known:
        return known[name]
    if name in catalogues():
        raise BadInvocation(
            f"no client is judged by {name}",
            where="SERVICE",
            hint=f"files and declarations are, by: proefbank check; a run takes {' '.join(known)}",
        )
    raise BadInvocation(
        f"there is no service called {name}", where="SERVICE", hint=f"one of: {' '.join(known)}"
    )
