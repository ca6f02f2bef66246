"""Which acceptance environments can be recorded, and whether a host is one of theirs."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Collection, Sequence
from pathlib import Path
from types import ModuleType

from proefbank.errors import BadInvocation
from proefbank.service import Service, service, services
from proefbank.upstream import Environment, Upstream, refuse_production

__all__ = ["environments_of", "is_acceptance", "recorded_module"]


def recorded_module(known: Service) -> ModuleType | None:
    """Return the service's module on traffic of other people's clients, if it has one."""
    name = f"{known.package}.recorded"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def environments_of(names: Sequence[str], profile: Path | None) -> list[Environment]:
    """Return the acceptance environments of services; BadInvocation for one that has none."""
    found = []
    for name in dict.fromkeys(names):
        made = service(name, staged=True)
        place = f"{made.package}.acc"
        if importlib.util.find_spec(place) is None or recorded_module(made) is None:
            raise BadInvocation(
                f"{name} has no acceptance environment that can be recorded",
                where="SERVICE",
                hint="record it with mitmproxy, see proefbank record --help, and judge the HAR",
            )
        environment: Environment = importlib.import_module(place).environment(profile)
        found.append(environment)
    return found


def is_acceptance(upstream: Upstream, name: str, production: Collection[str]) -> bool:
    """Say whether the sources name a host as acceptance of the service called `name`.

    BadInvocation for a host of production, whichever service's.
    """
    refuse_production(upstream.host, production, where=f"[acc.{name}] {upstream.origin}")
    refuse_production(upstream.dialled[0], production, where=f"[acc.{name}] {upstream.connect}")
    known = False
    for made in services().values():
        about = recorded_module(made)
        target = str(about.Settings(None).target_of(upstream.host)) if about else ""
        if target == "prod":
            refuse_production(upstream.host, {upstream.host}, where=f"[acc.{name}]")
        known = known or (made.name == name and target == "acc")
    return known
