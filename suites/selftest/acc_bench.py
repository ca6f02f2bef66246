"""A client in front of the stand-in for acceptance, and what the rules say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proefbank.acceptance.bench import AcceptanceBench
from proefbank.acceptance.hand import Person
from proefbank.clients.python import PythonClient
from proefbank.journal import Journal
from proefbank.judge import judge
from proefbank.service import Settings, service
from proefbank.staging import Stage, rules_for, stages_of
from proefbank.verdict import Verdict

__all__ = ["BAD", "Played", "bench_at", "nobody", "play", "stages_at"]

BAD = {"failed", "warned", "not_exercised", "broken"}


def nobody(url: str) -> str | None:
    """Return that no person is there."""
    return None


@contextmanager
def bench_at(
    name: str,
    profile: Path,
    client: type,
    *,
    person: Person = nobody,
    provoke: bool = False,
) -> Iterator[AcceptanceBench]:
    """Yield the bench of a service at the stand-in whose profile this is."""
    bench = AcceptanceBench(
        service(name),
        settings=Settings(profile=profile),
        seed=1,
        make_client=lambda _: PythonClient(client),
        person=person,
        provoke=provoke,
        call_timeout=30.0,
    )
    try:
        yield bench
    finally:
        bench.close()


@dataclass(frozen=True)
class Played:
    """What became of the stages that are played."""

    journals: dict[str, Journal]
    verdicts: list[Verdict]

    @property
    def counts(self) -> Counter[str]:
        return Counter(str(verdict.outcome) for verdict in self.verdicts)

    @property
    def bad(self) -> dict[str, str]:
        """Requirements with a bad outcome, and the first reason."""
        return {v.requirement: f"{v.outcome} {v.reason}" for v in self.verdicts if v.outcome in BAD}


def stages_at(bench: AcceptanceBench) -> list[Stage]:
    """Return the stages that are played."""
    every = (*stages_of(bench.service.package), *bench.acceptance.own)
    return [stage for stage in every if stage.name in bench.acceptance.played]


def play(bench: AcceptanceBench) -> Played:
    """Play and judge them."""
    journals = {stage.name: bench.run(stage) for stage in stages_at(bench)}
    verdicts = [
        judge(rule, journals[stage.name])
        for stage in stages_at(bench)
        for reading in stage.readings
        for rule in rules_for(stage, reading)
    ]
    return Played(journals, verdicts)
