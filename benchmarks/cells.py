"""One server under one kind of load, and how a load is put on it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from machine import Worker, cpu_seconds

__all__ = ["Cell", "Limit", "Run"]


@dataclass(slots=True)
class Cell:
    """One server under one kind of load, and what was seen in each round."""

    server: str
    scheme: str
    connections: int
    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    """To the limit as measured just before and just after, in the same round."""
    cpu_us: list[float] = field(default_factory=list)
    """Processor time of the server for each request."""
    cpu_ratios: list[float] = field(default_factory=list)
    """What the limit's processor time is of that: what the ratio would be on a core that other
    processes leave alone."""
    p99_ms: list[float] = field(default_factory=list)
    requests: int = 0
    connects: int = 0
    trouble: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Granted tokens per second: the median of the rounds."""
        return statistics.median(self.rates) if self.rates else 0.0

    @property
    def ratio(self) -> float | None:
        """The rate in units of the limit."""
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def cpu_ratio(self) -> float | None:
        """The same by processor time."""
        return statistics.median(self.cpu_ratios) if self.cpu_ratios else None


@dataclass(frozen=True, slots=True)
class Limit:
    """One reading of the limit."""

    rate: float
    cpu_us: float


@dataclass(slots=True)
class Run:
    """The load generator and what it needs to know."""

    load: Worker
    places: dict[int, int] = field(default_factory=dict)
    """For each server process, how far it has used up the pool: it sees no assertion twice."""

    def burden(
        self, cell: Cell, *, pid: int, port: int, path: str, seconds: float, counts: bool = True
    ) -> float:
        """Load a server; return its rate, and keep it in `cell` if it counts."""
        question = {
            "port": port,
            "scheme": cell.scheme,
            "path": path,
            "connections": cell.connections,
            "seconds": seconds,
            "start": self.places.get(pid, 0),
        }
        before = cpu_seconds(pid)
        answer = self.load.ask(question)
        after = cpu_seconds(pid)
        self.places[pid] = answer["next"]
        rate: float = answer["granted"] / answer["seconds"]
        for what, count in answer["trouble"].items():
            cell.trouble[what] = cell.trouble.get(what, 0) + count
        if counts and answer["granted"]:
            cell.rates.append(rate)
            cell.p99_ms.append(answer["p99_ms"])
            cell.requests += answer["granted"]
            cell.connects += answer["connects"]
            if before is not None and after is not None:
                cell.cpu_us.append((after - before) / answer["granted"] * 1e6)
        return rate
