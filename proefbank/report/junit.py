"""`junit.xml` (the xunit2 shape): one test case for each requirement and staging.

Continuous integration reads its colour from this file, so it is red exactly when the run's
verdict is: hardening advice never makes a failure here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from proefbank.report.text import failure_text, outcome_words
from proefbank.report.waiver_text import waiver_facts, waiver_state, waiver_time
from proefbank.requirement import Basis
from proefbank.verdict import Outcome, WaiverState

__all__ = ["junit"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED = (Outcome.NOT_APPLICABLE, Outcome.NOT_OBSERVABLE, Outcome.WAIVED)
_TOLD = ("level", "basis", "code", "source", "section", "url")
"""Properties of a case, so that a dashboard can lead to the sentence of the document."""
_FAILING = (Outcome.FAILED, Outcome.NOT_EXERCISED)


def junit(report: Mapping[str, Any]) -> str:
    """Return the report as JUnit XML.

    `failed` and `not_exercised` are failures, `broken` is an error, `not_applicable`,
    `not_observable` and `waived` are skipped, `warned` passes with its text as output. What
    fails hardening passes with its text too.
    """
    run = report["run"]
    root = ET.Element("testsuites", name="proefbank")
    suite = ET.SubElement(root, "testsuite", name=f"proefbank {report['subject']['name']}".strip())
    _properties(
        suite,
        {
            "verdict": report["verdict"],
            "headline": report["headline"],
            "requirement_set": report["scope"]["requirement_set"],
            "target": report["scope"]["target"],
            "door": report["scope"]["door"],
            "seed": "" if run["seed"] is None else str(run["seed"]),
        },
    )
    tally = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for row, judgement in _cases(report):
        kind = _case(suite, row, judgement)
        tally["tests"] += 1
        if kind in tally:
            tally[kind] += 1
    for waiver in report["waivers"]:
        kind = _waiver(suite, waiver)
        tally["tests"] += 1
        if kind in tally:
            tally[kind] += 1
    for name, count in tally.items():
        root.set(name, str(count))
        suite.set(name, str(count))
    suite.set("time", f"{float(run['duration_s'] or 0.0):.3f}")
    if run["started"]:
        suite.set("timestamp", _clean(run["started"]))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _cases(report: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for row in report["requirements"]:
        for judgement in row["judgements"]:
            yield row, judgement
        if row["state"] == "unjudged":
            yield (
                row,
                {
                    "stage": "",
                    "outcome": row["outcome"],
                    "finding": None,
                    "evidence": [],
                    "reason": row["reason"],
                },
            )


def _case(suite: ET.Element, row: Mapping[str, Any], judgement: Mapping[str, Any]) -> str:
    outcome, stage = Outcome(judgement["outcome"]), judgement["stage"]
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_clean(row["id"].rpartition(".")[0]),
        name=_clean(f"{row['id']}@{stage}" if stage else row["id"]),
        time="0.000",
    )
    _properties(case, {"requirement": row["id"], **{key: row[key] for key in _TOLD if row[key]}})
    text = _clean(failure_text(row, judgement))
    if outcome is Outcome.BROKEN:
        ET.SubElement(case, "error", message=_message(judgement)).text = text
        return "errors"
    if outcome in _SKIPPED:
        ET.SubElement(case, "skipped", message=_message(judgement))
        return "skipped"
    if outcome in _FAILING and row["basis"] != Basis.PRACTICE:
        ET.SubElement(case, "failure", message=_message(judgement)).text = text
        return "failures"
    if outcome is not Outcome.PASSED:
        ET.SubElement(case, "system-out").text = f"{outcome_words(outcome)}\n{text}"
    return "passed"


def _waiver(suite: ET.Element, row: Mapping[str, Any]) -> str:
    """Add a case for a waiver, which fails where the waiver fails the run."""
    state, name = WaiverState(row["state"]), row.get("finding") or row.get("actual", "")
    named = _clean(f"{row['requirement']}@{name}")
    case = ET.SubElement(suite, "testcase", classname="waivers", name=named, time="0.000")
    told = ("requirement", "finding", "owner", "ticket", "first_seen", "expires", "state")
    _properties(case, {key: row[key] for key in told if row.get(key)})
    text = _clean("\n".join(f"{name}: {value}" for name, value in waiver_facts(row)))
    message = _clean(f"{waiver_state(row)}: {row.get('cause', '')}, {waiver_time(row)}")
    if state.fails:
        ET.SubElement(case, "failure", message=message).text = text
        return "failures"
    if state is WaiverState.NOT_TRIED:
        ET.SubElement(case, "skipped", message=message)
        return "skipped"
    ET.SubElement(case, "system-out").text = f"{message}\n{text}"
    return "passed"


def _message(judgement: Mapping[str, Any]) -> str:
    finding, word = judgement["finding"], outcome_words(judgement["outcome"])
    if finding:
        return _clean(f"{word}: expected {finding['expected']}, got {finding['actual']}")
    return _clean(f"{word}: {judgement['reason']}" if judgement["reason"] else word)


def _properties(parent: ET.Element, told: Mapping[str, str]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in told.items():
        ET.SubElement(properties, "property", name=name, value=_clean(str(value)))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
