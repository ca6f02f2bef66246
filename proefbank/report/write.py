"""Writes the folder of a run, and renders it again from its record.

Every file is written beside its place and then moved there, so that a reader, or a run that is
killed, never leaves half a file behind. The manifest comes last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from proefbank.bodies import once
from proefbank.errors import BadInvocation
from proefbank.files import put
from proefbank.journal import Event, read_lines
from proefbank.languages import LANGUAGES
from proefbank.report.har import har
from proefbank.report.html import render_html
from proefbank.report.junit import junit
from proefbank.report.manifest import MANIFEST, manifest, refuse_signed
from proefbank.report.record import build_report
from proefbank.report.rows import catalogue_of
from proefbank.report.summary import summary
from proefbank.report.words import words_in
from proefbank.requirement import Catalogue

__all__ = ["FILES", "language_of", "pages_of", "render", "write_run"]

FILES = (
    "events.ndjson",
    "report.json",
    "report.html",
    "junit.xml",
    "summary.md",
    "traffic.har",
    MANIFEST,
)
"""What a run leaves behind; signing adds `manifest.jws`, and a time stamp `manifest.tsr`."""

_LANGUAGE = re.compile(r'<html lang="([a-z]+)">')
_HEAD = 400


def write_run(
    folder: Path,
    events: Iterable[Event],
    catalogues: Sequence[Catalogue],
    whys: Mapping[str, str],
    waivers: Sequence[Mapping[str, Any]] = (),
    signoff: Mapping[str, Any] | None = None,
    language: str = LANGUAGES[0],
) -> dict[str, Any]:
    """Write every file of a run into `folder`, made if needed; return the report.

    With a `signoff` the pages say what the signer declares. What people read is in `language`;
    report.json and whatever else machines read are the same in all of them. Raises `NotAssessed`
    if the record judges a requirement that no catalogue has.
    """
    record = list(events)
    report = build_report(record, catalogues, whys, waivers)
    if signoff:
        report["signoff"] = dict(signoff)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages_of(report, record, language).items():
        _put(folder / name, text)
    _put(folder / MANIFEST, _json(manifest(folder)))
    return report


def pages_of(
    report: Mapping[str, Any], record: Sequence[Event], language: str = LANGUAGES[0]
) -> dict[str, str]:
    """Return the text of every file of a run but its manifest, by name."""
    words = words_in(language)
    return {
        "events.ndjson": "".join(f"{_line(event)}\n" for event in once(record)),
        "report.json": _json(report),
        "report.html": render_html(report, record, words),
        "junit.xml": junit(report),
        "summary.md": summary(report, words),
        "traffic.har": _archive(har(record, report["assertor"])),
    }


def render(
    folder: Path,
    catalogues: Sequence[Catalogue] = (),
    whys: Mapping[str, str] | None = None,
    signoff: Mapping[str, Any] | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """Write every page of `folder` again from its `events.ndjson`; return the report.

    Without catalogues the requirements are those that `report.json` holds, worded as they were
    when the run was made; its waivers are kept, and so is the language of its page unless another
    one is named; a sign-off without its signature is not. Raises `BadInvocation` when the folder
    has no record, when neither catalogues nor a report are at hand, and for a signed run.
    """
    record = folder / "events.ndjson"
    refuse_signed(folder, str(folder))
    if not record.is_file():
        raise BadInvocation("there is no record of a run here", where=str(record))
    old = _old_report(folder / "report.json")
    if not catalogues:
        if old is None:
            raise BadInvocation(
                "the requirements of this run are not known without it",
                where=str(folder / "report.json"),
            )
        known, told = catalogue_of(old["requirements"])
        catalogues, whys = (known,), told
    with record.open(encoding="utf-8", errors="replace") as lines:
        events = list(read_lines(lines))
    waivers = (old or {}).get("waivers", ())
    language = language or language_of(folder)
    return write_run(folder, events, catalogues, whys or {}, waivers, signoff, language)


def language_of(folder: Path) -> str:
    """Return the language that the page of a run is in; English if there is no page yet."""
    try:
        with (folder / "report.html").open(encoding="utf-8", errors="replace") as page:
            told = _LANGUAGE.search(page.read(_HEAD))
    except OSError:
        told = None
    return told.group(1) if told and told.group(1) in LANGUAGES else LANGUAGES[0]


def _old_report(path: Path) -> dict[str, Any] | None:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return loaded if isinstance(loaded, dict) and "requirements" in loaded else None


def _line(event: Event) -> str:
    return _encodable(json.dumps(event, ensure_ascii=False), event)


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{_encodable(text, value)}\n"


def _archive(archive: Mapping[str, Any]) -> str:
    """Return an archive with a line for each entry: ten times as many would be no clearer."""
    log = archive["log"]
    head = json.dumps({name: value for name, value in log.items() if name != "entries"})
    entries = ",\n".join(_line(entry) for entry in log["entries"])
    return f'{{"log": {head[:-1]}, "entries": [\n{entries}\n]}}}}\n'


def _encodable(text: str, value: object) -> str:
    """Return `text`, or an ASCII form of `value` if a lone surrogate keeps it from UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True)
    return text


def _put(path: Path, text: str) -> None:
    put(path, text.encode("utf-8", "replace"))
