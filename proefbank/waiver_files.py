"""Where waivers stand, how they are read, and how one is added.

One place counts, the first of these that there is:

1. the file named on the command line (`--waivers FILE`);
2. the file that the profile names (`waivers = "FILE"` in `[run]`);
3. `[[waivers]]` in the profile itself;
4. `waivers.toml` beside the profile, or in the current folder where there is no profile.

Without the command line's word, waivers in the profile and in a file as well are refused: one of
the two would silently not count.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.files import put
from proefbank.fingerprint import LENGTH
from proefbank.judge import catalogue
from proefbank.names import nearest
from proefbank.service import catalogues
from proefbank.tables import Table, read_toml
from proefbank.waivers import Waiver

__all__ = ["NAME", "append_waiver", "place_of", "read_file", "read_waivers"]

NAME = "waivers.toml"
_HEAD = """\
# Findings that are accepted until a day. Each is one finding against one requirement: a different
# one is a new failure. What has expired or is not wrong any more fails the run.
"""


def place_of(profile: Path | None, waivers_file: Path | None) -> Path | None:
    """Return the file with the waivers of a run, None if there are none; see the module.

    Raises `BadInvocation` for a file that is named and not there, and for two places.
    """
    told = _of_profile(profile)
    inside = isinstance(told.get("waivers"), list) and bool(told["waivers"])
    run = told.get("run")
    named = run.get("waivers") if isinstance(run, Mapping) else None
    if waivers_file is not None and not _is(waivers_file, profile, named):
        return _there(waivers_file, "--waivers")
    beside = (profile.parent if profile else Path()) / NAME
    found = beside if beside.is_file() else None
    if profile is not None and isinstance(named, str) and named:
        found = _there(profile.parent / named, f"{profile}: run.waivers")
    if inside and found is not None:
        raise BadInvocation(
            f"there are waivers here and in {found} as well",
            where=f"{profile}: waivers",
            hint=f"move these into {found}, as they are",
        )
    return profile if inside else found


def read_waivers(profile: Path | None, waivers_file: Path | None) -> tuple[Waiver, ...]:
    """Return the waivers of a run. Raises `BadInvocation` for one that is unclear."""
    place = place_of(profile, waivers_file)
    return read_file(place, alone=place != profile) if place is not None else ()


def read_file(path: Path, *, alone: bool = True) -> tuple[Waiver, ...]:
    """Return the waivers in a file, which holds nothing else if it is `alone`."""
    whole = Table(read_toml(path, "the file with waivers"), file=str(path))
    tables = whole.tables("waivers") or []
    if alone:
        whole.done()
    found = [_waiver(table, str(path)) for table in tables]
    known: dict[tuple[str, str], int] = {}
    for number, (table, waiver) in enumerate(zip(tables, found, strict=True), start=1):
        first = known.setdefault((waiver.requirement, waiver.finding or waiver.actual), number)
        if first != number:
            raise table.complain(
                "finding", f"is waived twice: waivers[{first}] does it too", "Remove one of them."
            )
    return tuple(found)


def _there(path: Path, where: str) -> Path:
    if not path.is_file():
        raise BadInvocation(
            f"there is no file {path}",
            where=where,
            hint="give the path of a file with waivers; `proefbank waive` writes one",
        )
    return path


def _is(file: Path, profile: Path | None, named: object) -> bool:
    """Whether this is the file that the profile names: who read it there passes it on."""
    return profile is not None and isinstance(named, str) and file == profile.parent / named


def _of_profile(profile: Path | None) -> Mapping[str, Any]:
    if profile is None:
        return {}
    try:
        return tomllib.loads(profile.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # whoever reads the rest of it says what is wrong with it


def _waiver(table: Table, file: str) -> Waiver:
    requirement = table.needed_text("requirement")
    _known(table, requirement)
    finding, actual = table.text("finding", ""), table.text("actual", "")
    where, stages = table.text("where", ""), table.texts("stages", ())
    if not finding and not actual:
        hint = f"Copy it from a failure or a report: {LENGTH} digits behind `finding`."
        raise table.complain("finding", "is missing", hint)
    if finding and (len(finding) != LENGTH or set(finding) - set("0123456789abcdef")):
        hint = f"It has {LENGTH} digits of 0-9 and a-f, and stands behind `finding` in a report."
        raise table.complain("finding", f"{finding!r} is not the id of a finding", hint)
    cause, reason = table.text("cause", ""), table.text("reason", "")
    if cause and reason:
        raise table.complain("reason", "says what cause says", "It is now called cause: keep that.")
    if not (cause or reason):
        raise table.complain("cause", "is missing", "Say why the failure is accepted for now.")
    old = not finding  # written before findings had ids: less was asked of it
    owner, ticket = table.needed_text("owner"), table.text("ticket", "")
    if not (ticket or old):
        raise table.complain("ticket", "is missing", "Name where the repair is followed up.")
    first, expires = _date(table, "first_seen", needed=not old), _date(table, "expires")
    assert expires is not None  # noqa: S101 - it was needed
    if first and expires < first:
        raise table.complain("expires", f"{expires} is before first_seen, {first}")
    table.done()
    return Waiver(
        requirement, cause or reason, owner, expires, finding, ticket, first, stages, where, actual,
        file,
    )  # fmt: skip


def _date(table: Table, key: str, *, needed: bool = True) -> date | None:
    told = table.date(key)
    if told is None and needed:
        raise table.complain(key, "is missing", f"Add it, without quotes: {key} = 2027-01-31")
    return None if told is None else date.fromisoformat(told)


def _known(table: Table, requirement: str) -> None:
    known = [name for item in catalogues().values() for name in catalogue(item.package)]
    if requirement not in known:
        near = nearest(requirement, known)
        raise table.complain(
            "requirement", f"there is no requirement {requirement}", f"Did you mean {near!r}?"
        )


def append_waiver(path: Path, waiver: Waiver) -> str:
    """Add a waiver to a file, made if needed, and return what was written.

    What stands in it stays as it is, comments too. Raises `BadInvocation` for a file that cannot
    be read or written, or that holds a waiver of the same finding already.
    """
    old = ""
    if path.exists():
        for other in read_file(path, alone=path.name == NAME):
            if other.requirement == waiver.requirement and other.finding == waiver.finding:
                raise BadInvocation(
                    f"it holds a waiver of finding {waiver.finding}, until {other.expires}",
                    where=str(path),
                    hint="set another `expires` there, or remove it",
                )
        old = path.read_text(encoding="utf-8")
    made = _written(waiver)
    text = f"{old.rstrip()}\n\n{made}" if old.strip() else f"{_HEAD}\n{made}"
    try:
        tomllib.loads(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, text.encode())
    except tomllib.TOMLDecodeError as problem:  # `waivers = []`, for instance
        raise BadInvocation(
            f"a waiver cannot be added to it: {problem}",
            where=str(path),
            hint="write each of its waivers as [[waivers]]",
        ) from problem
    except OSError as problem:
        raise BadInvocation(
            f"no waiver can be written: {problem.strerror or problem}",
            where=str(path),
            hint="name a file that can be written: --file waivers.toml",
        ) from problem
    return made


def _written(waiver: Waiver) -> str:
    told: Sequence[tuple[str, str | date | Sequence[str] | None]] = (
        ("requirement", waiver.requirement),
        ("finding", waiver.finding),
        ("where", waiver.where),
        ("actual", waiver.actual),
        ("stages", waiver.stages),
        ("cause", waiver.cause),
        ("owner", waiver.owner),
        ("ticket", waiver.ticket),
        ("first_seen", waiver.first_seen),
        ("expires", waiver.expires),
    )
    return "[[waivers]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in told if value)


def _toml(value: str | date | Sequence[str]) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return f"[{', '.join(map(_toml, value))}]"
    plain = value.encode("utf-8", "replace").decode()  # TOML has no lone surrogates
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
