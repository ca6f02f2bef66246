"""One side of a comparison: what a run or recording holds, by service and staging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from proefbank.doors.recordings import read_recording
from proefbank.errors import BadInvocation
from proefbank.journal import Journal
from proefbank.recordings.provenance import taken_from
from proefbank.views import Exchange

__all__ = ["Side", "side_in", "side_of"]

_APART = ("control", "elsewhere")
_RANDOM = "X-Schemathesis-TestCaseId"
"""Header of requests that were made up at random."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what was said, by its kind."""

    name: str
    stages: frozenset[str]
    """Names of its stagings in which something was said, if it is a record of ours."""
    exchanges: Mapping[str, Sequence[Exchange]] = field(repr=False)
    """Every exchange by service and staging, as `service/stage`."""
    cut: frozenset[str] = frozenset()
    """Those stagings that did not come to their end: nobody was there, or something was refused."""

    @property
    def services(self) -> frozenset[str]:
        """The services that it has conversations with."""
        return frozenset(key.partition("/")[0] for key, items in self.exchanges.items() if items)

    @property
    def count(self) -> int:
        """How many exchanges it has."""
        return sum(map(len, self.exchanges.values()))

    def places(self, some: Sequence[Exchange]) -> set[str]:
        """Return the stagings that these exchanges are of."""
        wanted = set(map(id, some))
        return {
            key.partition("/")[2]
            for key, items in self.exchanges.items()
            if wanted & set(map(id, items))
        }


def side_of(path: Path, profile: Path | None = None) -> Side:
    """Return what a run or recording holds; BadInvocation if that is nothing we know."""
    taken = taken_from(read_recording(path), profile, path.name, named=False)
    made = side_in(str(path), taken.journals, ours=taken.opening is not None)
    if not made.count:
        raise BadInvocation(
            "there is no conversation with a service of the bench in it",
            where=str(path),
            hint="give the folder of a run, an events.ndjson, a HAR archive or a cassette",
        )
    return made


def side_in(name: str, journals: Iterable[Journal], *, ours: bool) -> Side:
    """Return what some journals hold; stagings are known by name where they are `ours`."""
    found: dict[str, list[Exchange]] = {}
    cut = set()
    for journal in journals:
        cut |= {journal.stage} if _is_cut(journal) else set()
        service = str(journal.header.get("service", ""))
        key = f"{service}/{journal.stage if ours else ''}"
        kept = [item for item in journal.exchanges if _counts(item)]
        found.setdefault(key, []).extend(kept)
    played = {key.partition("/")[2] for key, items in found.items() if items}
    stages = frozenset(played) if ours else frozenset[str]()
    return Side(name, stages, found, frozenset(cut) & stages)


def _is_cut(journal: Journal) -> bool:
    """Whether a staging stopped before its end, for a reason that is not the client's."""
    ended = journal.ended
    alone = any(visit.get("returned_to") is None for visit in journal.of("visit"))
    return ended.get("state", "done") != "done" or "refused" in ended or alone


def _counts(item: Exchange) -> bool:
    """Whether an exchange is part of a conversation, and was not made up at random."""
    return item.conversation not in _APART and item.request.header(_RANDOM) is None
