"""What a user may choose where a provider is judged, and not a client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from proefbank.errors import BadInvocation
from proefbank.service import Service, service, services

if TYPE_CHECKING:
    from proefbank.choices import Choices

__all__ = ["check_provider", "opened"]


def check_provider(choices: Choices) -> None:
    """Raise `BadInvocation` where a provider is to be judged together with a client."""
    judged = [name for name in choices.services if service(name, staged=True).bench]
    if not judged:
        return
    if others := [name for name in choices.services if name not in judged]:
        raise BadInvocation(
            f"{judged[0]} judges providers and {others[0]} clients: a report has one subject",
            where="SERVICE",
            hint=f"two runs: proefbank run {judged[0]}, and proefbank run {' '.join(others)}",
        )
    for option, given in (
        ("--client", choices.client),
        ("--client-command", choices.client_command),
        ("--attach", choices.attach),
        ("--api", choices.api),
    ):
        if given:
            raise BadInvocation(
                f"{judged[0]} judges a provider, and the bench speaks to it itself",
                where=option,
                hint=f"leave {option} out: proefbank run {judged[0]}",
            )


def opened(chosen: Sequence[Service]) -> Sequence[Service]:
    """Return the services that are opened for a run of these."""
    return list(services().values()) if any(item.bench for item in chosen) else chosen
