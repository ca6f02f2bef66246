"""What services say of their acceptance environments, and whether a host is one of theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from proefbank.errors import BadInvocation
from proefbank.judge import Reading
from proefbank.service import Service, module_of, service, services
from proefbank.staging import Stage
from proefbank.tables import read_toml
from proefbank.upstream import Environment, Upstream, plain_host, refuse_production

__all__ = [
    "Acceptance",
    "acceptance_of",
    "environments_of",
    "is_acceptance",
    "named_in",
    "production_hosts",
]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a service says of its acceptance environment, in its modules `acc` and `recorded`."""

    about: ModuleType
    """Its module on traffic that is not ours: `recorded`."""
    environment: Callable[[Path | None], Environment]
    published: Callable[[Path | None], Mapping[str, str]]
    """The path of what each upstream publishes for everybody, where a document has one."""
    played: Mapping[str, int]
    """Stages that are played there, with the requests that each makes at most."""
    provoking: Mapping[str, int]
    """Stages that provoke errors, likewise; somebody has to answer for them."""
    readings: tuple[type[Reading], ...]
    """Those that need nothing of what only a simulated service testifies."""
    before_visits: tuple[type[Reading], ...]
    """Those of them that hold though no person went to a page."""
    own: tuple[Stage, ...]
    """Stages that only acceptance needs."""
    maker: str


def acceptance_of(service: Service) -> Acceptance:
    """Return what a service says of acceptance; BadInvocation if it says nothing."""
    module, about = module_of(service, "acc"), module_of(service, "recorded")
    if module is None or about is None:
        raise BadInvocation(
            f"{service.name} has no acceptance environment that we know of",
            where="--target",
            hint="leave --target out",
        )
    return Acceptance(
        about=about,
        environment=module.environment,
        published=getattr(module, "published", lambda _: {}),
        played=module.PLAYED,
        provoking=module.PROVOKING,
        readings=module.READINGS,
        before_visits=getattr(module, "BEFORE_VISITS", ()),
        own=getattr(module, "OWN", ()),
        maker=f"{service.package}.acc:make_cast",
    )


def environments_of(names: Sequence[str], profile: Path | None) -> list[Environment]:
    """Return the acceptance environments of services; BadInvocation for one that has none."""
    found = []
    for name in dict.fromkeys(names):
        made = service(name, staged=True)
        there = module_of(made, "acc")
        if there is None or module_of(made, "recorded") is None:
            raise BadInvocation(
                f"{name} has no acceptance environment that can be recorded",
                where="SERVICE",
                hint="record it with mitmproxy, see proefbank record --help, and judge the HAR",
            )
        environment: Environment = there.environment(profile)
        found.append(environment)
    return found


def named_in(profile: Path | None) -> list[str]:
    """Return the services for which a profile has a table in `[acc]`, in its order."""
    table = read_toml(profile, "the profile").get("acc") if profile else None
    return [name for name in table if name in services()] if isinstance(table, dict) else []


def production_hosts() -> frozenset[str]:
    """Return the hosts of production that the sources name, whichever service's."""
    found = (getattr(module_of(made, "acc"), "PRODUCTION", ()) for made in services().values())
    return frozenset[str]().union(*found)


def is_acceptance(upstream: Upstream, name: str, production: Collection[str]) -> bool:
    """Say whether the sources name a host as acceptance of the service called `name`.

    BadInvocation for a host of production, whichever service's.
    """
    refuse_production(upstream.host, production, where=f"[acc.{name}] {upstream.origin}")
    refuse_production(upstream.dialled[0], production, where=f"[acc.{name}] {upstream.connect}")
    known, host = False, plain_host(upstream.host)
    for made in services().values():
        about = module_of(made, "recorded")
        target = str(about.Settings(None).target_of(host)) if about else ""
        if target == "prod":
            refuse_production(upstream.host, {host}, where=f"[acc.{name}]")
        known = known or (made.name == name and target == "acc")
    return known
