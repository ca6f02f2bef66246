"""Judges a recording: from the readings on, with the very rules that judge a live client."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proefbank.clock import Clock
from proefbank.doors.recordings import Recording, read_recording
from proefbank.errors import BadInvocation
from proefbank.journal import Event, Journal, split_stages
from proefbank.judge import catalogue, judge, rules_of
from proefbank.provenance import from_archive, from_elsewhere, opening_of, run_facts, service_in
from proefbank.report.write import write_run
from proefbank.service import catalogues
from proefbank.verdict import Outcome, Verdict
from proefbank.waivers import Waivers

__all__ = ["Judged", "judge_recording", "judged_events", "verdicts_of"]

_TORN = "the record breaks off during this staging; a whole one would show it"
_NOT_HELD = (
    "the recording does not hold what this needs ({reading}); `proefbank run` stages it and "
    "would show it"
)
_JUDGED = ("run", "verdict", "end", "cassette")
"""Events that are made anew, or belong to the file and not to the conversation."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A recording that was judged, and where the record of that lies."""

    folder: Path
    report: Mapping[str, Any]


def judge_recording(
    path: Path,
    reports: Path,
    run_name: str | None = None,
    *,
    profile: Path | None = None,
    command: Sequence[str] = (),
) -> Judged:
    """Judge a file and write a complete run folder.

    Raises `BadInvocation` for a file or folder that cannot be used.
    """
    if profile is not None and not profile.is_file():
        raise BadInvocation(
            f"there is no file {profile}",
            where="--profile",
            hint="give the path of a file, or leave --profile out",
        )
    recording = read_recording(path)
    waivers = Waivers.load(str(profile) if profile else None)
    name = run_name or _run_id(recording)
    folder = _folder(reports, name, recording, fixed=run_name is not None)
    events = judged_events(recording, folder.name, profile=profile, waivers=waivers)
    events[0] = dict(events[0]) | {"run": run_facts(events[0]) | {"command": list(command)}}
    chosen = list(catalogues().values())
    whys = {rule.requirement: rule.why for item in chosen for rule in rules_of(item.package)}
    rows = [catalogue(item.package) for item in chosen]
    return Judged(folder, write_run(folder, events, rows, whys, waivers.to_json()))


def judged_events(
    recording: Recording,
    run_id: str,
    *,
    profile: Path | None = None,
    waivers: Waivers | None = None,
) -> list[Event]:
    """Return the record of a recording with verdicts of now; the first event is the `run`."""
    recorded = recording.events
    notes: list[Event] = []
    target = ""
    if recording.kind == "archive":
        recorded = tuple(from_archive(recorded, profile))
        notes.append(_note("An archive holds no orders and no outcomes; events.ndjson does."))
    elif recording.kind != "record":
        recorded, target, left_out = from_elsewhere(recording, profile)
        if left_out:
            notes.append(_note(f"{left_out} other requests of the recording were left out."))
    opening = next((e for e in recorded if e["event"] == "run"), None)
    ending = [e for e in recorded if e["event"] == "end"]
    if opening is None:
        ending = ending or [{"event": "end", "interrupted": False}]
    journals = split_stages(e for e in recorded if e["event"] not in _JUDGED)
    staged = {name: journal for name, journal in journals.items() if journal.header}
    passive = {name for name, item in staged.items() if _is_passive(item, opening)}
    first = opening_of(recording, opening, run_id, list(staged.values()), target)
    events: list[Event] = [first, *notes]
    judged: list[Verdict] = []
    for name, journal in staged.items():
        found = [
            (waivers or Waivers()).applied(verdict)
            for verdict in verdicts_of(journal, passive=name in passive)
        ]
        judged += found
        events += [*journal, *_told(found)]
    if staged and (passive or opening is None):
        events += _told(_not_held(list(staged.values()), judged))
    return [*events, *ending[-1:]]


def verdicts_of(journal: Journal, *, passive: bool = False) -> list[Verdict]:
    """Judge one staging by every rule about its readings, in the order of the requirements.

    In a passive one nobody told the client what to do, so nothing can be missing from it.
    """
    service = service_in(journal)
    if service is None:
        return []
    told = journal.header.get("readings")
    names = set(told) if isinstance(told, list) else set()
    torn = not passive and not journal.ended
    rules = [item for item in rules_of(service.package) if item.reading.__name__ in names]
    found = []
    for rule in rules:
        verdict = judge(rule, journal)
        if torn:
            verdict = Verdict(
                verdict.requirement, journal.stage, Outcome.NOT_OBSERVABLE, reason=_TORN
            )
        elif passive and verdict.outcome is Outcome.NOT_EXERCISED:
            reason = f"{verdict.reason}; a recording that holds it would show it"
            verdict = replace(verdict, outcome=Outcome.NOT_OBSERVABLE, reason=reason)
        found.append(verdict)
    return sorted(found, key=lambda item: item.requirement)


def _is_passive(journal: Journal, opening: Event | None) -> bool:
    scope = (opening or {}).get("scope")
    door = scope.get("recorded_door") or scope.get("door") if isinstance(scope, Mapping) else ""
    return bool(journal.header.get("passive")) or door == "wire"


def _not_held(journals: Sequence[Journal], judged: Sequence[Verdict]) -> list[Verdict]:
    """Say of every requirement that the recording shows nothing of that it is not observable."""
    seen = {verdict.requirement for verdict in judged}
    found: dict[str, Verdict] = {}
    for journal in journals:
        service = service_in(journal)
        for rule in rules_of(service.package) if service else ():
            if rule.requirement not in seen:
                words = " ".join(re.findall(r"[A-Z][a-z0-9]*", rule.reading.__name__)).lower()
                reason = _NOT_HELD.format(reading=words)
                verdict = Verdict(
                    rule.requirement, journal.stage, Outcome.NOT_OBSERVABLE, reason=reason
                )
                found.setdefault(rule.requirement, verdict)
    return list(found.values())


def _told(verdicts: Sequence[Verdict]) -> list[Event]:
    return [{"event": "verdict", **verdict.to_json()} for verdict in verdicts]


def _note(text: str) -> Event:
    return {"event": "note", "stage": None, "text": text}


def _run_id(recording: Recording) -> str:
    when = datetime.fromtimestamp(Clock().now(), UTC).strftime("%Y-%m-%d-%H%M%S")
    ours = recording.path.name in ("events.ndjson", "traffic.har")
    name = recording.path.resolve().parent.name if ours else recording.path.stem
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-")
    return f"{when}-judged-{slug or 'recording'}"


def _folder(reports: Path, name: str, recording: Recording, *, fixed: bool) -> Path:
    folder, count = reports / name, 2
    while folder.exists() and not fixed:
        folder, count = reports / f"{name}-{count}", count + 1
    if folder.resolve() == recording.path.resolve().parent:
        raise BadInvocation(
            "the record of the judgement would take the place of what is judged",
            where="--run",
            hint="give the run another name, or leave --run out",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as problem:
        raise BadInvocation(
            f"no run can be written to {reports}: {problem.strerror or problem}",
            where="--reports",
            hint="name a folder that can be written, e.g. proefbank judge --reports /tmp/reports",
        ) from problem
    return folder
