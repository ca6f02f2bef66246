"""The bench on which the provider of an acceptance environment is judged.

The prober asks it, through doors that record, what a client in good order would; what provokes
errors is asked only where the user says so and the profile names who allowed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from proefbank.acceptance.bench import AcceptanceBench
from proefbank.acceptance.hand import AcceptanceHand, Person, at_the_terminal
from proefbank.acceptance.known import named_in
from proefbank.clients.adapter import Hello, Implementation
from proefbank.exchange import Response
from proefbank.journal import Journal
from proefbank.judge import Reading
from proefbank.providing.probing import Prober
from proefbank.service import Service, Settings
from proefbank.staging import Stage, stages_of

__all__ = ["PLAYED", "PROVOKING", "AbsentBench", "AcceptanceProviderBench", "in_acceptance"]

PLAYED: Mapping[str, int] = {
    "contract-token": 1,
    "contract-api": 2,
    "contract-discovery": 1,
    "contract-key-set": 1,
    "contract-configuration": 1,
    "contract-sign": 6,
}
"""Stages that do no harm, with the requests that each makes."""
PROVOKING: Mapping[str, int] = {
    "contract-token-refused": 9,
    "contract-api-refused": 4,
    "contract-sign-refused": 11,
    "contract-sign-batch": 3,
}
DOCUMENTS: Mapping[str, int] = {"contract-document-socialsecurity": 80}
"""Played only where the user brings a document, and then nothing is changed without leave."""
_PUBLIC = frozenset(
    {
        *("use", "n", "e", "x5c", "x5t", "x5t#S256", "status"),
        *("jwks_uri", "authorization_endpoint", "token_endpoint"),
        *("response_types_supported", "subject_types_supported"),
        "id_token_signing_alg_values_supported",
    }
)
"""Members that a provider publishes for everybody: keys, addresses, codes."""
_OF_PROBLEMS = _PUBLIC | {"type"}
"""Elsewhere the type of something may be about a person; that of a problem is its name."""
_OURS = frozenset({"id", "whichDoc"})
"""Names of the documents that the prober has signed, which it made up."""
_REFUSED = 400
JUDGED = Implementation("acceptance environments of the services", "", "")


class _Hand(AcceptanceHand):
    """Keeps what the prober found of a whole document: it holds no word of any answer."""

    def _kept_of_outcome(self, op: str, told: dict[str, Any]) -> dict[str, Any]:
        return told if op == "explore" else super()._kept_of_outcome(op, told)


class _Telling:
    """A service's module on recorded traffic, by which more members may be kept."""

    def __init__(self, about: Any, more: frozenset[str]) -> None:
        self._about = about
        self.TELLING = {name: kept | more for name, kept in about.TELLING.items()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._about, name)


class AcceptanceProviderBench(AcceptanceBench):
    """One service's acceptance environment, and the prober in front of it."""

    def __init__(
        self,
        service: Service,
        *,
        settings: Settings,
        seed: int,
        judged_as: Service,
        provoke: bool = False,
        person: Person = at_the_terminal,
    ) -> None:
        """Read the profile of `settings`; BadInvocation for one that cannot be used."""
        self._judging = judged_as
        super().__init__(
            service,
            settings=settings,
            seed=seed,
            make_client=lambda ca_file: self._prober(ca_file, settings),
            call_timeout=60.0,
            provoke=provoke,
            person=person,
        )
        self.judged_as = judged_as.name
        self.acceptance = replace(
            self.acceptance,
            played={**PLAYED, **(DOCUMENTS if settings.openapi else {})},
            provoking=PROVOKING,
            readings=self._readings(),
            before_visits=self._before_visits(),
            own=(),
        )

    def _telling(self, response: Response) -> ModuleType:
        """Keep what a provider publishes, besides what is kept of any conversation."""
        more = _OF_PROBLEMS if response.status >= _REFUSED else _PUBLIC
        more |= _OURS if self.service.name == "itsme" else frozenset()
        return cast("ModuleType", _Telling(self.about, more))

    def _readings(self) -> tuple[type[Reading], ...]:
        found = [one for stage in stages_of(self._judging.package) for one in stage.readings]
        return tuple(dict.fromkeys(found))

    def _before_visits(self) -> tuple[type[Reading], ...]:
        names = ("IdentificationStatus", "Identification", "IdentificationPending")
        return tuple(one for one in self._readings() if one.__name__ in names)

    def _stagehand(self) -> AcceptanceHand:
        return _Hand(self)

    def _why_not(self, stage: Stage) -> str:
        if stage.name in DOCUMENTS and stage.name not in self.acceptance.played:
            return "needs an OpenAPI document of the API; --openapi FILE would show it"
        mine, its = f" {self._judging.name} --stage ", f" {self.service.name} --stage "
        return super()._why_not(stage).replace(its, mine)

    def _prober(self, ca_file: Path, settings: Settings) -> Prober:
        return Prober(
            self.service.name,
            ca_file=ca_file,
            clock=self.clock,
            seed=self.seed,
            openapi=settings.openapi,
            judged=JUDGED,
            reads_only=not (self.provoke and self.allowed_by),
        )


class AbsentBench:
    """Stands for a service of which the profile has nothing at acceptance."""

    def __init__(self, service: Service, judged_as: str) -> None:
        """Stage nothing of `service`."""
        self.service, self.judged_as = service, judged_as
        self.hello = Hello(JUDGED, (service.name,))
        self.origins: Mapping[str, str] = {}

    def run(self, stage: Stage) -> Journal:
        """Return a journal that says that nothing could be asked, and what would show it."""
        journal = Journal(stage.name)
        journal.write(
            "staging",
            service=self.judged_as,
            story=stage.story,
            readings=[reading.__name__ for reading in stage.readings],
            needs=sorted(stage.needs),
            at=0.0,
        )
        name = self.service.name
        reason = f"the profile has no [acc.{name}]; with one, {name} would be asked"
        journal.write("staged", state="not_observable", reason=reason, unplayed=True)
        return journal

    def close(self) -> None:
        """Nothing is open."""


def in_acceptance(
    target: Service,
    judged_as: Service,
    *,
    settings: Settings,
    seed: int,
    provoke: bool,
) -> AcceptanceProviderBench | AbsentBench:
    """Return the bench in front of a service's acceptance environment, if the profile has one."""
    if target.name not in named_in(settings.profile):
        return AbsentBench(target, judged_as.name)
    return AcceptanceProviderBench(
        target, settings=settings, seed=seed, judged_as=judged_as, provoke=provoke
    )
