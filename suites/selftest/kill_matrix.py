"""The kill matrix: each wayward client, the one requirement it breaks, and where that shows.

`python suites/selftest/kill_matrix.py` stages every wayward client over real sockets and writes
`reports/sample/kill-matrix.md`; `test_wayward.py` holds the table to what happens now.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from proefbank.bench import Bench
from proefbank.clients.adapter import ClientUnderTest
from proefbank.clients.python import PythonClient
from proefbank.doors.carrier import Carrier
from proefbank.doors.inprocess import httpx_transport
from proefbank.judge import catalogue, judge
from proefbank.requirement import Level
from proefbank.service import Settings, service
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.services.socialsecurity.wayward import WAYWARD
from proefbank.services.socialsecurity.wayward.registry import Lingering, Wayward
from proefbank.staging import Stage, rules_for, stages_of
from proefbank.verdict import Outcome, Verdict

__all__ = ["bad", "catches", "judged", "main", "row_of", "table", "widened"]

SERVICE = service("socialsecurity")
PACKAGE = SERVICE.package
TABLE = Path(__file__).parents[2] / "reports" / "sample" / "kill-matrix.md"
GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
HEAD = """# The kill matrix

Each wayward client is the reference client with one defect. It breaks exactly the requirement
in its row, by failing a MUST or by a warning for the rest, and nothing else in the whole run.
Made by `python suites/selftest/kill_matrix.py`; a test holds the table to what happens.

| Requirement | Level | Basis | Wayward client | Its defect | Shows at | Caught in |
|---|---|---|---|---|---|---|
"""


@contextmanager
def opened(make: Callable[[Path], ClientUnderTest], *, seed: int = 1) -> Iterator[Bench]:
    """Open a bench for a client, and close it."""
    Lingering.memory.clear()  # of a run before, in this process and with the same seed
    bench = Bench(SERVICE, settings=Settings(), seed=seed, make_client=make, call_timeout=10.0)
    try:
        yield bench
    finally:
        bench.close()


def judged(bench: Bench, stages: Iterable[Stage] = ()) -> list[Verdict]:
    """Stage every situation, or those given, and judge each by all its rules."""
    found = []
    for stage in stages or stages_of(PACKAGE):
        journal = bench.run(stage)
        found += [
            judge(rule, journal) for reading in stage.readings for rule in rules_for(stage, reading)
        ]
    return found


def bad(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """Return the verdicts that are not good, by requirement without its service."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.outcome not in GOOD:
            found.setdefault(verdict.requirement.partition(".")[2], []).append(verdict)
    return found


class Mounted(ReferenceClient):
    """Base: reaches the bench's providers in this process where no handshake is at stake."""

    routes: httpx.BaseTransport | None = None
    """None while the stage wants real sockets."""

    def connect(self, ca_file: str) -> httpx.Client:
        """Go through the mounts if there are some."""
        if self.routes is None:
            return super().connect(ca_file)
        return httpx.Client(transport=self.routes, timeout=5.0, trust_env=False)


class Routes(httpx.BaseTransport):
    """One transport that finds the listener by its port."""

    def __init__(self, bench: Bench) -> None:
        """Mount the provider once for each door."""
        self._mounts = {
            door.port: httpx_transport(
                Carrier(
                    bench.cast.provider,
                    clock=bench.clock,
                    on_exchange=bench._exchanged,
                    on_fault=bench._faulted,
                    listener=name,
                )
            )
            for name, door in bench.doors.items()
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request to the listener that it is addressed to."""
        return self._mounts[request.url.port or 443].handle_request(request)


def quick(client: type[ReferenceClient]) -> list[Verdict]:
    """Judge a client over real sockets where TLS is at stake, else without sockets."""
    mounted: Any = type(client.__name__, (Mounted, client), {"__doc__": client.__doc__})
    with opened(lambda _ca: PythonClient(mounted)) as bench:
        routes, found = Routes(bench), []
        for stage in stages_of(PACKAGE):
            mounted.routes = None if "tls" in stage.wire else routes
            found += judged(bench, [stage])
    return found


def thorough(client: Callable[[], object]) -> list[Verdict]:
    """Judge a client over real sockets throughout."""
    with opened(lambda _ca: PythonClient(client)) as bench:
        return judged(bench)


def catches(wayward: Wayward, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return the verdicts that caught it; fails if there is another one, or one too weak."""
    found = bad(verdicts)
    wanted = wayward.requirement.partition(".")[2]
    told = {
        name: [(v.outcome.value, v.stage, v.finding) for v in them] for name, them in found.items()
    }
    assert set(found) == {wanted}, f"{wayward.name} should break {wanted} alone: {told}"
    must = catalogue(PACKAGE)[wayward.requirement].level is Level.MUST
    outcome = Outcome.FAILED if must else Outcome.WARNED
    weak = [v for v in found[wanted] if v.outcome is not outcome or v.finding is None]
    assert not weak, f"{wayward.name} should be {outcome.value}: {weak}"
    return found[wanted]


def row_of(wayward: Wayward, caught: Iterable[Verdict]) -> str:
    """Return the line of the table for one wayward client."""
    caught = list(caught)
    requirement = catalogue(PACKAGE)[wayward.requirement]
    where = dict.fromkeys(widened(v.finding.where) for v in caught if v.finding)
    stages = ", ".join(f"`{stage}`" for stage in dict.fromkeys(v.stage for v in caught))
    cells = (
        f"`{requirement.id}`",
        requirement.level.value,
        requirement.basis.value,
        f"`{wayward.name}`",
        " ".join(wayward.defect.split()),
        "; ".join(where),
        stages,
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def widened(where: str) -> str:
    """Return a place without the stimulus that led to it, which the stage's name tells."""
    return where.partition(" after ")[0]


def table(rows: Mapping[str, str]) -> str:
    """Return the page for one row of each wayward client, in the order of the requirements."""
    order = list(catalogue(PACKAGE))
    names = sorted(rows, key=lambda name: (order.index(WAYWARD[name].requirement), name))
    return HEAD + "".join(f"{rows[name]}\n" for name in names)


def committed() -> dict[str, str]:
    """Return the rows of the committed table by wayward client."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return {line.split("|")[4].strip(" `"): line for line in lines if line.startswith("| `")}


def main() -> None:
    """Stage every wayward client, and write the table."""
    rows = {}
    for name, wayward in WAYWARD.items():
        rows[name] = row_of(wayward, catches(wayward, thorough(wayward.client)))
        sys.stderr.write(f"{len(rows)}/{len(WAYWARD)} {name}\n")
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(table(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
