"""The sentences that a terminal shows: the verdict of a run and one failure.

Every page takes the headline from here, so that no two of them say it differently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from proefbank.report.words import ENGLISH, Words
from proefbank.verdict import Outcome, RunVerdict, WaiverState

__all__ = ["failure_text", "headline", "outcome_words", "plural", "printable", "targets_of"]

_LABEL = 8
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    r"""Return `text` with control and direction characters escaped, e.g. `\x1b`."""
    return _CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def plural(count: int, one: str, many: str = "") -> str:
    """Return the count with its noun: `1 warning`, `2 warnings`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def outcome_words(outcome: str | None) -> str:
    """Return an outcome or state as people read it: `not exercised`."""
    return (outcome or "").replace("_", " ")


def headline(report: Mapping[str, Any], words: Words = ENGLISH) -> str:
    """Return the one sentence that says what became of the run; never a bare percentage."""
    verdict = RunVerdict(report["verdict"])
    parts = [
        _lead(report, verdict, words),
        _recommendations(report["counts"], words),
        _place(report, words),
    ]
    return words(
        "headline.whole",
        verdict=words.named(verdict.value).upper(),
        says=words("page.next").join(part for part in parts if part),
    )


def _lead(report: Mapping[str, Any], verdict: RunVerdict, words: Words) -> str:
    if verdict is RunVerdict.NOT_ASSESSED:
        return _unassessed(report, words)
    must = report["counts"]["by_level"]["MUST"]
    unreached = _unreached(report)
    of = sum(must.values()) - must[Outcome.NOT_APPLICABLE] + unreached
    chosen = "_selected" if report["run"]["selected"] else ""
    passed = must[Outcome.PASSED]
    says: list[str] = []
    if verdict is RunVerdict.FAILED:
        says += [*_failing(must, of, chosen, words), *_by_waivers(report, words)]
    if says:
        says.append(words.many("headline.also_passed", passed))
    else:
        says.append(words.many(f"headline.passed{chosen}", passed, of=of))
    if must[Outcome.WARNED]:
        says.append(words.many("headline.warned", must[Outcome.WARNED]))
    says += _waived(report, must, words)
    if verdict is RunVerdict.INCOMPLETE:
        says.append(words("headline.none_failed"))
    if unseen := must[Outcome.NOT_OBSERVABLE]:
        door = _way(report["scope"]) if verdict is RunVerdict.INCOMPLETE else None
        via = words.of("via", door, "")
        key = "headline.not_observable_via" if via else "headline.not_observable"
        says.append(words.many(key, unseen, via=via))
    if must[Outcome.NOT_APPLICABLE]:
        says.append(words.many("headline.not_applicable", must[Outcome.NOT_APPLICABLE]))
    if unreached:
        says.append(words.many("headline.unreached", unreached))
    if report["run"]["interrupted"]:
        says.append(words("headline.interrupted"))
    return ", ".join(says)


def _way(scope: Mapping[str, Any]) -> str:
    """Return how the client was seen: acceptance shows less than its door does elsewhere."""
    there = scope["target"] == "acc" and scope["door"] == "adapter"
    return "acc" if there else str(scope["door"])


def _unreached(report: Mapping[str, Any]) -> int:
    """Count the required checks that an interrupted run never came to."""
    return sum(
        1
        for row in report["requirements"]
        if row["state"] == "not_reached" and row["level"] == "MUST" and row["basis"] != "practice"
    )


def _failing(must: Mapping[str, int], of: int, chosen: str, words: Words) -> list[str]:
    failed, missed = must[Outcome.FAILED], must[Outcome.NOT_EXERCISED]
    if failed:
        told = [words.many(f"headline.failed{chosen}", failed, of=of)]
        return [*told, words.many("headline.also_missed", missed)] if missed else told
    return [words.many(f"headline.missed{chosen}", missed, of=of)] if missed else []


def _waived(report: Mapping[str, Any], must: Mapping[str, int], words: Words) -> list[str]:
    told = {
        "waived": must[Outcome.WAIVED],
        "waivers_expiring": _in_state(report, WaiverState.EXPIRING),
    }
    return [words.many(f"headline.{key}", count) for key, count in told.items() if count]


def _by_waivers(report: Mapping[str, Any], words: Words) -> list[str]:
    return [
        words.many(f"headline.waivers_{state.value}", count)
        for state in (WaiverState.EXPIRED, WaiverState.STALE)
        if (count := _in_state(report, state))
    ]


def _in_state(report: Mapping[str, Any], state: WaiverState) -> int:
    return sum(1 for row in report.get("waivers", ()) if row.get("state") == state)


def _unassessed(report: Mapping[str, Any], words: Words) -> str:
    stopped = [item["check"] for item in report["preflight"] if item["outcome"] == "failed"]
    if stopped and report["run"]["interrupted"]:  # somebody did, before the client said hello
        return f"{words('headline.interrupted')}, {words('headline.nothing')}"
    if stopped:
        return words("headline.stopped", checks=", ".join(stopped))
    counts = report["counts"]
    broken = counts["by_outcome"][Outcome.BROKEN] + counts["hardening"][Outcome.BROKEN]
    if broken:
        return words.many("headline.broke", broken)
    if any(row["judgements"] for row in report["requirements"]):
        return words("headline.fault")
    return words("headline.nothing")


def _recommendations(counts: Mapping[str, Any], words: Words) -> str:
    levels = [counts["by_level"][name] for name in ("SHOULD", "MAY")]
    seen = {outcome: sum(level[outcome] for level in levels) for outcome in Outcome}
    met, warned = seen[Outcome.PASSED], seen[Outcome.WARNED]
    says = []
    if met or warned:
        says += [words.many("headline.met", met), words.many("headline.warnings", warned)]
    if seen[Outcome.NOT_EXERCISED]:
        says.append(words.many("headline.advice_missed", seen[Outcome.NOT_EXERCISED]))
    if seen[Outcome.NOT_OBSERVABLE]:
        says.append(words.many("headline.not_observable", seen[Outcome.NOT_OBSERVABLE]))
    return ", ".join(says)


def targets_of(scope: Mapping[str, Any]) -> list[str]:
    """Return what was talked to: several recordings may be of several environments."""
    return list(scope.get("targets") or [scope["target"]])


def _place(report: Mapping[str, Any], words: Words) -> str:
    scope = report["scope"]
    where = [words.of("place", target) for target in targets_of(scope)]
    if scope["door"] == "recording":
        where.append(words("headline.recording"))
    if scope["requirement_set"]:
        where.append(words("headline.set", set=scope["requirement_set"]))
    if report["run"].get("seed") is not None:
        where.append(words("headline.seed", seed=str(report["run"]["seed"])))
    text = ", ".join(where)
    if report["run"]["selected"]:
        left_out = words.many("headline.unselected", report["counts"]["not_selected"])
        text = words("page.next").join((left_out, text))
    return text


def failure_text(row: Mapping[str, Any], judgement: Mapping[str, Any]) -> str:
    """Return one judgement of a report's row as a failure prints it, without a final newline.

    The first line has id, level and statement; then come the lines that have something to say.
    """
    finding = judgement["finding"] or {}
    where = finding.get("where", "")
    if finding.get("exchange") is not None:
        where = (
            f"exchange {finding['exchange']}, {where}"
            if where
            else (f"exchange {finding['exchange']}")
        )
    source = f"{row['source']}, {row['section']}" if row["section"] else row["source"]
    lines = [f"{row['id']}   {row['level']}   {row['statement']}"]
    for label, value in (
        ("expected", finding.get("expected", "")),
        ("actual", finding.get("actual", "")),
        ("where", where),
        ("finding", finding.get("id", "")),
        ("also", "\n".join(f"{i['actual']}  [{i['id']}]" for i in judgement.get("also", ()))),
        ("reason", "" if finding else judgement["reason"]),
        ("source", source),
        ("hint", finding.get("hint", "")),
    ):
        if value:
            shown = printable(str(value)).replace("\n", "\n" + " " * (_LABEL + 4))
            lines.append(f"  {label:<{_LABEL}}  {shown}")
    return "\n".join(lines)
