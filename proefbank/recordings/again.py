"""The third question: whether the record of a run, judged again, gives the verdicts it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from proefbank import __version__
from proefbank.doors.recordings import Recording, read_recording
from proefbank.errors import BenchError
from proefbank.journal import Event
from proefbank.judge import known_of
from proefbank.recordings.judging import judged_events
from proefbank.report.record import build_report
from proefbank.report.rows import catalogue_of
from proefbank.report.signing.inside import NAMED_TWICE, Damaged, loaded, raw, shown
from proefbank.report.signing.pages import OfAnotherVersion, report_in
from proefbank.report.signing.standing import Line, Problem, Standing
from proefbank.report.text import plural
from proefbank.report.write import language_of, pages_of
from proefbank.requirement import REQUIREMENT_SET
from proefbank.service import catalogues
from proefbank.verdict import Outcome
from proefbank.waivers import Waiver, Waivers

__all__ = ["check_evidence"]

RECORD = "events.ndjson"
REPORT = "report.json"
_APART = ("signoff",)
"""Members of a report that come from elsewhere than its record."""
_WORDING = ("headline", "notes", "preflight")
_MOST = 20
_Key = tuple[str, str]
_Verdicts = dict[_Key, list[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Difference:
    file: str
    text: str


def check_evidence(folder: Path) -> Line:
    """Judge the record of `folder` again and compare; then build its report again and compare.

    Where another version of the bench, or another requirement set, made the run, a difference
    may come from that: the line is then undecided, unless the report does not follow from the
    verdicts of its own record.
    """
    try:
        report = report_in(folder)
        data = raw(folder, RECORD)  # before it is read by its path: no link, not too large
        if twice := _repeats(data):
            raise Damaged(twice)
        recording = read_recording(folder / RECORD)
        if recording.kind != "record":
            raise Damaged("no record of a run")
    except OfAnotherVersion as problem:
        text = "cannot be judged again here; use the version that made it"
        return Line("evidence", Standing.UNDECIDED, text, notes=(f"{REPORT}: {problem}",))
    except Damaged as problem:
        file = REPORT if str(problem).startswith("no report") else RECORD
        return _wrong([_Difference(_absent(folder) or file, str(problem))])
    except BenchError as problem:
        return _wrong([_Difference(RECORD, shown(problem.message))])
    try:
        return _compared(folder, recording, report)
    except (BenchError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as bad:
        text = f"cannot be judged ({type(bad).__name__}: {shown(str(bad))})"
        return _wrong([_Difference(RECORD, text)])


def _absent(folder: Path) -> str:
    return next((name for name in (REPORT, RECORD) if not (folder / name).is_file()), "")


def _compared(folder: Path, recording: Recording, report: Mapping[str, Any]) -> Line:
    recorded = _verdicts(recording.events)
    waivers = _waivers(report["waivers"])
    again = _verdicts(judged_events(recording, str(report["run"]["id"]), waivers=waivers))
    partial = bool(report["run"]["selected"] or report["run"]["interrupted"])
    differences = [*_different(recorded, again, partial=partial)]
    built = _built(recording.events, report)
    follows = [*_does_not_follow(built, report), *_waived_before(report)]
    stages = len({stage for _, stage in recorded})
    count = sum(map(len, recorded.values()))
    if follows:
        return _wrong([*follows, *differences])
    other = _other_rules(report)
    rows = [*_other_rows(report)]
    if (differences or rows) and other:
        text = (
            f"{plural(count, 'verdict')} judged again by other rules ({other}):"
            f" {len(differences)} differ; use that version to be sure"
        )
        told = [item.text for item in (*differences, *rows)][:_MOST]
        return Line("evidence", Standing.UNDECIDED, text, notes=tuple(told))
    if differences or rows:
        return _wrong([*rows, *differences])
    text = (
        f"judged again: {plural(count, 'verdict')} in {plural(stages, 'staging')}, all equal,"
        f" and {REPORT} follows from them"
    )
    waived = sum(1 for found in recorded.values() for one in found if one["outcome"] == "waived")
    notes: list[str] = []
    if waived:
        notes.append(f"{plural(waived, 'failure is', 'failures are')} waived in the report")
    left_out = [key for key in again if key not in recorded]
    if left_out:
        count = len(left_out)
        notes.append(f"{plural(count, 'verdict')} more could be given: only part was judged")
    if other:
        notes.append(f"judged by {other}, with the same verdicts")
    doubts = [f"{_named(key)} was left out, and fails" for key in left_out if _fails(again[key])]
    doubts += [
        f"{name} is not, byte for byte, what this installation makes of it: believe the record,"
        " and proefbank report, instead"
        for name in _made_otherwise(folder, recording.events, built)
    ]
    if doubts:
        text = f"{text}, but that is not all"
        return Line("evidence", Standing.UNDECIDED, text, notes=(*doubts[:_MOST], *notes))
    notes.append(f"that it happened as {RECORD} tells is for its author to answer for")
    return Line("evidence", Standing.VALID, text, notes=tuple(notes))


def _fails(found: Sequence[Mapping[str, Any]]) -> bool:
    return any(one.get("outcome") == Outcome.FAILED for one in found)


def _repeats(data: bytes) -> str:
    """Return what is wrong with a record of which readers could read different things."""
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            loaded(line)
        except Damaged as problem:
            if NAMED_TWICE in str(problem):  # whatever else it is, the reader tells
                return f"line {number} is {problem}"
    return ""


def _made_otherwise(
    folder: Path, events: Sequence[Event], report: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the pages that are rendered otherwise here: a signer may have put in words of his.

    What record and report hold is compared for itself, so how they are written does not matter.
    """
    for name, text in pages_of(report, events, language_of(folder)).items():
        if name in (RECORD, REPORT):
            continue
        try:
            same = raw(folder, name) == text.encode("utf-8", "replace")
        except Damaged:
            continue  # the content line tells
        if not same:
            yield name


def _wrong(found: Sequence[_Difference]) -> Line:
    files = list(dict.fromkeys(item.file for item in found))
    problems = [Problem(item.file, item.text) for item in found[:_MOST]]
    if more := len(found) - _MOST:
        problems += [Problem(files[-1], f"and {more} differences more")] if more > 0 else []
    text = f"not what the record gives: {', '.join(files)}"
    return Line("evidence", Standing.WRONG, text, tuple(problems))


def _verdicts(events: Iterable[Event]) -> _Verdicts:
    found: _Verdicts = {}
    for event in events:
        if event["event"] == "verdict":
            told = {name: value for name, value in event.items() if name != "event"}
            found.setdefault((str(told["requirement"]), str(told["stage"])), []).append(told)
    return found


def _waivers(rows: Sequence[Mapping[str, Any]]) -> Waivers:
    """Return the waivers of a report as they were on the day that it was made."""
    days = [date.fromisoformat(str(row["on"])) for row in rows if row.get("on")]
    told = tuple(Waiver.from_json(row) for row in rows)
    return Waivers(told, max(days)) if days else Waivers(told)


def _waived_before(report: Mapping[str, Any]) -> Iterator[_Difference]:
    """Yield if waivers are said to be used on a day when there was nothing to waive yet."""
    began = datetime.fromisoformat(str(report["run"]["started"])).date()
    if any(date.fromisoformat(str(row["on"])) < began for row in report["waivers"]):
        yield _Difference(REPORT, f"its waivers are of a day before the run, {began.isoformat()}")


def _different(recorded: _Verdicts, again: _Verdicts, *, partial: bool) -> Iterator[_Difference]:
    for key, told in recorded.items():
        now = again.get(key, [])
        if len(now) != len(told):
            yield _Difference(
                RECORD, f"{_named(key)}: {_outcomes(told)} recorded, {_outcomes(now)} now"
            )
            continue
        for one, other in zip(told, now, strict=True):
            if any(one.get(name) != other[name] for name in other):
                yield _Difference(RECORD, f"{_named(key)}: {_told(one, other)}")
    if not partial:
        for key in (key for key in again if key not in recorded):
            text = f"{_named(key)}: no verdict recorded, {_outcomes(again[key])} now"
            yield _Difference(RECORD, text)


def _named(key: _Key) -> str:
    return shown("@".join(key))


def _outcomes(found: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(shown(str(one.get("outcome"))) for one in found) or "nothing"


def _told(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    if one.get("outcome") != other.get("outcome"):
        return f"{_outcomes([one])} recorded, {_outcomes([other])} now"
    keys = [name for name in other if one.get(name) != other.get(name)]
    return f"{_outcomes([one])} now as well, but with another {keys[0] if keys else 'content'}"


def _built(events: Sequence[Event], report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report that a record gives, with the requirements that `report` itself holds.

    So only the report and its record are compared; `_other_rows` compares those requirements
    with ours.
    """
    known, whys = catalogue_of(report["requirements"])
    built = build_report(events, [known], whys, report["waivers"])
    return built | {name: report[name] for name in _APART if name in report}


def _does_not_follow(built: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[_Difference]:
    """Yield what a report holds that the verdicts in its record do not give."""
    for name, value in built.items():
        if name in _APART or report.get(name) == value:
            continue
        if name in _WORDING and _other_rules(report):
            continue
        if name == "requirements":
            pairs = zip(report[name], value, strict=False)
            row = shown(str(next((a["id"] for a, b in pairs if a != b), "their number")))
            yield _Difference(REPORT, f"its requirements do not follow from {RECORD} ({row})")
        else:
            yield _Difference(REPORT, f"its {name} does not follow from {RECORD}")


def _other_rows(report: Mapping[str, Any]) -> Iterator[_Difference]:
    """Yield where the requirements of a report are not those of this installation."""
    known, whys = known_of(service.package for service in catalogues().values())
    blank = {"event": "run", "scope": {"services": list(report["scope"]["services"])}}
    ours = {row["id"]: row for row in build_report([blank], known, whys)["requirements"]}
    definition = ("code", "level", "basis", "binds", "statement", "source", "section", "excluded")
    told = {row["id"]: row for row in report["requirements"]}
    for name in (name for name in ours if name not in told):
        yield _Difference(REPORT, f"the requirement {name} is left out")
    for name, row in told.items():
        if name not in ours:
            if not any(name in one for one in known):
                yield _Difference(REPORT, f"the requirement {shown(name)} is not known here")
        elif wrong := next((key for key in definition if row[key] != ours[name][key]), ""):
            yield _Difference(REPORT, f"the requirement {name} has another {wrong}")


def _other_rules(report: Mapping[str, Any]) -> str:
    """Return whose rules made a report, if they may be others than ours."""
    version, used = str(report["assertor"]["version"]), str(report["scope"]["requirement_set"])
    if (version, used) == (__version__, REQUIREMENT_SET):
        return ""
    return (
        f"proefbank {shown(version)} with requirement set {shown(used)}, here proefbank"
        f" {__version__} with {REQUIREMENT_SET}"
    )
