"""Drift: the same client on two targets, and what differs in what was said.

Requests should not differ at all: a client that speaks otherwise to acceptance was not tried out
on the simulator. Answers should have the same shape: where they have not, the simulator is wrong,
unless the sources leave it free.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proefbank.drift.free import free_by
from proefbank.drift.sides import Side, side_of
from proefbank.errors import BadInvocation
from proefbank.shapes import HOLE, PLAIN, Shape, answer_shape, request_shape, template_of
from proefbank.views import Exchange

__all__ = ["DIFFERS", "FREE", "VARIES", "Difference", "Drift", "compared", "drift_between"]

DIFFERS, FREE, VARIES = "difference", "free by the sources", "may vary"
_NULL_DOCUMENTS = re.compile(r'"inDocs"\s*:\s*null')
_FRONT = "front"
"""The conversation of browsers with pages: not every door sees it, and no client has it."""
_SENT, _ANSWERED = "request", "answer"


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that is not the same on both sides."""

    kind: str
    """Service and conversation, and the status of an answer, e.g. `socialsecurity token 200`."""
    message: str
    """`request` or `answer`."""
    part: str
    left: str
    """What it is on the one side, and how often."""
    right: str
    weight: str
    """`difference`, `free by the sources` or `may vary`; only the first one counts."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """What came of comparing two sides."""

    left: str
    right: str
    pairs: int
    """Kinds of answer, by conversation and status, that both sides have."""
    alike: int
    """Those of them in which nothing differs."""
    differences: Sequence[Difference]
    only: Sequence[Difference]
    """Kinds that one side has alone."""
    stages: Sequence[str] = ()
    """Stagings that both have, to which the comparison was limited."""

    @property
    def drifted(self) -> bool:
        """Whether there is a difference that counts."""
        return any(item.weight == DIFFERS for item in (*self.differences, *self.only))

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-able members."""
        return {"schema": "proefbank/drift/1", "drifted": self.drifted, **asdict(self)}


def drift_between(left: Path, right: Path, *, profile: Path | None = None) -> Drift:
    """Compare two runs or recordings; BadInvocation for one that cannot be used."""
    return compared(side_of(left, profile), side_of(right, profile))


def compared(left: Side, right: Side) -> Drift:
    """Compare two sides; where both are stagings of ours, only those that both have.

    Requests are paired by conversation, answers by conversation and status. Raises
    `BadInvocation` where the two have no service in common.
    """
    if not left.services & right.services:
        raise BadInvocation(
            f"one is about {_listed(left.services)}, the other about {_listed(right.services)}",
            where=f"{left.name} {right.name}",
            hint="compare recordings of the same service",
        )
    shared = left.stages & right.stages
    ours, theirs = _said(left, shared), _said(right, shared)
    told: list[Difference] = []
    pairs = alike = 0
    for said in (item for item in ours if item in theirs):
        sides = ours[said], theirs[said]
        if said[1] != _FRONT:  # there the browser asks, and not the client
            told += _requests(said, *sides, firm=bool(shared))
        answers = [_by_status(side) for side in sides]
        for status in (status for status in answers[0] if status in answers[1]):
            found = [*_answers((*said, status), *(a[status] for a in answers), firm=bool(shared))]
            told += found
            pairs, alike = pairs + 1, alike + (not found)
    only = [
        *_alone(ours, theirs, left=True, firm=bool(shared), mine=left, other=right),
        *_alone(theirs, ours, left=False, firm=bool(shared), mine=right, other=left),
    ]
    return Drift(left.name, right.name, pairs, alike, told, only, sorted(shared))


_Said = tuple[str, str]
"""Service and conversation, with method and path for an API."""


def _said(side: Side, shared: frozenset[str]) -> dict[_Said, list[Exchange]]:
    found: dict[_Said, list[Exchange]] = defaultdict(list)
    for key, exchanges in side.exchanges.items():
        service, _, stage = key.partition("/")
        if shared and stage not in shared:
            continue
        for item in exchanges:
            found[service, _conversation(item)].append(item)
    return dict(sorted(found.items()))


def _conversation(item: Exchange) -> str:
    """Return the conversation of an exchange, told in the same way whoever recorded it."""
    if item.conversation in ("api", "other"):
        return f"{item.conversation} {item.request.method} {template_of(item.request.path)}"
    if item.conversation.startswith("sign-"):  # by the path alone nobody can tell them apart
        return "sign-start" if _NULL_DOCUMENTS.search(item.text) is None else "sign-status"
    return item.conversation


def _by_status(exchanges: Sequence[Exchange]) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = defaultdict(list)
    for item in exchanges:
        found[str(item.response.status)].append(item)
    return dict(sorted(found.items()))


def _requests(
    said: _Said, ours: Sequence[Exchange], theirs: Sequence[Exchange], *, firm: bool
) -> Iterator[Difference]:
    shapes = [request_shape(item) for item in ours], [request_shape(item) for item in theirs]
    for part, left, right, weight in _parts(*shapes, firm=firm):
        yield Difference(" ".join(said), _SENT, part, left, right, weight)


def _answers(
    kind: tuple[str, ...], ours: Sequence[Exchange], theirs: Sequence[Exchange], *, firm: bool
) -> Iterator[Difference]:
    """Yield what differs in answers that nobody shaped on purpose."""
    shapes = [
        [answer_shape(item) for item in side if not item.trail.stimulus] for side in (ours, theirs)
    ]
    for part, left, right, weight in _parts(*shapes, firm=firm) if all(shapes) else ():
        why = free_by(kind[1].split(" ")[0], part)
        yield Difference(" ".join(kind), _ANSWERED, part, left, right, FREE if why else weight, why)


def _parts(
    ours: Sequence[Shape], theirs: Sequence[Shape], *, firm: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Yield each part that differs, with what it is on either side and how much that says."""
    for part in dict.fromkeys(name for shape in (*ours, *theirs) for name in shape):
        mine = Counter(shape[part] for shape in ours if part in shape)
        other = Counter(shape[part] for shape in theirs if part in shape)
        often = _often(mine, len(ours)), _often(other, len(theirs))
        same = _alike(set(mine), set(other))
        if same and often[0] == often[1]:
            continue
        telling = firm or _seen_enough(often, (len(ours), len(theirs)))
        weight = DIFFERS if telling else VARIES
        yield part, _told(mine, len(ours)), _told(other, len(theirs)), weight


def _seen_enough(often: tuple[str, str], totals: tuple[int, int]) -> bool:
    """Whether a part would have shown in other situations too, had it been there.

    What one side has sometimes may have needed a situation that the other side was never in,
    unless that one saw at least as much.
    """
    if "sometimes" not in often:
        return True
    if "never" not in often:
        return False
    here = often.index("never")
    return totals[here] >= totals[1 - here]


def _often(kinds: Counter[str], total: int) -> str:
    count = kinds.total()
    return "never" if not count else "always" if count == total else "sometimes"


def _alike(mine: set[str], other: set[str]) -> bool:
    """Whether both are of the same kinds; a hole stands for any text."""
    if HOLE in mine | other:
        mine, other = ({kind if kind in PLAIN else "text" for kind in one} for one in (mine, other))
    return not mine or not other or mine == other


def _told(kinds: Counter[str], total: int) -> str:
    count = kinds.total()
    if not count:
        return "not there"
    what = " or ".join(sorted(kinds))
    return what if count == total else f"{what} (in {count} of {total})"


def _alone(
    ours: Mapping[_Said, Sequence[Exchange]],
    theirs: Mapping[_Said, Sequence[Exchange]],
    *,
    left: bool,
    firm: bool,
    mine: Side,
    other: Side,
) -> Iterator[Difference]:
    """Yield the kinds that one side has alone, and whether that says anything of the client."""
    for said, items in ours.items():
        known = _by_status(theirs.get(said, ()))
        for status, some in _by_status(items).items():
            if status in known:
                continue
            weight, why = DIFFERS, ""
            if all(item.trail.stimulus for item in some):
                weight, why = VARIES, "every one was provoked on purpose"
            elif firm and mine.places(some) <= other.cut:
                weight, why = VARIES, "the other side did not come that far"
            elif said[1] == _FRONT and not known:
                weight, why = VARIES, "the other door does not see browsers"
            elif said[0] not in other.services:
                weight, why = VARIES, "the other side has nothing of this service"
            elif known and not firm:
                weight, why = VARIES, "the other side was never in this situation"
            told = f"{len(some)} times"
            sides = (told, "never") if left else ("never", told)
            kind = f"{' '.join(said)} {status}"
            yield Difference(kind, "exchange", "all of it", *sides, weight, why)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "no service"
