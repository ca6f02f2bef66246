"""The second question: whether every file of the run is the one that its manifest lists."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from proefbank.report.manifest import MANIFEST, SCHEMA, SIGNATURE, STAMP, STAMP_DIGEST
from proefbank.report.signing.inside import LARGEST, Damaged, digest, found, loaded, raw, shown
from proefbank.report.signing.pages import OfAnotherVersion, disagreements
from proefbank.report.signing.standing import Line, Problem, Standing
from proefbank.report.text import plural

__all__ = ["check_content"]

_BESIDE = (MANIFEST, SIGNATURE, STAMP, STAMP_DIGEST)
_NEEDED = ("events.ndjson", "report.json")
_MEMBERS = {"name", "bytes", "sha256"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_LARGEST = 16 * 1024**2


def check_content(folder: Path) -> Line:
    """Return whether the files of `folder` are those of its manifest, and agree on the numbers.

    Names every file that was changed, is missing, or is there too many. Only files in the folder
    are read, and links are never followed.
    """
    try:
        listed = _listed(raw(folder, MANIFEST, _LARGEST))
    except Damaged as problem:
        broken = Problem(MANIFEST, str(problem))
        return Line("content", Standing.WRONG, "there is no manifest to go by", (broken,))
    problems = [*_compared(folder, listed)]
    alike = f"{plural(len(listed), 'file')} with the digests of {MANIFEST}"
    if not problems:
        try:
            problems = [Problem(name, text) for name, text in disagreements(folder)]
        except OfAnotherVersion as problem:
            text = f"{alike}, but the pages cannot be compared"
            return Line("content", Standing.UNDECIDED, text, notes=(f"report.json: {problem}",))
    if problems:
        files = list(dict.fromkeys(item.file for item in problems))
        text = f"not consistent: {', '.join(files[:5])}"
        if more := len(files) - 5:
            text += f" and {more} more" if more > 0 else ""
        return Line("content", Standing.WRONG, text, tuple(problems))
    text = f"consistent: {alike}, and the pages have the same counts"
    return Line("content", Standing.VALID, text)


def _compared(folder: Path, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    there = dict(found(folder))
    for name in listed:
        if name not in there:
            yield Problem(shown(name), "missing")
    for name in (name for name in _NEEDED if name not in listed):
        yield Problem(name, f"not in {MANIFEST}, which every run has")
    for name, told in there.items():
        if told is None:
            yield Problem(_named(name), "no plain file but a link or the like, which no run has")
        elif name in listed:
            if wrong := _differs(folder, name, told, listed[name]):
                yield Problem(_named(name), wrong)
        elif name not in _BESIDE:
            yield Problem(_named(name), f"surplus: not in {MANIFEST}")


def _differs(folder: Path, name: str, told: os.stat_result, entry: Mapping[str, Any]) -> str:
    if told.st_size != entry["bytes"]:
        return f"changed: {told.st_size} bytes instead of {entry['bytes']}"
    if told.st_size > LARGEST:
        return "not checked, for it is larger than any file of a run"
    try:
        same = digest(folder, name) == entry["sha256"]
    except Damaged as problem:
        return str(problem)
    return "" if same else "changed: its digest is another"


def _listed(data: bytes) -> dict[str, dict[str, Any]]:
    """Return the entries of a manifest by name; raises `Damaged` for anything unlike ours.

    The bytes have to be the very ones that the bench writes, so that a change that means nothing
    (a blank, say) is found in a run that is not signed too.
    """
    told = loaded(data)
    if not isinstance(told, dict) or set(told) != {"schema", "files"}:
        raise Damaged("not what a manifest holds")
    if told["schema"] != SCHEMA:
        raise Damaged(f"of another kind than {SCHEMA}")
    if not isinstance(told["files"], list):
        raise Damaged("without a list of files")
    listed: dict[str, dict[str, Any]] = {}
    for entry in told["files"]:
        _sound(entry)
        if entry["name"] in listed:
            raise Damaged(f"names {shown(entry['name'])} twice")
        listed[entry["name"]] = entry
    form = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if form.encode("utf-8", "replace") != data:
        raise Damaged("changed: not in the form that the bench writes")
    return listed


def _sound(entry: object) -> None:
    if not isinstance(entry, dict) or set(entry) != _MEMBERS:
        raise Damaged("has an entry without name, bytes and sha256")
    name, size, value = entry["name"], entry["bytes"], entry["sha256"]
    if not isinstance(name, str) or type(size) is not int or size < 0:
        raise Damaged("has an entry without name, bytes and sha256")
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise Damaged(f"has no SHA-256 of {shown(name)}")
    parts = name.split("/")
    if _CONTROL.search(name) or any(part in ("", ".", "..") for part in parts) or ":" in parts[0]:
        raise Damaged(f"names {shown(name)}, which leads out of the folder or is no plain name")
    if name in _BESIDE:
        raise Damaged(f"names {name}, which cannot be in it")


def _named(name: str) -> str:
    return shown(os.fsencode(name).decode("utf-8", "replace"))
