"""Judges artefacts of a set-up: certificates, keys, names, passwords. Nobody is called.

Each artefact, for each channel it is meant for, makes a journal of its own, which the rules of
the service `setup` judge like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proefbank import __version__
from proefbank.clock import to_iso
from proefbank.journal import Event, Journal
from proefbank.judge import Reading, judge, known_of, rules_of
from proefbank.report.record import build_report
from proefbank.report.write import write_run
from proefbank.requirement import REQUIREMENT_SET
from proefbank.run_folder import check_run_name, dated, free_folder, make_folder, slug
from proefbank.verdict import Verdict

__all__ = [
    "PACKAGE",
    "Artefact",
    "Checked",
    "Judged",
    "checked",
    "journal_of",
    "run_folder",
    "verdicts_on",
]

PACKAGE = "proefbank.services.setup"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One thing to judge."""

    name: str
    """What it is called in the report: the name of a file, or `password`."""
    kind: str
    """`certificate`, `public key`, `user name` or `password`."""
    reading: type[Reading]
    facts: Mapping[str, Any]
    """What may be written down of it."""
    channel: str = ""
    """The channel it is meant for, where the rules differ."""
    notes: Sequence[str] = ()
    """What the report tells of it besides, in sentences."""

    @property
    def stage(self) -> str:
        """Name of its journal."""
        return f"{self.kind} {self.name}{f' for {self.channel}' if self.channel else ''}"


@dataclass(frozen=True, slots=True)
class Judged:
    """One artefact and what was found."""

    artefact: Artefact
    reading: Reading
    """The artefact as the rules saw it."""
    verdicts: Sequence[Verdict]


@dataclass(frozen=True, slots=True)
class Checked:
    """Artefacts that were judged."""

    report: Mapping[str, Any]
    judged: Sequence[Judged] = field(repr=False)
    folder: Path | None = None
    """Where the record lies, if one was wanted."""


def journal_of(artefact: Artefact, at: float, environment: str = "", stage: str = "") -> Journal:
    """Return the journal of one artefact, judged at `at` (epoch seconds)."""
    journal = Journal(stage or artefact.stage)
    where = {"channel": artefact.channel, "environment": environment}
    journal.write(
        "staging",
        service="setup",
        story=f"The {artefact.kind} {artefact.name} was handed over"
        + (f", meant for the channel {artefact.channel.upper()}." if artefact.channel else "."),
        readings=[artefact.reading.__name__],
        needs=[],
        at=at,
        facts={name: value for name, value in where.items() if value},
    )
    members = {"channel": artefact.channel} if artefact.channel else {}
    journal.write("artefact", kind=artefact.kind, facts=dict(artefact.facts), **members)
    for text in artefact.notes:
        journal.write("note", text=text)
    journal.write("staged", state="done", reason="")
    return journal


def verdicts_on(journal: Journal, reading: type[Reading]) -> list[Verdict]:
    """Judge one artefact by every rule on its reading, in the order of the requirements."""
    return [judge(rule, journal) for rule in rules_of(PACKAGE) if rule.reading is reading]


def checked(
    artefacts: Sequence[Artefact],
    *,
    at: float,
    command: Sequence[str],
    environment: str = "",
    folder: Path | None = None,
) -> Checked:
    """Judge artefacts and report on them; into `folder`, if one is given."""
    events: list[Event] = []
    found: list[Judged] = []
    for artefact, stage in zip(artefacts, _distinct(artefacts), strict=True):
        journal = journal_of(artefact, at, environment, stage)
        verdicts = verdicts_on(journal, artefact.reading)
        found.append(Judged(artefact, next(iter(artefact.reading.read(journal))), verdicts))
        events += [*journal, *({"event": "verdict", **verdict.to_json()} for verdict in verdicts)]
    name = folder.name if folder else "check"
    opening = _opening(artefacts, name, at=at, command=command, environment=environment)
    end = {"event": "end", "finished": to_iso(at), "duration_s": 0.0, "interrupted": False}
    record = [opening, *events, end]
    rows, whys = known_of([PACKAGE])
    if folder is None:
        return Checked(build_report(record, rows, whys), found)
    return Checked(write_run(folder, record, rows, whys), found, folder)


def _distinct(artefacts: Iterable[Artefact]) -> list[str]:
    """Return a name for each journal, numbered where two artefacts are called the same."""
    names: list[str] = []
    for artefact in artefacts:
        name, count = artefact.stage, 2
        while name in names:
            name, count = f"{artefact.stage} ({count})", count + 1
        names.append(name)
    return names


def _opening(
    artefacts: Sequence[Artefact],
    run_id: str,
    *,
    at: float,
    command: Sequence[str],
    environment: str,
) -> Event:
    names = list(dict.fromkeys(artefact.name for artefact in artefacts))
    channels = list(dict.fromkeys(artefact.channel for artefact in artefacts if artefact.channel))
    return {
        "event": "run",
        "schema": "proefbank/events/1",
        "run": {"id": run_id, "started": to_iso(at), "seed": None, "command": list(command)},
        "subject": {"name": ", ".join(names), "version": "", "language": ""},
        "assertor": {"name": "proefbank", "version": __version__},
        "scope": {
            "services": ["setup"],
            "target": "none",
            "door": "artefact",
            "requirement_set": REQUIREMENT_SET,
            "capabilities": [],
            "channels": channels,
            "environment": environment,
        },
        "preflight": [],
        "origins": {},
        "run_selected": True,  # a declared set-up has more to judge than one artefact
    }


def run_folder(reports: str | None, run: str | None, name: str, at: float) -> Path | None:
    """Return the folder that the options --reports and --run ask for; None if neither is given.

    Raises `BadInvocation` for a name that is none, or a folder that cannot be written.
    """
    if reports is None and run is None:
        return None
    command = "check certificate my.cer"
    if run is not None:
        check_run_name(run, command=command)
    made = dated(at, f"check-{slug(name, 'set-up')}")
    base = Path("reports" if reports is None else reports)
    return make_folder(free_folder(base, run or made, fixed=run is not None), command=command)
