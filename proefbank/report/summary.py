"""`summary.md`: what a reviewer needs to see under a change, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proefbank.report.commands import again, whole
from proefbank.report.limits import limits_of
from proefbank.report.text import headline, printable
from proefbank.report.waiver_text import waiver_state, waiver_time
from proefbank.report.words import ENGLISH, Words
from proefbank.report.words.statements import statements_in
from proefbank.requirement import Basis
from proefbank.verdict import Outcome

__all__ = ["as_code", "as_text", "summary"]

_MOST_ROWS = 30
_LONGEST_CELL = 240
_SHOWN = (Outcome.FAILED, Outcome.NOT_EXERCISED, Outcome.BROKEN, Outcome.WARNED)
_MARKS = {
    Outcome.FAILED: "✕",
    Outcome.NOT_EXERCISED: "□",
    Outcome.BROKEN: "!",
    Outcome.WARNED: "△",
    Outcome.WAIVED: "◇",
}
_SPECIAL = re.compile(r"[&<>|`*_\[\]@#~\\$!]")


def summary(report: Mapping[str, Any], words: Words = ENGLISH) -> str:
    """Return the report as Markdown (GitHub and GitLab), with nothing in it taken as markup."""
    return _Summary(report, words).text()


class _Summary:
    """The parts of a summary, in the words of one language."""

    def __init__(self, report: Mapping[str, Any], words: Words) -> None:
        self._report = report
        self._words = words
        self._statements = statements_in(words.language, report["requirements"])

    def text(self) -> str:
        """Return all of it."""
        report, words = self._report, self._words
        rows = report["requirements"]
        deciding = [row for row in rows if row["basis"] != Basis.PRACTICE]
        hardening = [row for row in rows if row["basis"] == Basis.PRACTICE]
        blocks = [
            f"## {as_text(headline(report, words))}",
            self._subject(),
            self._signoff(),
            self._counts(),
            self._findings(words("summary.repair"), deciding),
            self._findings(words("summary.hardening"), hardening),
            self._waivers(),
            self._not_shown(rows),
            self._limits(),
            _reproduce(report, words),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def _subject(self) -> str:
        report, words = self._report, self._words
        subject, run, assertor = report["subject"], report["run"], report["assertor"]
        named = " ".join(filter(None, (subject["name"], subject["version"])))
        parts = [named or words("summary.unnamed")]
        if subject["language"]:
            parts.append(subject["language"])
        parts.append(words("summary.judged_by", **_texts(assertor, "name", "version")).strip())
        if run["seed"] is not None:
            parts.append(words("headline.seed", seed=str(run["seed"])))
        return " · ".join(as_text(part) for part in parts)

    def _signoff(self) -> str:
        """Return who signed the run off, until when and in spite of what; a claim until checked."""
        signed, words = self._report.get("signoff"), self._words
        if not signed:
            return ""
        days = (words.day(signed["signed"][:10]), words.day(signed["valid_until"]))
        who = "; ".join(as_text(f"{one['name']} ({one['role']})") for one in signed["signatories"])
        line = words("signoff.line", who=who, day=days[0], until=days[1])
        spite = [f"**{words.of('although', word)}**" for word in signed["although"]]
        return " ".join([f"{line}; {words('signoff.checked')}.", *spite])

    def _counts(self) -> str:
        counts, words = self._report["counts"], self._words
        lines = {**counts["by_level"], "advice": counts["hardening"]}
        used = [o for o in Outcome if any(line[o] for line in lines.values())]
        if not used:
            return ""
        head = ["", *(words.named(outcome) for outcome in used)]
        body = [
            [words.of("summary", name), *(words.number(line[o]) for o in used)]
            for name, line in lines.items()
        ]
        return _table(head, body)

    def _findings(self, title: str, rows: Sequence[Mapping[str, Any]]) -> str:
        words = self._words
        found = sorted(
            (row for row in rows if row["outcome"] in _SHOWN),
            key=lambda row: _SHOWN.index(Outcome(row["outcome"])),
        )
        if not found:
            return ""
        body = [self._finding(row) for row in found[:_MOST_ROWS]]
        names = ("requirement", "expected", "actual", "staging")
        table = _table(["", *(words.of("summary", name) for name in names)], body)
        more = len(found) - len(body)
        rest = f"\n\n{words.many('summary.more', more)}." if more > 0 else ""
        return f"### {title}\n\n{table}{rest}"

    def _finding(self, row: Mapping[str, Any]) -> list[str]:
        words, outcome = self._words, Outcome(row["outcome"])
        mine = [j for j in row["judgements"] if j["outcome"] == outcome]
        finding = (mine[0] if mine else {}).get("finding") or {}
        statement = self._statements.get(row["id"], row["statement"])
        stages = list(dict.fromkeys(j["stage"] for j in mine))
        where = as_code(stages[0]) if stages else "-"
        if len(stages) > 1:
            where = words.many("summary.more_stages", len(stages) - 1, stage=where)
        return [
            f"{_MARKS[outcome]} {words.named(outcome)}",
            f"{as_text(statement)}<br>{as_code(row['id'])} ({row['level']})",
            as_text(finding.get("expected", "")),
            as_text(finding.get("actual", "") or self._reason(row)),
            where,
        ]

    def _reason(self, row: Mapping[str, Any]) -> str:
        return self._words.known(row["reason"], "reason") or str(row["reason"])

    def _waivers(self) -> str:
        words, rows = self._words, self._report["waivers"]
        if not rows:
            return ""
        head = [
            words("summary.waiver_state"),
            words("summary.requirement"),
            words("summary.waiver_who"),
            words("summary.waiver_time"),
        ]
        body = [
            [
                as_text(waiver_state(row, words)),
                f"{as_code(row['requirement'])}<br>{as_text(row.get('actual', ''))}"
                f" {as_code(row['finding']) if row.get('finding') else ''}".rstrip(),
                as_text(", ".join(filter(None, (row["owner"], row["ticket"], row["cause"])))),
                as_text(waiver_time(row, words)),
            ]
            for row in rows
        ]
        return f"### {words('summary.waivers')}\n\n{_table(head, body)}"

    def _not_shown(self, rows: Sequence[Mapping[str, Any]]) -> str:
        words = self._words
        lines = [
            f"- {as_code(row['id'])}{words('page.colon')}{words.named(row['outcome'])}"
            + (f", {as_text(self._reason(row))}" if row["reason"] else "")
            for row in rows
            if row["outcome"] in (Outcome.NOT_OBSERVABLE, Outcome.NOT_APPLICABLE, Outcome.WAIVED)
        ]
        excluded = sum(1 for row in rows if row["state"] == "excluded")
        if excluded:
            lines.append(f"- {words.many('summary.excluded', excluded)}")
        if not lines:
            return ""
        title = words.many("summary.not_shown", len(lines))
        shown = lines[: _MOST_ROWS * 2]
        if len(lines) > len(shown):
            shown.append(f"- {words.many('summary.more', len(lines) - len(shown))}")
        head = f"<details><summary>{title}</summary>"
        return "\n".join([head, "", *shown, "", "</details>"])

    def _limits(self) -> str:
        notes = limits_of(self._report, self._words)
        lines = [f"- {as_text(n['text'])}" for n in notes if n["about"] == "says_not"]
        title = f"### {self._words('summary.limits')}"
        return "\n".join([title, "", *lines]) if lines else ""


def _texts(mapping: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: str(mapping[name]) for name in names}


def _reproduce(report: Mapping[str, Any], words: Words) -> str:
    commands = list(dict.fromkeys(filter(None, (whole(report), *_stage_commands(report)))))
    if not commands:
        return ""
    title = f"### {words('summary.reproduce')}"
    return "\n".join([title, "", *(f"    {printable(line)}" for line in commands)])


def _stage_commands(report: Mapping[str, Any]) -> Iterator[str]:
    for row in report["requirements"]:
        for judgement in row["judgements"]:
            if judgement["outcome"] == Outcome.FAILED and row["basis"] != Basis.PRACTICE:
                yield again(report, row["id"].partition(".")[0], judgement["stage"])
                return


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def as_text(text: str) -> str:
    """Return `text` on one line, with nothing in it that Markdown would act on."""
    flat = " ".join(printable(str(text)).split())
    if len(flat) > _LONGEST_CELL:
        flat = flat[: _LONGEST_CELL - 1] + "…"
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", flat)


def as_code(text: str) -> str:
    """Return `text` as code, in HTML, which a table takes too."""
    return f"<code>{as_text(text)}</code>"
