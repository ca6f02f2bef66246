"""The bench on which a provider is judged: ours speaks to it, and its answers are looked at.

The doors, the clock and the journal are those of any bench. The client is the prober, which does
what a stage of the service `contract` says, and nobody judges it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from proefbank.bench import Bench
from proefbank.providing.probing import Prober
from proefbank.service import Service, Settings

if TYPE_CHECKING:
    from proefbank.choices import Choices

__all__ = ["ProviderBench"]

CALL_TIMEOUT = 60.0
"""Seconds that one order to the prober may take: a document may have many operations."""


class ProviderBench(Bench):
    """One service's provider, strict as the real one, and the prober in front of it."""

    def __init__(
        self,
        service: Service,
        *,
        settings: Settings,
        seed: int,
        judged_as: str = "contract",
        **more: Any,
    ) -> None:
        """Open the doors of `service`, whose provider is judged by the rules of `judged_as`."""
        more["call_timeout"] = CALL_TIMEOUT
        more["make_client"] = lambda ca_file: self.prober(ca_file, settings)
        super().__init__(service, settings=settings, seed=seed, **more)
        self.judged_as = judged_as
        self.cast.set_lenient(lenient=False)

    @classmethod
    def chosen(cls, choices: Choices, target: Service, judged_as: Service) -> Any:
        """Return the bench in front of `target` in the environment that was chosen."""
        settings, seed = choices.settings, choices.seed
        if choices.target == "acc":
            from proefbank.providing.acceptance import in_acceptance  # noqa: PLC0415 - only there

            provoke = choices.provoke_errors
            return in_acceptance(target, judged_as, settings=settings, seed=seed, provoke=provoke)
        return cls(target, settings=settings, seed=seed, judged_as=judged_as.name)

    def prober(self, ca_file: Path, settings: Settings) -> Prober:
        """Return who speaks to the provider."""
        return Prober(
            self.service.name,
            ca_file=ca_file,
            clock=self.clock,
            seed=self.seed,
            openapi=settings.openapi,
        )

    def preflight(self) -> None:
        """Nothing to try out: the prober is ours, and trusts the authority of the run."""
