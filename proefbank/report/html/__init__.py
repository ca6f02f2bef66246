"""`report.html`: one file that asks nothing of the network and can be read without script.

Everything shown is escaped. A content security policy names the one style sheet and the one
script by their hashes, so that nothing else could run or load even if something got through.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup, escape

from proefbank.journal import Event
from proefbank.report.html.page import page, safe_url
from proefbank.report.html.renewal_marks import WIDTH
from proefbank.report.limits import limits_of
from proefbank.report.text import headline, printable, targets_of
from proefbank.report.waiver_text import waiver_facts, waivers_in_order
from proefbank.report.words import ENGLISH, Words
from proefbank.report.words.statements import statements_in
from proefbank.verdict import Outcome

__all__ = ["render_html"]

_CODE = re.compile(r"`([^`]+)`")
_NOT_ANCHOR = re.compile(r"[^A-Za-z0-9._-]")


def render_html(report: Mapping[str, Any], events: Iterable[Event], words: Words = ENGLISH) -> str:
    """Return the page of a report, made with the events it was built from."""
    laid_out = page(report, events, words)
    style, script = _file("report.css"), _file("report.js")
    if laid_out.renewal:
        style += _file("renewal.css")
    return (
        _environment(words, statements_in(words.language, report["requirements"]))
        .get_template("report.html.j2")
        .render(
            page=laid_out,
            width=WIDTH,
            report=report,
            notes=_notes(report, words),
            headline=headline(report, words),
            outcomes=[outcome.value for outcome in Outcome],
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            policy="; ".join(
                (
                    "default-src 'none'",
                    f"style-src '{_hash(style)}'",
                    f"script-src '{_hash(script)}'",
                    "img-src data:",
                    "base-uri 'none'",
                    "form-action 'none'",
                )
            ),
        )
    )


def _notes(report: Mapping[str, Any], words: Words) -> list[Mapping[str, Any]]:
    """Return the notes of a report, with what it says and does not say in the page's words."""
    others = [note for note in report["notes"] if note["about"] not in ("says", "says_not")]
    return [*limits_of(report, words), *others]


def _environment(words: Words, statements: Mapping[str, str]) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    english = Markup(' lang="en"') if words.language != ENGLISH.language else Markup("")

    def stated(row: Mapping[str, Any]) -> Markup:
        """Return a requirement's statement, marked as English where no other one is known."""
        told = statements.get(row["id"])
        said = _inline_code(told or row["statement"])
        return said if told or not english else Markup("<span{}>{}</span>").format(english, said)

    def reason(text: str) -> Markup:
        """Return why an outcome is what it is: in our own words, or as a rule said it."""
        told = words.known(text, "reason")
        said = _inline_code(told or text)
        return said if told or not english else Markup("<span{}>{}</span>").format(english, said)

    made.filters.update(
        words=words.named,
        code=_inline_code,
        anchor=_anchor,
        used=_used,
        grouped=_grouped,
        day=words.day,
        moment=words.moment,
        number=words.number,
        stated=stated,
        reason=reason,
    )
    made.globals.update(
        t=words,
        en=english,
        safe_url=safe_url,
        targets_of=targets_of,
        waiver_facts=waiver_facts,
        waivers_in_order=waivers_in_order,
    )
    return made


def _visible(value: object) -> object:
    """Return text with control and direction characters made visible, anything else as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(name: str) -> str:
    return resources.files("proefbank.report.html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _inline_code(text: str) -> Markup:
    """Return escaped text in which `…` between backticks is marked as code."""
    escaped = str(escape(printable(text)))
    return Markup(_CODE.sub(r"<code>\1</code>", escaped))  # noqa: S704 - escaped just above


def _grouped(judgements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return judgements with the same outcome and reason as one, with all their stages."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in judgements:
        found.setdefault((item["outcome"], item["reason"]), []).append(item["stage"])
    return [
        {"outcome": outcome, "reason": reason, "stages": stages}
        for (outcome, reason), stages in found.items()
    ]


def _used(tally: Mapping[str, int]) -> list[str]:
    return [name for name, count in tally.items() if count]


def _anchor(text: str) -> str:
    return _NOT_ANCHOR.sub("-", text)
