"""The sentences that a terminal shows: the verdict of a run and one failure.

Every page takes the headline from here, so that no two of them say it differently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from proefbank.verdict import Outcome, RunVerdict

__all__ = ["failure_text", "headline", "outcome_words", "plural", "printable"]

_LABEL = 8
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_TARGETS = {
    "mock": "simulated provider",
    "acc": "acceptance environment (ACC)",
    "prod": "production environment",
    "other": "unknown provider",
    "none": "no provider was asked",
}
_VIA = {
    "adapter": "through the adapter",
    "api": "through the API",
    "wire": "from the wire alone",
    "recording": "in the recording",
    "artefact": "in what was handed over",
}


def printable(text: str) -> str:
    r"""Return `text` with control and direction characters escaped, e.g. `\x1b`."""
    return _CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def plural(count: int, one: str, many: str = "") -> str:
    """Return the count with its noun: `1 warning`, `2 warnings`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def outcome_words(outcome: str | None) -> str:
    """Return an outcome or state as people read it: `not exercised`."""
    return (outcome or "").replace("_", " ")


def headline(report: Mapping[str, Any]) -> str:
    """Return the one sentence that says what became of the run; never a bare percentage."""
    verdict = RunVerdict(report["verdict"])
    word = outcome_words(verdict.value).upper()
    parts = [_lead(report, verdict), _recommendations(report["counts"]), _place(report)]
    return f"{word}: {'; '.join(part for part in parts if part)}"


def _lead(report: Mapping[str, Any], verdict: RunVerdict) -> str:
    if verdict is RunVerdict.NOT_ASSESSED:
        return _unassessed(report)
    must = report["counts"]["by_level"]["MUST"]
    unreached = _unreached(report)
    of = sum(must.values()) - must[Outcome.NOT_APPLICABLE] + unreached
    checks = "selected required checks" if report["run"]["selected"] else "required checks"
    failed, missed = must[Outcome.FAILED], must[Outcome.NOT_EXERCISED]
    passed = must[Outcome.PASSED]
    says: list[str] = []
    if verdict is RunVerdict.FAILED:
        says += _failing(failed, missed, of, checks)
        says.append(f"{passed} passed" if says else f"{passed} of {of} {checks} passed")
    else:
        says.append(f"{passed} of {of} {checks} passed")
    if must[Outcome.WARNED]:
        says.append(f"{must[Outcome.WARNED]} with a warning")
    if must[Outcome.WAIVED]:
        says.append(f"{must[Outcome.WAIVED]} waived")
    if verdict is RunVerdict.INCOMPLETE:
        says.append("0 failed")
    if must[Outcome.NOT_OBSERVABLE]:
        via = _VIA.get(report["scope"]["door"], "") if verdict is RunVerdict.INCOMPLETE else ""
        says.append(f"{must[Outcome.NOT_OBSERVABLE]} not observable {via}".rstrip())
    if must[Outcome.NOT_APPLICABLE]:
        says.append(f"{must[Outcome.NOT_APPLICABLE]} not applicable")
    if unreached:
        says.append(f"{unreached} not reached")
    if report["run"]["interrupted"]:
        says.append("the run was interrupted")
    return ", ".join(says)


def _unreached(report: Mapping[str, Any]) -> int:
    """Count the required checks that an interrupted run never came to."""
    return sum(
        1
        for row in report["requirements"]
        if row["state"] == "not_reached" and row["level"] == "MUST" and row["basis"] != "practice"
    )


def _failing(failed: int, missed: int, of: int, checks: str) -> list[str]:
    if failed and missed:
        return [f"{failed} of {of} {checks} failed", f"{missed} not exercised"]
    if failed:
        return [f"{failed} of {of} {checks} failed"]
    return [f"{missed} of {of} {checks} not exercised"] if missed else []


def _unassessed(report: Mapping[str, Any]) -> str:
    stopped = [item["check"] for item in report["preflight"] if item["outcome"] == "failed"]
    if stopped:
        return f"preflight stopped the run ({', '.join(stopped)}), so nothing was judged"
    counts = report["counts"]
    broken = counts["by_outcome"][Outcome.BROKEN] + counts["hardening"][Outcome.BROKEN]
    if broken:
        return f"{plural(broken, 'check')} broke through a fault of the bench, not of the client"
    if any(row["judgements"] for row in report["requirements"]):
        return "the bench was at fault, or no required check could be judged"
    return "no required check was judged"


def _recommendations(counts: Mapping[str, Any]) -> str:
    levels = [counts["by_level"][name] for name in ("SHOULD", "MAY")]
    seen = {outcome: sum(level[outcome] for level in levels) for outcome in Outcome}
    met, warned = seen[Outcome.PASSED], seen[Outcome.WARNED]
    says = []
    if met or warned:
        says += [f"{plural(met, 'recommendation')} met", plural(warned, "warning")]
    if seen[Outcome.NOT_EXERCISED]:
        says.append(f"{plural(seen[Outcome.NOT_EXERCISED], 'recommendation')} not exercised")
    if seen[Outcome.NOT_OBSERVABLE]:
        says.append(f"{seen[Outcome.NOT_OBSERVABLE]} not observable")
    return ", ".join(says)


def _place(report: Mapping[str, Any]) -> str:
    scope = report["scope"]
    where = [_TARGETS.get(scope["target"], scope["target"])]
    if scope["door"] == "recording":
        where.append("judged from a recording")
    if scope["requirement_set"]:
        where.append(f"requirement set {scope['requirement_set']}")
    if report["run"].get("seed") is not None:
        where.append(f"seed {report['run']['seed']}")
    text = ", ".join(where)
    if report["run"]["selected"]:
        text = f"{plural(report['counts']['not_selected'], 'requirement')} not selected; {text}"
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
        ("reason", "" if finding else judgement["reason"]),
        ("source", source),
        ("hint", finding.get("hint", "")),
    ):
        if value:
            shown = printable(str(value)).replace("\n", "\n" + " " * (_LABEL + 4))
            lines.append(f"  {label:<{_LABEL}}  {shown}")
    return "\n".join(lines)
