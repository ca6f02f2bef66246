"""The kill matrix: each wayward client, the one requirement it breaks, and where that shows.

`python suites/selftest/kill_matrix.py` stages every wayward client of every service, or of those
named, over real sockets and writes one table for each service to `reports/sample/`. Tests hold
the tables to what happens now.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from proefbank.bench import Bench
from proefbank.clients.adapter import ClientUnderTest
from proefbank.clients.api_local import local_api
from proefbank.clients.python import PythonClient
from proefbank.doors.carrier import Carrier
from proefbank.doors.inprocess import httpx_transport
from proefbank.judge import catalogue, judge
from proefbank.requirement import Level
from proefbank.service import Service, Settings, service, services
from proefbank.services.socialsecurity.reference import ReferenceClient
from proefbank.staging import Stage, rules_for, stages_of
from proefbank.verdict import Outcome, Verdict

__all__ = ["Matrix", "bad", "driven", "main", "quick", "widened"]

SAMPLES = Path(__file__).parents[2] / "reports" / "sample"
GOOD = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
FILES = {"socialsecurity": "kill-matrix.md"}
"""Names of tables that are not called after their service."""
HEAD = """# The kill matrix{of}

Each wayward client is the reference client with one defect. It breaks exactly the requirement
in its row, by failing a MUST or by a warning for the rest, and nothing else in the whole run.
Made by `python suites/selftest/kill_matrix.py{name}`; a test holds the table to what happens.

| Requirement | Level | Basis | Wayward client | Its defect | Shows at | Caught in |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Matrix:
    """The wayward clients of one service, and their table."""

    service: Service

    @classmethod
    def of(cls, name: str) -> Matrix:
        """Return the matrix of the service called `name`."""
        return cls(service(name))

    @property
    def package(self) -> str:
        """The service's package."""
        return self.service.package

    @property
    def table(self) -> Path:
        """The file of the table."""
        name = self.service.name
        return SAMPLES / FILES.get(name, f"kill-matrix-{name}.md")

    @cached_property
    def wayward(self) -> Mapping[str, Any]:
        """Every wayward client by name."""
        found: Mapping[str, Any] = importlib.import_module(self.service.wayward).WAYWARD
        return found

    @contextmanager
    def opened(self, make: Callable[[Path], ClientUnderTest], *, seed: int = 1) -> Iterator[Bench]:
        """Open a bench for a client, and close it."""
        for one in self.wayward.values():  # what some keep, of a run with the same seed
            getattr(one.client, "memory", {}).clear()
        bench = Bench(
            self.service, settings=Settings(), seed=seed, make_client=make, call_timeout=10.0
        )
        try:
            yield bench
        finally:
            bench.close()

    def judged(self, bench: Bench, stages: Iterable[Stage] = ()) -> list[Verdict]:
        """Stage every situation, or those given, and judge each by all its rules."""
        found = []
        for stage in stages or stages_of(self.package):
            journal = bench.run(stage)
            found += [
                judge(rule, journal)
                for reading in stage.readings
                for rule in rules_for(stage, reading)
            ]
        return found

    def thorough(self, client: type[Any], stages: Iterable[Stage] = ()) -> list[Verdict]:
        """Judge a client over real sockets throughout."""
        with self.opened(lambda _ca: driven(client)) as bench:
            return self.judged(bench, stages)

    def stages_for(self, requirement: str) -> list[Stage]:
        """Return the stages in which a requirement is judged."""
        return [
            stage
            for stage in stages_of(self.package)
            if any(
                rule.requirement == requirement
                for reading in stage.readings
                for rule in rules_for(stage, reading)
            )
        ]

    def catches(self, wayward: Any, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Return the verdicts that caught it; fails if there is another one, or one too weak."""
        found = bad(verdicts)
        wanted = wayward.requirement.partition(".")[2]
        told = {
            name: [(v.outcome.value, v.stage, v.finding) for v in them]
            for name, them in found.items()
        }
        assert set(found) == {wanted}, f"{wayward.name} should break {wanted} alone: {told}"
        must = catalogue(self.package)[wayward.requirement].level is Level.MUST
        outcome = Outcome.FAILED if must else Outcome.WARNED
        weak = [v for v in found[wanted] if v.outcome is not outcome or v.finding is None]
        assert not weak, f"{wayward.name} should be {outcome.value}: {weak}"
        return found[wanted]

    def row_of(self, wayward: Any, caught: Iterable[Verdict]) -> str:
        """Return the line of the table for one wayward client."""
        caught = list(caught)
        requirement = catalogue(self.package)[wayward.requirement]
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

    def page(self, rows: Mapping[str, str]) -> str:
        """Return the page for one row of each wayward client, in the requirements' order."""
        order = list(catalogue(self.package))
        names = sorted(rows, key=lambda name: (order.index(self.wayward[name].requirement), name))
        plain = self.service.name in FILES
        head = HEAD.format(
            of="" if plain else f" of {self.service.name}",
            name="" if plain else f" {self.service.name}",
        )
        return head + "".join(f"{rows[name]}\n" for name in names)

    def committed(self) -> dict[str, str]:
        """Return the rows of the committed table by wayward client."""
        lines = self.table.read_text(encoding="utf-8").splitlines()
        return {line.split("|")[4].strip(" `"): line for line in lines if line.startswith("| `")}

    def make(self) -> list[str]:
        """Stage every wayward client and write the table; return what was not exact."""
        rows, inexact = {}, []
        for count, (name, wayward) in enumerate(self.wayward.items(), start=1):
            try:
                caught = self.catches(wayward, self.thorough(wayward.client))
            except AssertionError as problem:
                inexact.append(str(problem))
            else:
                rows[name] = self.row_of(wayward, caught)
            sign = "" if name in rows else f"   NOT EXACT: {inexact[-1]}"
            sys.stderr.write(f"{count}/{len(self.wayward)} {name}{sign}\n")
        if not inexact:
            self.table.parent.mkdir(parents=True, exist_ok=True)
            self.table.write_text(self.page(rows), encoding="utf-8")
        return inexact


def driven(client: type[Any]) -> ClientUnderTest:
    """Return a client under test: an API behind HTTP where it is one, else a class to call."""
    if any("__call__" in vars(base) for base in client.__mro__):
        return local_api(client)
    return PythonClient(client)


def bad(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """Return the verdicts that are not good, by requirement without its service."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.outcome not in GOOD:
            found.setdefault(verdict.requirement.partition(".")[2], []).append(verdict)
    return found


def widened(where: str) -> str:
    """Return a place without the stimulus that led to it, which the stage's name tells."""
    return where.partition(" after ")[0]


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


def quick(matrix: Matrix, client: type[ReferenceClient]) -> list[Verdict]:
    """Judge a client over real sockets where TLS is at stake, else without sockets."""
    mounted: Any = type(client.__name__, (Mounted, client), {"__doc__": client.__doc__})
    with matrix.opened(lambda _ca: PythonClient(mounted)) as bench:
        routes, found = Routes(bench), []
        for stage in stages_of(matrix.package):
            mounted.routes = None if "tls" in stage.wire else routes
            found += matrix.judged(bench, [stage])
    return found


def main(names: Iterable[str]) -> int:
    """Write the tables of these services, or of all; return 1 if something was not exact."""
    inexact = [line for name in names or services() for line in Matrix.of(name).make()]
    sys.stderr.write("".join(f"{line}\n" for line in inexact))
    return int(bool(inexact))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
