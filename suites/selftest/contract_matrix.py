"""The kill matrix of the contract: each wayward provider, and the one requirement it breaks.

`python suites/selftest/contract_matrix.py` puts every wayward provider before the prober and
writes `reports/sample/kill-matrix-contract.md`. A test holds the table to what happens now.

Providers that break a rule of their own also stray from the OpenAPI documents, which say the same
again; so the stages with documents are played for those providers that break nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from proefbank.exchange import Provider, Request, Response
from proefbank.judge import catalogue, judge
from proefbank.providing.bench import ProviderBench
from proefbank.requirement import Level
from proefbank.service import Cast, Settings, services
from proefbank.services.contract.wayward import WAYWARD, WaywardProvider
from proefbank.staging import Stage, rules_for, stages_of
from proefbank.verdict import Outcome, Verdict

__all__ = ["PACKAGE", "TABLE", "Spoiled", "caught", "judged", "opened", "page", "row", "stages"]

PACKAGE = "proefbank.services.contract"
TABLE = Path(__file__).parents[2] / "reports" / "sample" / "kill-matrix-contract.md"
DOCUMENT = "contract-document-"
GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
HEAD = """# The kill matrix of contract

Each wayward provider is a simulated one with one defect in its answers. It breaks exactly the
requirement in its row, by failing a MUST or by a warning for the rest, and no other rule about
answers; where later requests need what is missing, they are not exercised. Made by
`python suites/selftest/contract_matrix.py`; a test holds the table to what happens.

| Requirement | Level | Basis | Wayward provider | Its defect | Shows at | Caught in |
|---|---|---|---|---|---|---|
"""
Spoil = Callable[[Request, Response], Response]


class Spoiled:
    """A provider whose answers somebody tampers with."""

    def __init__(self, provider: Provider) -> None:
        """Tamper with nothing yet."""
        self._provider = provider
        self.spoil: Spoil | None = None

    def handle(self, request: Request) -> Response:
        """Answer as the provider does, and then as it should not; its document stays as it is."""
        answer = self._provider.handle(request)
        if self.spoil is None or answer.trail.conversation == "control":
            return answer
        return self.spoil(request, answer)

    def reset(self) -> None:
        """Forget what the provider forgets."""
        self._provider.reset()


class SpoiledBench(ProviderBench):
    """A bench whose provider can be tampered with."""

    spoiled: Spoiled

    def _opened(self, settings: Settings) -> Cast:
        cast = self.service.open(settings, clock=self.clock, rng=self.rng)
        self.spoiled = Spoiled(cast.provider)
        cast.provider = self.spoiled
        return cast


@contextmanager
def opened(service: str, *, seed: int = 1) -> Iterator[SpoiledBench]:
    """Open a bench in front of one service's provider, and close it."""
    bench = SpoiledBench(services()[service], settings=Settings(), seed=seed)
    try:
        yield bench
    finally:
        bench.close()


def stages(service: str, *, documents: bool = False) -> list[Stage]:
    """Return the stages that need a service, with or without those about its document."""
    found = [stage for stage in stages_of(PACKAGE) if service in stage.needs]
    return [stage for stage in found if documents or not stage.name.startswith(DOCUMENT)]


def judged(bench: SpoiledBench, played: Iterable[Stage]) -> list[Verdict]:
    """Stage these and judge each by all its rules."""
    found = []
    for stage in played:
        journal = bench.run(stage)
        found += [
            judge(rule, journal) for reading in stage.readings for rule in rules_for(stage, reading)
        ]
    return found


def caught(bench: SpoiledBench, wayward: WaywardProvider) -> list[Verdict]:
    """Return the verdicts that caught it; fails if there is another one, or one too weak."""
    documents = wayward.requirement.startswith("contract.document.")
    bench.spoiled.spoil = wayward.spoil
    try:
        verdicts = judged(bench, stages(wayward.service, documents=documents))
    finally:
        bench.spoiled.spoil = None
    bad = [verdict for verdict in verdicts if verdict.outcome not in GOOD]
    told = [(v.requirement, v.outcome.value, v.finding or v.reason) for v in bad]
    if wayward.ends:  # what cannot be asked any more is not held against it
        bad = [verdict for verdict in bad if verdict.outcome is not Outcome.NOT_EXERCISED]
    assert {v.requirement for v in bad} == {wayward.requirement}, (
        f"{wayward.name} should break {wayward.requirement} alone: {told}"
    )
    level = catalogue(PACKAGE)[wayward.requirement].level
    outcome = Outcome.FAILED if level is Level.MUST else Outcome.WARNED
    assert all(v.outcome is outcome and v.finding for v in bad), f"{wayward.name}: {told}"
    return bad


def row(wayward: WaywardProvider, verdicts: Iterable[Verdict]) -> str:
    """Return the line of the table for one wayward provider."""
    verdicts = list(verdicts)
    requirement = catalogue(PACKAGE)[wayward.requirement]
    where = dict.fromkeys(v.finding.where for v in verdicts if v.finding)
    played = ", ".join(f"`{stage}`" for stage in dict.fromkeys(v.stage for v in verdicts))
    cells = (
        f"`{requirement.id}`",
        requirement.level.value,
        requirement.basis.value,
        f"`{wayward.name}`",
        wayward.defect,
        "; ".join(where),
        played,
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def page(rows: Mapping[str, str]) -> str:
    """Return the page for one row of each wayward provider, in the requirements' order."""
    order = list(catalogue(PACKAGE))
    names = sorted(rows, key=lambda name: (order.index(WAYWARD[name].requirement), name))
    return HEAD + "".join(f"{rows[name]}\n" for name in names)


def main() -> int:
    """Write the table; return 1 if something was not exact."""
    rows, inexact = {}, []
    for service in services():
        mine = [item for item in WAYWARD.values() if item.service == service]
        with opened(service) as bench:
            for wayward in mine:
                try:
                    rows[wayward.name] = row(wayward, caught(bench, wayward))
                except AssertionError as problem:
                    inexact.append(str(problem))
    sys.stderr.write("".join(f"{line}\n" for line in inexact))
    if not inexact:
        TABLE.write_text(page(rows), encoding="utf-8")
    return int(bool(inexact))


if __name__ == "__main__":
    raise SystemExit(main())
