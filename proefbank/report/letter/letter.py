"""Writes the mail: the claims of a run, in the words of one language, as plain text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

import jinja2

from proefbank.report.letter.claims import (
    BROKEN,
    Group,
    groups_of,
    notice,
    refuse,
    rehearsed,
    steps_of,
)
from proefbank.report.text import printable
from proefbank.report.words import typographic
from proefbank.report.words.statements import statements_in
from proefbank.verdict import Outcome

__all__ = ["Sender", "letter"]

_WIDTH = 76
_LONGEST = 240
_MOST_REMARKS = 12


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes; an empty member becomes a placeholder in square brackets."""

    organisation: str = ""
    contact: str = ""
    """Name, and how to reach whoever it is."""


def letter(
    report: Mapping[str, Any],
    language: str,
    environment: str = "acc",
    *,
    events: Iterable[Mapping[str, Any]] = (),
    sender: Sender | None = None,
) -> str:
    """Return the mail with its address and subject lines, in `nl`, `fr` or `en`.

    `events` are those of the run's record: only they show on which dates the renewal was
    rehearsed. Raises `BadInvocation` if the run does not carry what a letter would claim.
    """
    rows = [row for row in report["requirements"] if row["id"].startswith("ehealth.")]
    groups = groups_of(rows)
    refuse(report, groups)
    feedback = notice()[environment].get("feedback")
    statements = statements_in(language, rows)
    text = (
        _environment(statements)
        .get_template(f"{language}.txt.j2")
        .render(
            notice=notice(),
            about=notice()[environment],
            steps=steps_of(rows),
            rehearsed=rehearsed(events, environment),
            started=_day(report["run"]["started"]),
            feedback=feedback,
            late=_late(report["run"]["started"], feedback),
            report=report,
            client=_client(report),
            sender=sender or Sender(),
            groups=[g for kind in ("notice", "standard", "advice") for g in _kind(groups, kind)],
            renewal=_conclusion(_kind(groups, "notice")),
            remarked=any(group.of(Outcome.WARNED) for group in _kind(groups, "notice")),
            standards=_conclusion(_kind(groups, "standard")),
            failures=_rows(groups, BROKEN),
            waived=_rows(groups, {Outcome.WAIVED}),
            remarks=_rows(groups, {Outcome.WARNED}),
            most_remarks=_MOST_REMARKS,
            excluded=_excluded(groups),
        )
    )
    head, _, body = typographic(text, language).strip().partition("\n\n")
    return f"{head}\n\n{_wrapped(body)}\n"


def _kind(groups: Iterable[Group], kind: str) -> list[Group]:
    return [group for group in groups if group.kind == kind and group.rows]


def _conclusion(groups: Iterable[Group]) -> str:
    """Return what may be said of groups together: `failed`, `partly` or `passed`."""
    states = {group.status for group in groups} - {"not_applicable"}
    if states & {"failed", "waived"}:
        return "failed"
    return "partly" if states & {"partly", "untested"} or not states else "passed"


def _rows(groups: Iterable[Group], outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return what is told of rows: advice is not held against anybody, so it is left out."""
    wanted = set(outcomes)
    found = []
    for group in groups:
        if group.kind not in ("notice", "standard"):
            continue
        for row in group.of(*wanted):
            shown = next((j for j in row["judgements"] if j["outcome"] == row["outcome"]), None)
            found.append({"row": row, "finding": shown and shown["finding"]})
    return found


def _excluded(groups: Iterable[Group]) -> dict[str, int]:
    """Count what no run can show, by whether a client's own requests are needed for it."""
    found = {"own": 0, "other": 0}
    for group in groups:
        if group.name != "outside":
            count = sum(row["state"] == "excluded" for row in group.rows)
            found["own" if group.name == "own-requests" else "other"] += count
    return found


def _client(report: Mapping[str, Any]) -> str:
    subject = report["subject"]
    return _flat(" ".join(filter(None, (subject["name"], subject["version"]))))


def _late(started: str, feedback: list[date] | None) -> str:
    """Return where a run lies: `before`, `within` or `after` the days asked for, or nothing."""
    if not feedback or not started:
        return ""
    day = date.fromisoformat(started[:10])
    return "before" if day < feedback[0] else "after" if day > feedback[1] else "within"


def _day(value: object) -> str:
    """Return a date, or the first ten characters of an instant, as Belgians write it."""
    text = str(value)[:10]
    year, _, rest = text.partition("-")
    return "/".join([*reversed(rest.split("-")), year]) if rest else text


def _flat(value: object) -> str:
    """Return a text of the record on one line, without control characters, not too long."""
    return textwrap.shorten(printable(" ".join(str(value).split())), _LONGEST, placeholder=" …")


def _environment(statements: Mapping[str, str]) -> jinja2.Environment:
    folder = resources.files("proefbank.report.letter")
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        autoescape=False,  # noqa: S701 - a mail in plain text
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=_day,
        flat=_flat,
        stated=lambda row: statements.get(row["id"], row["statement"]).replace("’", "'"),
    )
    return made


def _wrapped(body: str) -> str:
    """Return the body with lines of a mail's width; points of a list hang."""
    lines = []
    for line in body.splitlines():
        indent = re.match(r" *(?:- |\d\. )?", line)
        hanging = " " * len(indent.group()) if indent else ""
        lines += textwrap.wrap(
            line,
            _WIDTH,
            subsequent_indent=hanging,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
