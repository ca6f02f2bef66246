"""A run against acceptance: which services it takes, whether it can be, and on which bench."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from proefbank.acceptance.bench import AcceptanceBench
from proefbank.acceptance.known import acceptance_of, named_in, production_hosts
from proefbank.choices import Choices
from proefbank.chosen_client import make_client
from proefbank.clock import Clock
from proefbank.doors.proxy import Forwarder
from proefbank.errors import BadInvocation
from proefbank.service import Service
from proefbank.service import service as service_called
from proefbank.staging import Stage, stages_of

__all__ = ["check", "open_bench", "own_stages", "services_there"]


def services_there(profile: str | None, named: Sequence[str]) -> list[str]:
    """Return the services named, or those with a table in the profile; BadInvocation for none."""
    found = list(named) or named_in(Path(profile) if profile else None)
    if not found:
        raise BadInvocation(
            "the profile does not say who the client is at acceptance",
            where="--target",
            hint="give it a table for each service, such as [acc.socialsecurity]: proefbank init",
        )
    return found


def check(choices: Choices) -> None:
    """Raise `BadInvocation` for choices or a profile with which acceptance cannot be the target."""
    if choices.profile is None:
        raise BadInvocation(
            "a profile says where acceptance stands, and who the client is there",
            where="--target",
            hint="proefbank run --target acc --profile proefbank.toml; proefbank init writes one",
        )
    if choices.api or choices.api_command:
        raise BadInvocation(
            "an API goes to acceptance by itself; what it says there can be recorded",
            where="--api",
            hint="proefbank record ehealth --target acc --judge",
        )
    if choices.shard:
        raise BadInvocation(
            "acceptance is asked for so little that there is nothing to part",
            where="--shard",
            hint="leave it out",
        )
    for name in _tried(choices):
        _try(choices, service_called(name, staged=True))


def _tried(choices: Choices) -> Sequence[str]:
    """Return the services that are met: where a provider is judged, those of the profile."""
    if any(service_called(name, staged=True).bench for name in choices.services):
        return services_there(choices.profile, ())
    return choices.services


def _try(choices: Choices, service: Service) -> None:
    """Open what the profile refers to, for its complaints alone."""
    maker = acceptance_of(service).maker
    rng = random.Random(0)  # noqa: S311 - nothing is made up
    made: Any = replace(service, maker=maker).open(choices.settings, clock=Clock(), rng=rng)
    for one in made.upstreams:
        Forwarder(one, tell=lambda _: None, production=production_hosts()).close()


def _open(choices: Choices, service: Service) -> AcceptanceBench:
    # Time stands where it is, so no client needs a process or a library that moves it.
    still = replace(choices, move_clock="never")
    plain = replace(service, takes_days=False)
    return AcceptanceBench(
        service,
        settings=choices.settings,
        seed=choices.seed,
        make_client=lambda ca_file: make_client(still, plain, ca_file),
        call_timeout=choices.call_timeout,
        port=choices.doors_at,
        authority=Path(choices.ca_folder) if choices.ca_folder else None,
        provoke=choices.provoke_errors,
    )


def open_bench(choices: Choices, service: Service) -> AcceptanceBench:
    """Return the bench of a service, and say how much will be asked of acceptance."""
    made = _open(choices, service)
    stages = [
        stage
        for stage in (*stages_of(service.package), *made.acceptance.own)
        if not choices.stages or stage.name in choices.stages
    ]
    origins = ", ".join(one.origin for one in made.upstreams)
    line = f"ACC: {service.name} is asked about {made.requests_of(stages)} times, at {origins}"
    print(line, file=sys.stderr)  # noqa: T201 - standard output is for the verdict
    return made


def own_stages(service: Service) -> tuple[Stage, ...]:
    """Return the stages that only acceptance needs."""
    return acceptance_of(service).own
