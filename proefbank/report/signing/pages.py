"""Whether the pages of a run tell the numbers that its report has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from markupsafe import escape

from proefbank import __version__
from proefbank.report.junit import junit
from proefbank.report.signing.inside import Damaged, loaded, raw, shown
from proefbank.report.text import printable
from proefbank.report.validation import validate
from proefbank.verdict import Outcome

__all__ = ["OfAnotherVersion", "disagreements", "report_in"]

_TALLY = re.compile(r'[^>]{0,200}data-tally="([A-Za-z]{1,20})"')
_CELL = re.compile(r"<td[^<>]{0,200}>(\d{1,9})</td>")
_VERDICT = re.compile(r'data-verdict="([a-z_]+)"')
_ROW = re.compile(rb"^\| (MUST|SHOULD|MAY) \| ([0-9 |]*[0-9]) \|$", re.MULTILINE)
_ENTITY = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class OfAnotherVersion(Damaged):
    """A report that another version of the bench made, and that does not follow our schema."""


def report_in(folder: Path) -> dict[str, Any]:
    """Return the report of a run, which follows its schema; raises `Damaged`."""
    report = loaded(raw(folder, "report.json"))
    if not isinstance(report, dict):
        raise Damaged("no report of a run")
    if faults := validate(report):
        assertor = report.get("assertor")
        version = assertor.get("version") if isinstance(assertor, dict) else __version__
        if version != __version__:
            raise OfAnotherVersion(
                f"made by proefbank {shown(str(version))}, which this one ({__version__}) cannot"
                f" read: {shown(faults[0])}"
            )
        raise Damaged(f"no report of a run: {shown(faults[0])}")
    return report


def disagreements(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each page that has other numbers than `report.json`, and in what.

    Raises `OfAnotherVersion`.
    """
    try:
        report = report_in(folder)
    except OfAnotherVersion:
        raise
    except Damaged as problem:
        yield "report.json", str(problem)
        return
    for name, differs in _PAGES.items():
        try:
            wrong = differs(raw(folder, name), report)
        except Damaged as problem:
            wrong = str(problem)
        except (
            ET.ParseError,
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as problem:
            wrong = f"cannot be read ({type(problem).__name__})"
        if wrong:
            yield name, wrong


def _html(page: bytes, report: Mapping[str, Any]) -> str:
    text = page.decode("utf-8")
    told = _VERDICT.search(text)
    if told is None or told.group(1) != report["verdict"]:
        return "has another verdict than report.json"
    rows = [*_tallies(text)]
    shown = dict(rows)
    if len(shown) < len(rows):
        return "has its counts twice"
    if wrong := _block(text, report.get("signoff")):
        return wrong
    counts = report["counts"]
    decides = {**counts["by_level"], "decides": counts["by_outcome"]}
    for name, tally in {**decides, "hardening": counts["hardening"]}.items():
        wanted = [*(tally[o] for o in _columns(counts)), sum(tally.values())]
        if shown.get(name) != wanted:
            return f"has other counts than report.json ({name})"
    return ""


def _tallies(text: str) -> Iterator[tuple[str, list[int]]]:
    """Yield the rows of counts; each part of a page is looked at once, however it is made."""
    for part in text.split("<tr")[1:]:
        row = part.partition("</tr>")[0]
        if told := _TALLY.match(row):
            yield told.group(1), [int(number) for number in _CELL.findall(row)]


def _block(text: str, signoff: Mapping[str, Any] | None) -> str:
    """Return what is wrong with the sign-off block of a page: names, roles and fingerprint."""
    _, there, rest = text.partition('<section id="signoff"')
    if bool(there) != (signoff is not None):
        return "has a sign-off that report.json has not, or the other way round"
    if signoff is None:
        return ""
    block = rest.partition("</section>")[0]
    told = [value for one in signoff["signatories"] for value in (one["name"], one["role"])]
    for value in (*told, signoff["purpose"], signoff["certificate"]["sha256"]):
        if str(escape(printable(value))) not in block:
            return "has another sign-off than report.json"
    return ""


def _columns(counts: Mapping[str, Any]) -> list[str]:
    always = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED)
    used = (counts["by_outcome"], counts["hardening"])
    return [o.value for o in Outcome if o in always or any(tally[o.value] for tally in used)]


def _junit(page: bytes, report: Mapping[str, Any]) -> str:
    text = page.decode("utf-8")  # in no other coding could the next line be deceived
    if _ENTITY.search(text):
        return "has a document type, which no run writes"
    root = ET.fromstring(text)  # noqa: S314 - without entities there is nothing to expand
    suites = root.findall("testsuite")
    told = {
        item.get("name"): item.get("value")
        for suite in suites
        for item in suite.findall("properties/property")
    }
    if told.get("verdict") != report["verdict"]:
        return "has another verdict than report.json"
    cases = len(root.findall("testsuite/testcase"))
    if cases != int(root.get("tests", "-1")) or cases < report["counts"]["judgements"]:
        return f"has {cases} test cases, which is not what it counts or report.json has"
    if report["assertor"]["version"] != __version__:
        return ""
    ours = ET.fromstring(junit(report))  # noqa: S314 - made just now
    for name in ("tests", "failures", "errors", "skipped"):
        if root.get(name) != ours.get(name):
            return f"has {root.get(name)} {name}, and report.json {ours.get(name)}"
    return ""


def _summary(page: bytes, report: Mapping[str, Any]) -> str:
    counts = report["counts"]
    shown = {m.group(1): [int(n) for n in m.group(2).split(b"|")] for m in _ROW.finditer(page)}
    lines = [*counts["by_level"].values(), counts["hardening"]]
    used = [o.value for o in Outcome if any(line[o.value] for line in lines)]
    for name, tally in counts["by_level"].items():
        if used and shown.get(name.encode()) != [tally[outcome] for outcome in used]:
            return f"has other counts than report.json ({name})"
    return ""


def _archive(page: bytes, report: Mapping[str, Any]) -> str:
    entries = len(loaded(page)["log"]["entries"])
    wanted = report["counts"]["exchanges"]
    return "" if entries == wanted else f"has {entries} exchanges, and report.json {wanted}"


_PAGES: Mapping[str, Callable[[bytes, Mapping[str, Any]], str]] = {
    "report.html": _html,
    "junit.xml": _junit,
    "summary.md": _summary,
    "traffic.har": _archive,
}
