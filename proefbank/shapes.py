"""The shape of a message: which parts it has and of what kind they are, without their values.

Two messages of one kind have one shape though ids, times, tokens and hosts differ. A hole, which
a recording has in place of a value, is of the kind of whatever it stands for, if that is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from proefbank.exchange import Headers
from proefbank.holes import Hole, parse_hole
from proefbank.views import Exchange

__all__ = ["HOLE", "PLAIN", "Shape", "answer_shape", "kind_of", "request_shape", "template_of"]

Shape = Mapping[str, str]
"""The kind of each part by its name, e.g. `body, keys[].kid` → `text`."""

HOLE = "hidden text"
PLAIN = frozenset(
    {"number", "true or false", "null", "object", "list", "empty list", "none", "no JSON"}
)
"""Kinds that a hole cannot stand for: any other is a text, or one text in particular."""
_CARRIED = frozenset(
    ("host", "content-length", "connection", "transfer-encoding", "date", "keep-alive", "te")
)
"""Headers that belong to the way and not to what is said."""
_TELLING = frozenset({"content-type", "accept", "cache-control", "pragma", "retry-after"})
"""Headers whose value is the same in every message of a kind."""
_EXACT = frozenset(("grant_type", "client_assertion_type", "alg", "typ", "crit"))
"""Parameters and members whose value is the same in every request."""
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{12,}|\d+|<redacted:.*>")
_URL = re.compile(r"(https?:)?//[^\s/]+.*")
_ROOT = re.compile(r".*(?=/qes-partners/)")
_DEEPEST = 12


def kind_of(value: object) -> str:
    """Return of what kind a JSON value is."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case str():
            return _kind_of_text(value)
        case list():
            return "list" if value else "empty list"
    return "object"


def _kind_of_text(text: str) -> str:
    if (hole := parse_hole(text)) is not None:
        if hole.kind == "number":
            return "number"
        return "JWT" if hole.kind == "jwt" or hole.header else HOLE
    if "-----BEGIN CERTIFICATE-----" in text:
        return "certificate"
    if text == "":
        return "empty text"
    return "URL" if _URL.fullmatch(text) else "text"


def template_of(path: str) -> str:
    """Return a path with `{id}` for what differs from call to call."""
    below = _ROOT.sub("", path, count=1)
    return "/".join("{id}" if _ID.fullmatch(step) else step for step in below.split("/"))


def request_shape(exchange: Exchange) -> Shape:
    """Return the shape of a request."""
    request = exchange.request
    found = {"method": request.method}
    if exchange.conversation != "front":
        found["path"] = template_of(request.path)
    if request.tls is not None:
        found["client certificate"] = "shown" if request.tls.peer_sha256 else "none"
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        _put(found, f"query, {name}", kind_of(value))
    found.update(_headers(request.headers))
    found.update(_body(exchange.text, request.header("Content-Type") or "", exact=True))
    return found


def answer_shape(exchange: Exchange) -> Shape:
    """Return the shape of an answer; pages are told by their media type alone."""
    response = exchange.response
    found = _headers(response.headers)
    media_type = (response.header("Content-Type") or "").partition(";")[0].strip().lower()
    found["header content-type"] = media_type or "none"
    text = response.body.decode("utf-8", "replace")
    if media_type.endswith("json"):
        found.update(_body(text, media_type))
    elif not text:
        found["body"] = "none"
    return found


def _headers(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        low = name.lower()
        if low in _CARRIED:
            continue
        kind = kind_of(value)
        if kind == HOLE:
            pass
        elif low in _TELLING:
            kind = value.lower().replace(" ", "")
        elif low in ("authorization", "www-authenticate"):
            kind = value.partition(" ")[0]
        _put(found, f"header {low}", kind)
    return found


def _body(text: str, content_type: str, *, exact: bool = False) -> dict[str, str]:
    if not text:
        return {"body": "none"}
    if "form-urlencoded" in content_type.lower():
        found: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            told = value if exact and name in _EXACT else kind_of(value)
            _put(found, f"form, {name}", told)
            found.update(_inside(f"form, {name}", parse_hole(value)))
        return found
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {"body": "no JSON"}
    return dict(_members("body", parsed, exact=exact, depth=0))


def _inside(where: str, hole: Hole | None) -> dict[str, str]:
    """Return what a hole tells of the JWT that it stands for."""
    found = {}
    for part, text in (("header", hole.header), ("claim", hole.claims)) if hole else ():
        try:
            told = json.loads(text) if text else {}
        except ValueError:
            continue
        for name, value in told.items() if isinstance(told, dict) else ():
            plain = isinstance(value, str) and name in _EXACT
            found[f"{where}, {part} {name}"] = str(value) if plain else kind_of(value)
    return found


def _members(where: str, value: object, *, exact: bool, depth: int) -> Iterator[tuple[str, str]]:
    yield where, kind_of(value)
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            place = f"{where}.{name}" if where != "body" else f"body, {name}"
            if exact and name in _EXACT and isinstance(item, str):
                yield place, item
            else:
                yield from _members(place, item, exact=exact, depth=depth + 1)
    if isinstance(value, list):
        kinds: dict[str, set[str]] = {}
        for item in value:
            for place, kind in _members(f"{where}[]", item, exact=exact, depth=depth + 1):
                kinds.setdefault(place, set()).add(kind)
        for place, several in kinds.items():
            yield place, " or ".join(sorted(several))


def _put(found: dict[str, str], name: str, kind: str) -> None:
    """Note a part; one that comes twice is told as such, for it may not be meant to."""
    found[name] = f"{kind}, more than once" if name in found else kind
