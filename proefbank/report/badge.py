"""A badge in SVG: the verdict of a run and the numbers behind it, for the top of a README."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from proefbank.verdict import Outcome, RunVerdict

__all__ = ["badge"]

_LABEL = "proefbank"
_COLOURS = {
    # Dark enough for white letters (contrast of 4.5 to 1), and each comes with its word.
    RunVerdict.PASSED: "#1b7f3b",
    RunVerdict.FAILED: "#c0322b",
    RunVerdict.INCOMPLETE: "#8a6100",
    RunVerdict.NOT_ASSESSED: "#5c5c5c",
}
_NARROW, _WIDE = frozenset("fijlrt1.,:;!|/() "), frozenset("mwMW")
_WIDTHS = (4.2, 7.0, 10.0)
_PADDING = 6


def badge(report: Mapping[str, Any]) -> str:
    """Return the badge of a run; it needs no font, script or other file, and tells its title."""
    verdict = RunVerdict(report["verdict"])
    told = _told(report, verdict)
    left, right = (_width(text) for text in (_LABEL, told))
    title = escape(f"{_LABEL}: {report['headline']}", quote=True)
    size = f'width="{left + right}" height="20"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">
<title>{title}</title>
<rect width="{left}" height="20" fill="#3d3d3d"/>
<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[verdict]}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
{_text(_LABEL, left / 2, left)}
{_text(told, left + right / 2, right)}
</g>
</svg>
"""


def _told(report: Mapping[str, Any], verdict: RunVerdict) -> str:
    must = report["counts"]["by_level"]["MUST"]
    word = verdict.value.replace("_", " ")
    of = sum(must.values()) - must[Outcome.NOT_APPLICABLE]
    if verdict is RunVerdict.NOT_ASSESSED or not of:
        return word
    return f"{word} {must[Outcome.PASSED]}/{of}"


def _text(text: str, middle: float, width: int) -> str:
    # With `textLength` it fits whatever font the reader has.
    length = width - 2 * _PADDING
    return f'<text x="{middle:g}" y="14" textLength="{length}">{escape(text)}</text>'


def _width(text: str) -> int:
    """Return about how many pixels a text takes, padding included."""
    kinds = ((char not in _NARROW) + (char in _WIDE) for char in text)
    return round(sum(_WIDTHS[kind] for kind in kinds)) + 2 * _PADDING
