"""What others cut out of a recording before it came to us, and where.

Debugging tools, filters of vcrpy and careful colleagues write `REDACTED`, `***` or nothing at all
where a secret stood. Such a value is a hole of an unknown kind: no rule reads it, and nobody is
blamed for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from urllib.parse import parse_qsl

from proefbank.doors.heard import Heard
from proefbank.holes import HOLE

__all__ = ["places_of"]

_WORDS = (
    "redacted|filtered|removed|hidden|masked|sanitized|sanitised|scrubbed|omitted|censored|"
    "placeholder|stripped|obfuscated|anonymized|anonymised|dummy|deleted"
)
_PLACEHOLDER = re.compile(
    rf"[<\[({{*_#%-]*\s*(?:{_WORDS})\s*[>\])}}*_#%-]*"  # REDACTED, <redacted>, [FILTERED], DUMMY
    rf"|[<\[({{]+[^<>\[\](){{}}]{{0,60}}\b(?:{_WORDS})\b[^<>\[\](){{}}]{{0,60}}[>\])}}]+"
    r"|<[A-Z][A-Z0-9_ -]{1,60}>|\{\{[^{}]{1,60}\}\}|%[A-Z_]{2,60}%"  # of VCR and of templates
    r"|\*{3,}|[xX]{5,}|[•●█…]{2,}|\.{3,}",
    re.IGNORECASE,
)
_SAME = re.compile(r"(.)\1{7,}")
_SCHEME = re.compile(r"(?:bearer|basic|token|dpop)\b", re.IGNORECASE)
_AUTHORIZATION = "request header authorization"
_PARTS = 3
_OK = range(200, 300)


def places_of(
    item: Heard, conversation: str, about: ModuleType, *, sanitised: bool = False
) -> tuple[str, ...]:
    """Return where values are missing that rules of the service may ask for.

    E.g. `request header authorization`, `request body client_assertion`, `response body`. What
    no rule of the service looks at is left out. `sanitised` says that the tool which wrote the
    recording leaves credentials out.
    """
    request, response = item.request, item.response
    expected: tuple[str, ...] = getattr(about, "EXPECTED", {}).get(conversation, ())
    answered = response.status in _OK
    found = dict.fromkeys(item.withheld)
    authorization = request.header("authorization")
    if authorization is not None and _is_without_credentials(authorization):
        found[_AUTHORIZATION] = None
    elif authorization is None and _AUTHORIZATION in expected and (answered or sanitised):
        found[_AUTHORIZATION] = None  # it must have been there
    sent = list(_members(request.body, form=True))
    asked = list(_form(request.query))
    said = {
        "query": asked,
        "request body": sent,
        "response body": list(_members(response.body, form=False)),
    }
    for side, members in said.items():
        for path, value in members:
            if is_placeholder(value) and _is_looked_at(about, conversation, path, value):
                found[f"{side} {path[-1]}"] = None
    names = {path[-1] for path, _ in [*sent, *asked]}
    for place in expected if answered and sent else ():
        side, _, name = place.rpartition(" ")
        if side == "request body" and name not in names:
            found[place] = None  # a filter that takes parameters away
    return tuple(found)


def is_placeholder(text: str) -> bool:
    """Whether a text stands in the place of another one that was cut out."""
    bare = text.strip()
    if HOLE.match(bare):  # one of ours, which rules can read
        return False
    if _PLACEHOLDER.fullmatch(bare):
        return True
    parts = bare.split(".")  # a token with its signature cut away
    cut = len(parts) == _PARTS and (_PLACEHOLDER.fullmatch(parts[-1]) or _SAME.fullmatch(parts[-1]))
    return bool(cut)


def _is_without_credentials(header: str) -> bool:
    """Whether an Authorization header has nothing but its scheme left, or a placeholder."""
    scheme = _SCHEME.match(header.strip())
    bare = header.strip()[scheme.end() :] if scheme else header
    return not bare.strip() or is_placeholder(bare)


def _is_looked_at(about: ModuleType, conversation: str, path: tuple[str, ...], value: str) -> bool:
    """Whether anything of this value would be kept for rules to look at."""
    if path[-1] in about.TELLING.get(conversation, ()):
        return True
    treatment = getattr(about, "treatment", None)
    return treatment is not None and treatment(conversation, path, value)[0] != "cut"


def _members(body: bytes, *, form: bool) -> Iterator[tuple[tuple[str, ...], str]]:
    text = body.decode("utf-8", "replace")
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from _walk(json.loads(text), ())
        except (ValueError, RecursionError):
            return
    elif form:
        yield from _form(text)


def _form(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if "=" in text:
        for name, value in parse_qsl(text, keep_blank_values=True):
            yield (name,), value


def _walk(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from _walk(inner, (*path, str(name)))
        case list():
            for inner in value:
                yield from _walk(inner, path)
        case str() if path:
            yield path, value
