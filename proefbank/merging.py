"""Puts the parts of a run together that several machines went through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.journal import Event, read_lines
from proefbank.judge import known_of
from proefbank.report.write import write_run
from proefbank.service import catalogues
from proefbank.shards import Shard
from proefbank.staging import stages_of

__all__ = ["merge_runs", "merged_events"]

_ALIKE = {
    "client": ("subject",),
    "version of the bench": ("assertor", "version"),
    "requirement set": ("scope", "requirement_set"),
    "target": ("scope", "target"),
    "door": ("scope", "door"),
    "seed": ("run", "seed"),
}
"""What the parts of one run have in common, and where it is told."""
_WAIVER = ("requirement", "finding", "actual")
"""What tells one waiver from another."""


@dataclass(frozen=True, slots=True)
class _Part:
    folder: Path
    events: Sequence[Event]

    @property
    def opening(self) -> Event:
        return next((event for event in self.events if event["event"] == "run"), {})

    @property
    def ending(self) -> Event | None:
        return next((event for event in reversed(self.events) if event["event"] == "end"), None)

    @property
    def shard(self) -> Shard | None:
        told = self.member("scope").get("shard")
        return Shard.of(str(told)) if told else None

    @property
    def stages(self) -> list[str]:
        """The situations it staged, in their order."""
        return [str(event["stage"]) for event in self.events if event["event"] == "staging"]

    def member(self, name: str) -> Mapping[str, Any]:
        told = self.opening.get(name)
        return told if isinstance(told, Mapping) else {}


def merge_runs(
    folders: Sequence[Path],
    reports: Sequence[Mapping[str, Any]],
    into: Path,
    *,
    command: Sequence[str] = (),
) -> dict[str, Any]:
    """Write one run into the folder `into` from the parts in `folders`; return its report.

    `reports` are those of the parts, for their waivers. Raises `BadInvocation` for parts that
    are not of one run, and for two that staged the same.
    """
    events = merged_events(folders, run_id=into.name, command=command)
    named: Any = events[0]["scope"]
    chosen = [made for made in catalogues().values() if made.name in named["services"]]
    rows, whys = known_of(made.package for made in chosen)
    waivers: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in (row for report in reports for row in report["waivers"]):
        waivers.setdefault(tuple(row.get(key) for key in _WAIVER), row)
    return write_run(into, events, rows, whys, list(waivers.values()))


def merged_events(
    folders: Sequence[Path], *, run_id: str, command: Sequence[str] = ()
) -> list[Event]:
    """Return the record of the whole from the records of its parts, the `run` event first."""
    parts = [_part(folder) for folder in folders]
    for part in parts[1:]:
        _check_alike(parts[0], part)
    _check_apart(parts)
    missing = _missing(parts)
    services = list(dict.fromkeys(name for p in parts for name in p.member("scope")["services"]))
    order = {name: place for place, name in enumerate(_order(services))}
    staged: dict[str, list[Event]] = {}
    for part in parts:
        for event in part.events:
            if event["event"] not in ("run", "end"):
                staged.setdefault(str(event.get("stage") or ""), []).append(event)
    names = sorted(staged, key=lambda name: order.get(name, -1 if not name else len(order)))
    body = [event for name in names for event in staged[name]]
    notes = [
        {"event": "note", "stage": None, "text": f"Part {shard} is missing from this run."}
        for shard in missing
    ]
    opening = _opening(parts, services, run_id, command, complete=_complete(parts))
    return [opening, *notes, *body, _ending(parts, missing=bool(missing))]


def _part(folder: Path) -> _Part:
    path = folder / "events.ndjson"
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            events = list(read_lines(lines))
    except OSError as problem:
        raise BadInvocation(
            f"cannot be read: {problem.strerror}",
            where=str(path),
            hint="name the folders that `proefbank run --shard` wrote",
        ) from problem
    made = _Part(folder, events)
    if not made.opening:
        raise BadInvocation("this is no record of a run", where=str(path))
    return made


def _check_alike(first: _Part, other: _Part) -> None:
    for name, path in _ALIKE.items():
        values: list[Any] = [part.member(path[0]) for part in (first, other)]
        if len(path) > 1:
            values = [value.get(path[1]) for value in values]
        if values[0] != values[1]:
            told = [value.get("name", value) if name == "client" else value for value in values]
            raise BadInvocation(
                f"these are not parts of one run: the {name} is {told[0]} in {first.folder} and "
                f"{told[1]} in {other.folder}",
                where="RUN",
                hint="give every part the same client, and the same --seed",
            )


def _check_apart(parts: Sequence[_Part]) -> None:
    seen: dict[str, Path] = {}
    for part in parts:
        for stage in part.stages:
            if stage in seen:
                raise BadInvocation(
                    f"{stage} was staged in {seen[stage]} and in {part.folder}",
                    where="RUN",
                    hint="name each part once: proefbank merge reports/part-1 reports/part-2",
                )
            seen[stage] = part.folder


def _missing(parts: Sequence[_Part]) -> list[Shard]:
    """Return the shards that nobody brought, if shards these are."""
    shards = [part.shard for part in parts if part.shard]
    if not shards:
        return []
    if len({shard.of_ for shard in shards}) > 1:
        raise BadInvocation(
            f"these are not parts of one run: {' and '.join(map(str, shards))}",
            where="RUN",
            hint="cut all of them from the same number of parts",
        )
    there = {shard.index for shard in shards}
    of = shards[0].of_
    return [Shard(index, of) for index in range(1, of + 1) if index not in there]


def _complete(parts: Sequence[_Part]) -> bool:
    """Whether together the parts are all that there is; a part may leave out more than its rest."""
    return all(p.shard and not p.member("scope").get("shard_selected") for p in parts)


def _order(services: Sequence[str]) -> Iterator[str]:
    known = catalogues()
    for name in services:
        if name in known and known[name].maker:
            yield from (stage.name for stage in stages_of(known[name].package))


def _opening(
    parts: Sequence[_Part],
    services: Sequence[str],
    run_id: str,
    command: Sequence[str],
    *,
    complete: bool,
) -> Event:
    first = parts[0].opening
    told = parts[0].member("scope")
    scope = {name: told[name] for name in told if not name.startswith("shard")}
    capabilities = [name for p in parts for name in p.member("scope").get("capabilities", [])]
    rows = [row for part in parts for row in _listed(part.opening.get("preflight"))]
    red = [row for row in rows if row.get("outcome") == "failed"]
    started = min(str(part.member("run").get("started", "")) for part in parts)
    return {
        **first,
        "run": {
            **parts[0].member("run"),
            "id": run_id,
            "started": started,
            "command": list(command),
            "parts": [part.folder.name for part in parts],
        },
        "scope": {
            **scope,
            "services": list(services),
            "capabilities": list(dict.fromkeys(capabilities)),
        },
        "preflight": red or _listed(first.get("preflight")),
        "run_selected": not complete,
    }


def _ending(parts: Sequence[_Part], *, missing: bool) -> Event:
    endings = [part.ending for part in parts]
    whole = not missing and all(end and not end.get("interrupted") for end in endings)
    told = [end for end in endings if end]
    return {
        "event": "end",
        "finished": max((str(end.get("finished", "")) for end in told), default=""),
        # They ran side by side: as long as the longest took.
        "duration_s": max((float(str(end.get("duration_s") or 0)) for end in told), default=0.0),
        "interrupted": not whole,
    }


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [dict(item) for item in value] if isinstance(value, list) else []
