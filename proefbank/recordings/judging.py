"""Judges a recording: from the readings on, with the very rules that judge a live client."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proefbank.acceptance.unplayed import without_doubles
from proefbank.clock import Clock
from proefbank.doors.heard import Progress
from proefbank.doors.recordings import Recording, read_recording
from proefbank.errors import BadInvocation
from proefbank.journal import Event, Journal
from proefbank.judge import judge, known_of, rules_of
from proefbank.recordings.conversations import is_known
from proefbank.recordings.doubts import Doubts, clock_of
from proefbank.recordings.provenance import Taken, names_of, opening_of, service_in, taken_from
from proefbank.recordings.read_once import reading_once
from proefbank.report.write import write_run
from proefbank.run_folder import check_run_name, dated, free_folder, make_folder, slug
from proefbank.service import catalogues, module_of
from proefbank.verdict import Outcome, Verdict
from proefbank.waivers import Waivers

__all__ = ["Judged", "judge_recording", "judged_events", "verdicts_of"]

_TORN = "the record breaks off during this staging; a whole one would show it"
_NOT_HELD = (
    "the recording does not hold what this needs ({reading}); `proefbank run` stages it and "
    "would show it"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A recording that was judged, and where the record of that lies."""

    folder: Path
    report: Mapping[str, Any]


def judge_recording(  # noqa: PLR0913 - most by name, like the options of the command
    path: Path | Sequence[Path],
    reports: Path,
    run_name: str | None = None,
    *,
    profile: Path | None = None,
    waivers: Path | None = None,
    command: Sequence[str] = (),
    progress: Progress | None = None,
    language: str = "en",
) -> Judged:
    """Judge a file, or several as one, and write a complete run folder, with pages in `language`.

    Raises `BadInvocation` for a file or folder that cannot be used.
    """
    if profile is not None and not profile.is_file():
        raise BadInvocation(
            f"there is no file {profile}",
            where="--profile",
            hint="give the path of a file, or leave --profile out",
        )
    paths = [path] if isinstance(path, Path) else list(path)
    recordings = [read_recording(one, is_known, progress) for one in paths]
    accepted = Waivers.load(profile, waivers)
    name = _run_id(recordings) if run_name is None else run_name
    folder = _folder(reports, name, recordings, fixed=run_name is not None)
    events = judged_events(recordings, folder.name, profile=profile, waivers=accepted)
    told = events[0].get("run")
    run = told if isinstance(told, Mapping) else {}
    events[0] = {**events[0], "run": {**run, "command": list(command)}}
    rows, whys = known_of(made.package for made in catalogues().values())
    report = write_run(folder, events, rows, whys, accepted.to_json(), language=language)
    return Judged(folder, report)


def judged_events(
    recordings: Recording | Sequence[Recording],
    run_id: str,
    *,
    profile: Path | None = None,
    waivers: Waivers | None = None,
) -> list[Event]:
    """Return the record of recordings with verdicts of now; the first event is the `run`."""
    several = [recordings] if isinstance(recordings, Recording) else list(recordings)
    taken = [
        taken_from(one, profile, name, named=len(several) > 1)
        for one, name in zip(several, names_of(several), strict=True)
    ]
    notes = [note for item in taken for note in item.notes]
    staged: list[Event] = []
    judged: list[Verdict] = []
    for item in taken:
        for journal in item.journals:
            passive = item.is_passive(journal)
            found = [
                (waivers or Waivers()).applied(verdict)
                for verdict in verdicts_of(journal, passive=passive)
            ]
            judged += found
            notes += map(_note, _doubts_of(journal) if passive else ())
            marked = passive and len(taken) > 1  # what the opening of its own record said
            staged += [
                {**e, "passive": True} if marked and e["event"] == "staging" else e for e in journal
            ]
            staged += _told(found)
    journals = [journal for item in taken for journal in item.journals]
    open_ended = any(item.is_passive(j) for item in taken for j in item.journals)
    if journals and (open_ended or any(item.opening is None for item in taken)):
        staged += _told(_not_held(journals, judged))
    once = {str(note["text"]): note for note in notes}
    told = without_doubles(staged)
    return [opening_of(taken, run_id), *once.values(), *told, *_ending(taken)]


def _ending(taken: Sequence[Taken]) -> list[Event]:
    """Return the end of the only record, or of all; nothing where one of them breaks off."""
    endings = [item.ending for item in taken]
    if len(endings) == 1 or None in endings:
        return [item for item in endings[:1] if item is not None and None not in endings]
    return [
        {"event": "end", "interrupted": any(bool((e or {}).get("interrupted")) for e in endings)}
    ]


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
    doubts = Doubts(journal, service.name, module_of(service, "recorded") if passive else None)
    found = []
    for rule in reading_once(rules):
        verdict = judge(rule, journal)
        if passive:
            verdict = doubts.weigh(rule, verdict)
        if torn:
            verdict = Verdict(
                verdict.requirement, journal.stage, Outcome.NOT_OBSERVABLE, reason=_TORN
            )
        elif passive and verdict.outcome is Outcome.NOT_EXERCISED:
            reason = f"{verdict.reason}; a recording that holds it would show it"
            verdict = replace(verdict, outcome=Outcome.NOT_OBSERVABLE, reason=reason)
        found.append(verdict)
    return sorted(found, key=lambda item: item.requirement)


def _doubts_of(journal: Journal) -> list[str]:
    """Return what to note about the clock of a recording."""
    clock = clock_of(journal)
    reason = clock.instants or clock.spans
    return [f"{journal.stage}: {reason}."] if reason else []


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


def _run_id(recordings: Sequence[Recording]) -> str:
    path = recordings[0].path
    ours = path.name in ("events.ndjson", "traffic.har")
    name = path.resolve().parent.name if ours else path.stem
    more = f"-and-{len(recordings) - 1}-more" if len(recordings) > 1 else ""
    return dated(Clock().now(), f"judged-{slug(name, 'recording', longest=60)}{more}")


def _folder(reports: Path, name: str, recordings: Sequence[Recording], *, fixed: bool) -> Path:
    if fixed:
        check_run_name(name, command="judge")
    folder = free_folder(reports, name, fixed=fixed)
    if folder.resolve() in {one.path.resolve().parent for one in recordings}:
        raise BadInvocation(
            "the record of the judgement would take the place of what is judged",
            where="--run",
            hint="give the run another name, or leave --run out",
        )
    return make_folder(folder, command="judge")
