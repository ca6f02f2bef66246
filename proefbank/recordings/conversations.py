"""Finds the services in traffic that others recorded: by path, by host, and by the profile.

One recording may hold several services, and several environments of each; every one becomes a
staging of its own. What belongs to none is left out and counted, never judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from proefbank.doors.heard import Heard
from proefbank.doors.recordings import Recording
from proefbank.exchange import Request
from proefbank.journal import Event
from proefbank.recordings.doubts import BEFORE, REDACTED
from proefbank.recordings.foreign import Stage
from proefbank.recordings.redactions import places_of
from proefbank.service import Service, module_of, services
from proefbank.tables import read_toml

__all__ = ["Found", "acc_hosts", "found_in", "is_known"]

OTHER: Final = "other"
_TITLES: Mapping[str, str] = {
    "mock": "a simulated service",
    "acc": "acceptance",
    "prod": "PRODUCTION",
    OTHER: "an environment that nobody knows",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one recording."""

    events: tuple[Event, ...]
    targets: tuple[str, ...]
    """The environment of each staging."""
    left_out: int
    """Requests that belong to no service, or lack what they follow."""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Group:
    """The traffic with one environment of one service."""

    service: Service
    target: str
    host: str
    """The host, where it stands for the environment."""
    items: list[Heard] = field(default_factory=list)


def is_known(request: Request) -> bool:
    """Whether a request belongs to a service, as far as its path tells."""
    return any(
        about is not None and about.conversation_of(request) is not None
        for about in (module_of(service, "recorded") for service in services().values())
    )


def acc_hosts(profile: Path | None, service: str) -> frozenset[str]:
    """Return the hosts that a profile's table `[acc.<service>]` names."""
    if profile is None:
        return frozenset()
    acc = read_toml(profile, "the profile").get("acc")
    table = acc.get(service) if isinstance(acc, Mapping) else None
    return frozenset(filter(None, map(_host, _texts(table))))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _host(text: str) -> str | None:
    try:
        return urlsplit(text).hostname if text.startswith("https://") else None
    except ValueError:
        return None


def found_in(recording: Recording, profile: Path | None, name: str) -> Found:
    """Return a staging for each environment of each service in a recording.

    `name` is what the stagings are named after. Raises `BadInvocation` for a profile that cannot
    be used.
    """
    groups: list[_Group] = []
    notes: list[str] = []
    rest = list(recording.heard)
    settings: dict[str, Any] = {}
    for service in services().values():
        about = module_of(service, "recorded")
        if about is None:
            continue
        mine, rest = _parted(rest, about)
        if not mine:
            continue
        settings[service.name] = about.Settings(profile)
        hosts = acc_hosts(profile, service.name)
        found, foreign = _grouped(service, about, settings[service.name], hosts, mine)
        groups += found
        rest += foreign
        if foreign:
            told = ", ".join(sorted({item.request.host for item in foreign}))
            notes.append(
                f"{len(foreign)} requests look like those of {service.title}, and went to hosts "
                f"that no profile names: {told}. They were left out."
            )
    events: list[Event] = []
    kept = 0
    for group in groups:
        about = module_of(group.service, "recorded")
        assert about is not None  # noqa: S101 - it has made the group
        label = _label(name, group, groups)
        stage = Stage(group.service.name, about, settings[group.service.name], name=label)
        made, count = _staged(stage, group, about, recording)
        events += made
        kept += count
        if made and group.target == "prod":
            notes.append(f"PRODUCTION: {label} holds traffic with the production environment.")
    targets = tuple(str(e["environment"]) for e in events if e["event"] == "staging")
    left_out = recording.left_out + len(recording.heard) - kept
    return Found(tuple(events), targets, left_out, tuple(notes))


def _parted(heard: Iterable[Heard], about: ModuleType) -> tuple[list[Heard], list[Heard]]:
    mine: list[Heard] = []
    rest: list[Heard] = []
    for item in heard:
        (mine if about.conversation_of(item.request) is not None else rest).append(item)
    return mine, rest


def _grouped(
    service: Service, about: ModuleType, settings: Any, hosts: frozenset[str], heard: list[Heard]
) -> tuple[list[_Group], list[Heard]]:
    """Return the traffic by environment, and what went to hosts that are none of it.

    Where nobody knows any of the hosts, the paths must do, and each host is by itself.
    """
    groups: dict[tuple[str, str], _Group] = {}
    likely = getattr(about, "is_likely", lambda _: True)
    foreign: list[Heard] = []
    for item in heard:
        host = item.request.host
        target = "acc" if host in hosts else str(settings.target_of(host))
        if target == OTHER and not likely(item.request):
            foreign.append(item)
            continue
        key = (target, host if target == OTHER else "")
        groups.setdefault(key, _Group(service, *key)).items.append(item)
    known = [group for group in groups.values() if group.target != OTHER]
    strange = [group for group in groups.values() if group.target == OTHER]
    if known:
        foreign += [item for group in strange for item in group.items]
    return known or strange, foreign


def _label(name: str, group: _Group, groups: list[_Group]) -> str:
    """Return the name of a staging: that of the file, and what tells it from the others."""
    alike = [item for item in groups if item.service is group.service]
    parts = [name]
    if len(alike) < len(groups):
        parts.append(group.service.name)
    if len(alike) > 1:
        parts.append(group.host or group.target)
    return ":".join(parts)


def _staged(
    stage: Stage, group: _Group, about: ModuleType, recording: Recording
) -> tuple[list[Event], int]:
    """Return the events of one staging, and how many exchanges are in it."""
    stage.learn(group.items)
    events: list[Event] = []
    instants: list[float] = []
    for item in group.items:
        conversation = str(about.conversation_of(item.request))
        places = places_of(item, conversation, about, sanitised=recording.sanitised)
        if made := stage.hear(item, {REDACTED: list(places)} if places else None):
            events += made
            instants.append(item.request.received_at)
    if not instants:
        return [], 0
    began = next(filter(None, instants), 0.0)
    story = f"Traffic with {_TITLES.get(group.target, group.target)} that was recorded elsewhere."
    told: dict[str, object] = {"environment": group.target}
    if before := len(group.items) - len(instants):
        told[BEFORE] = before
    opening = [{**event, **told} for event in stage.begin(began, story)]
    return [*opening, *events, *stage.end()], len(instants)
