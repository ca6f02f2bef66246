"""Where a recording comes from, told as the beginning of a record of ours."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from proefbank import __version__
from proefbank.clock import to_iso
from proefbank.doors.recordings import Recording
from proefbank.foreign import record_of, with_settings
from proefbank.journal import Event, Journal, split_stages
from proefbank.requirement import REQUIREMENT_SET
from proefbank.service import Service, catalogues, services
from proefbank.staging import Stage, stages_of

__all__ = ["from_archive", "from_elsewhere", "opening_of", "run_facts", "service_in"]


def service_in(journal: Journal) -> Service | None:
    """Return the service that a staging names; None if it is not installed."""
    return catalogues().get(str(journal.header.get("service", "")))


def _recorded(service: Service) -> ModuleType | None:
    """Return the service's module on traffic that others recorded, if it has one."""
    name = f"{service.package}.recorded"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def from_elsewhere(
    recording: Recording, profile: Path | None
) -> tuple[tuple[Event, ...], str, int]:
    """Return the events, the target, and how many requests were left out.

    The service is the one that knows most of the requests.
    """
    best: tuple[tuple[Event, ...], str, int] = ((), "other", len(recording.heard))
    for service in services().values():
        about = _recorded(service)
        hosts = [
            i.request.host for i in recording.heard if about and about.conversation_of(i.request)
        ]
        if about is None or len(recording.heard) - len(hosts) >= best[2]:
            continue
        settings = about.Settings(profile)
        events, left_out = record_of(recording.heard, service.name, about, settings)
        best = tuple(events), str(settings.target_of(hosts[0])), left_out
    return best


def from_archive(events: Sequence[Event], profile: Path | None) -> list[Event]:
    """Add to an archive of ours what its form has no place for, as far as it can be known."""
    found: list[Event] = []
    for name, journal in split_stages(events).items():
        service, stage = _stage(name, journal)
        about = _recorded(service) if service else None
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
        about = _recorded(service)
        if about and any(about.conversation_of(item.request) for item in journal.exchanges):
            return service, None
    return None, None


def opening_of(
    recording: Recording,
    opening: Event | None,
    run_id: str,
    journals: Sequence[Journal],
    target: str,
) -> Event:
    """Return the `run` event of a judgement; what the recording tells of itself is kept."""
    told: Mapping[str, Any] = opening or {}
    scope = dict(told.get("scope") or {})
    door = scope.get("recorded_door") or scope.get("door", "adapter" if opening else "wire")
    known = list(dict.fromkeys(str(item.header.get("service", "")) for item in journals))
    started = min((float(str(item.header.get("at", 0.0))) for item in journals), default=0.0)
    unknown = {"name": "recorded client", "version": "", "language": ""}
    preflight = list(told.get("preflight") or [])
    if not journals:
        detail = "no service of the bench knows any request in it" if recording.heard else ""
        preflight.append(
            {
                "check": "the recording holds something to judge",
                "outcome": "failed",
                "detail": detail or "no situation was staged in it",
            }
        )
    return {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {
            "started": to_iso(started),
            "seed": None,
            **run_facts(told),
            "id": run_id,
            "recording": {"file": recording.path.name, "sha256": recording.sha256},
        },
        "subject": told.get("subject") or unknown,
        "assertor": {"name": "proefbank", "version": __version__},
        "scope": {
            "services": known or list(services()),
            "target": target or "mock",
            "capabilities": [],
            **scope,
            "door": "recording",
            "recorded_door": door,
            "requirement_set": REQUIREMENT_SET,
        },
        "preflight": preflight,
        "origins": told.get("origins") or {},
        "run_selected": bool(told.get("run_selected")),
    }


def run_facts(opening: Event) -> dict[str, Any]:
    """Return what a `run` event says of the run itself."""
    told = opening.get("run")
    return dict(told) if isinstance(told, Mapping) else {}
