"""Where recordings come from, told as the beginning of a record of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proefbank import __version__
from proefbank.clock import to_iso
from proefbank.doors.recordings import Recording
from proefbank.journal import Event, Journal, split_stages
from proefbank.recordings.conversations import found_in
from proefbank.recordings.foreign import with_settings
from proefbank.requirement import REQUIREMENT_SET
from proefbank.service import Service, catalogues, module_of, services
from proefbank.staging import Stage, stages_of

__all__ = ["Taken", "names_of", "opening_of", "service_in", "taken_from"]

_NOT_OURS = ("run", "verdict", "end", "cassette")
"""Events that are made anew, or belong to the file and not to the conversation."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be judged of one file."""

    recording: Recording
    journals: tuple[Journal, ...]
    opening: Event | None
    """The `run` event of a record of ours."""
    targets: tuple[str, ...]
    notes: tuple[Event, ...]
    ending: Event | None
    """The `end` event; None where the file breaks off."""

    @property
    def door(self) -> str:
        """The door through which it was recorded."""
        scope = (self.opening or {}).get("scope")
        told = scope if isinstance(scope, Mapping) else {}
        return str(
            told.get("recorded_door") or told.get("door", "adapter" if self.opening else "wire")
        )

    def is_passive(self, journal: Journal) -> bool:
        """Whether nobody told the client of a staging what to do."""
        wire = self.opening is not None and self.door == "wire"
        return bool(journal.header.get("passive")) or wire


def taken_from(recording: Recording, profile: Path | None, name: str, *, named: bool) -> Taken:
    """Return what is to be judged; stagings of ours get `name` before theirs if they are `named`.

    Raises `BadInvocation` for a profile that cannot be used.
    """
    recorded, notes = recording.events, list(map(_note, recording.notes))
    targets: tuple[str, ...] = ()
    if recording.kind == "archive":
        recorded = tuple(from_archive(recorded, profile))
        notes.append(_note("An archive holds no orders and no outcomes; events.ndjson does."))
    elif recording.kind != "record":
        found = found_in(recording, profile, name)
        recorded, targets = found.events, found.targets
        notes += map(_note, found.notes)
        if found.left_out:
            text = f"{found.left_out} other requests of {recording.path.name} were left out."
            notes.append(_note(text))
    else:
        notes += [e for e in recorded if e["event"] == "note" and not e.get("stage")]
    opening = next((e for e in recorded if e["event"] == "run"), None)
    ending = next((e for e in reversed(recorded) if e["event"] == "end"), None)
    if opening is None and not recording.cut_short and ending is None:
        ending = {"event": "end", "interrupted": False}
    journals = split_stages(e for e in recorded if e["event"] not in _NOT_OURS)
    staged = [item for item in journals.values() if item.header]
    if named and recording.events:
        staged = [_renamed(item, f"{name}:{item.stage}") for item in staged]
    return Taken(recording, tuple(staged), opening, targets, tuple(notes), ending)


def _renamed(journal: Journal, name: str) -> Journal:
    return Journal(name, events=[{**event, "stage": name} for event in journal])


def _note(text: str) -> Event:
    return {"event": "note", "stage": None, "text": text}


def names_of(recordings: Sequence[Recording]) -> list[str]:
    """Return a name for each file, no two alike: a run's is that of its folder."""
    found: list[str] = []
    for one in recordings:
        path = one.path.resolve()
        ours = path.name in ("events.ndjson", "traffic.har")
        plain = path.parent.name if ours and one.events and path.parent.name else path.name
        name, count = plain, 2
        while name in found:
            name, count = f"{plain} ({count})", count + 1
        found.append(name)
    return found


def service_in(journal: Journal) -> Service | None:
    """Return the service that a staging names; None if it is not installed."""
    return catalogues().get(str(journal.header.get("service", "")))


def from_archive(events: Sequence[Event], profile: Path | None) -> list[Event]:
    """Add to an archive of ours what its form has no place for, as far as it can be known."""
    found: list[Event] = []
    for name, journal in split_stages(events).items():
        service, stage = _stage(name, journal)
        about = module_of(service, "recorded") if service else None
        if service is None or about is None:
            continue
        anywhere = stage is None or getattr(about, "ANYWHERE", False)
        there = about.READINGS if anywhere or stage is None else stage.readings
        offered = [item for item in about.READINGS if item in there]
        told = {"service": service.name, "readings": [item.__name__ for item in offered]}
        own = [
            {**event, **told, "passive": True} if event["event"] == "staging" else event
            for event in journal
        ]
        found += with_settings(own, about.Settings(profile), testimony=True)
        found.append({"event": "staged", "stage": name, "state": "done", "reason": ""})
    return found


def _stage(name: str, journal: Journal) -> tuple[Service | None, Stage | None]:
    for service in services().values():
        for stage in stages_of(service.package):
            if stage.name == name:
                return service, stage
    for service in services().values():
        about = module_of(service, "recorded")
        if about and any(about.conversation_of(item.request) for item in journal.exchanges):
            return service, None
    return None, None


def opening_of(taken: Sequence[Taken], run_id: str) -> Event:
    """Return the `run` event of a judgement; what the recordings tell of themselves is kept."""
    openings = [item.opening for item in taken if item.opening is not None]
    told: Mapping[str, Any] = openings[0] if openings else {}
    journals = [journal for item in taken for journal in item.journals]
    known = list(dict.fromkeys(str(item.header.get("service", "")) for item in journals))
    started = min((float(str(item.header.get("at", 0.0))) for item in journals), default=0.0)
    files = [{"file": item.recording.path.name, "sha256": item.recording.sha256} for item in taken]
    of_files = {"recording": files[0]} if len(files) == 1 else {"recordings": files}
    run = {"started": to_iso(started), "seed": None}
    if len(taken) == 1:
        run |= _mapping(told.get("run"))
    return {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {**run, "id": run_id, **of_files},
        "subject": _subject(taken, openings),
        "assertor": {"name": "proefbank", "version": __version__},
        "scope": _scope(taken, known),
        "preflight": _preflight(taken, journals),
        "origins": told.get("origins") or {} if len(taken) == 1 else {},
        "run_selected": any(bool(item.get("run_selected")) for item in openings),
    }


def _subject(taken: Sequence[Taken], openings: Sequence[Event]) -> Mapping[str, Any]:
    subjects = [_mapping(item.get("subject")) for item in openings]
    names = {str(item.get("name", "")) for item in subjects}
    if subjects and subjects[0] and len(names) == 1 and len(openings) == len(taken):
        return subjects[0]
    told = "recorded client" if len(taken) == 1 else "recorded clients"
    return {"name": told, "version": "", "language": ""}


def _scope(taken: Sequence[Taken], known: Sequence[str]) -> dict[str, Any]:
    scopes = [_mapping((item.opening or {}).get("scope")) for item in taken]
    targets: list[str] = []
    for item, scope in zip(taken, scopes, strict=True):
        unknown = "mock" if item.recording.events else "other"
        targets += item.targets or [str(scope.get("target", unknown))]
    doors = list(dict.fromkeys(item.door for item in taken))
    one = scopes[0] if len(scopes) == 1 else {}
    several = [str(name) for scope in scopes for name in scope.get("services", [])]
    merged: dict[str, Any] = {
        "services": list(dict.fromkeys([*several, *known] if len(scopes) > 1 else known))
        or list(services()),
        "capabilities": [],
        **one,
        "target": _target(targets),
        "door": "recording",
        "recorded_door": " and ".join(doors),
        "requirement_set": REQUIREMENT_SET,
    }
    if len(set(targets)) > 1:
        merged["targets"] = sorted(set(targets))
    return merged


def _target(targets: Sequence[str]) -> str:
    """Return the one environment there is; production, if that is among several."""
    names = set(targets)
    if len(names) == 1:
        return next(iter(names))
    return "prod" if "prod" in names else "other"


def _preflight(taken: Sequence[Taken], journals: Sequence[Journal]) -> list[Any]:
    found: list[Any] = []
    for item in taken:
        told = (item.opening or {}).get("preflight")
        found += told if isinstance(told, list) else []
    if not journals:
        heard = any(item.recording.heard or item.recording.left_out for item in taken)
        detail = "no service of the bench knows any request in it" if heard else ""
        found.append(
            {
                "check": "the recording holds something to judge",
                "outcome": "failed",
                "detail": detail or "no situation was staged in it",
            }
        )
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
