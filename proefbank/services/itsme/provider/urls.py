"""The redirect URL: what it must look like, whether it is the registered one, the way back."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus, urlsplit

__all__ = ["OWN_PARAMETERS", "UrlVerdict", "appended", "judge_redirect", "parameter", "way_back"]

OWN_PARAMETERS = ("q", "language")
"""What the provider puts into the addresses of its pages."""

UrlVerdict = Literal["same", "other-query", "other", "invalid"]
_ODD = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]")


def judge_redirect(sent: object, registered: str) -> UrlVerdict:
    """Compare a redirect URL with the registered one, character for character (section 2).

    The example there carries a query of the session's own and section 3 promises to preserve
    it, so a difference in the query alone is told apart.
    """
    if not isinstance(sent, str) or not _is_url(sent):
        return "invalid"
    if sent == registered:
        return "same"
    if "#" not in sent and sent.partition("?")[0] == registered.partition("?")[0]:
        return "other-query"
    return "other"


def _is_url(text: str) -> bool:
    if _ODD.search(text):
        return False
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port_fits


def appended(query: str) -> list[str]:
    """Return the raw parameters that a client put into a page's address besides ours."""
    own = (unquote_plus(pair.partition("=")[0]) in OWN_PARAMETERS for pair in query.split("&"))
    pairs = zip(query.split("&"), own, strict=True)
    return [pair for pair, ours in pairs if pair and not ours]


def way_back(redirect_url: str, query: str, *, own: bool = False) -> str:
    """Return where the browser goes: the redirect URL, then what the client had appended.

    Whether the provider's own parameters come along is not documented; with `own` they do.
    """
    added = [pair for pair in query.split("&") if pair] if own else appended(query)
    if not added:
        return redirect_url
    mark = "&" if "?" in redirect_url else "?"
    return f"{redirect_url}{mark}{'&'.join(added)}"


def parameter(query: str, name: str) -> list[str]:
    """Return the values of a parameter."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=200)
    except ValueError:
        return []
    return [value for key, value in pairs if key == name]
