"""The stable identity of a finding: what is wrong, without what chance and the run put into it.

Two runs of one client with one defect give findings whose words differ in ports, ids, instants
and amounts. Their fingerprints are equal; that of another defect against the same requirement is
not. It tells *what* was found and not *how much* of it: a token kept for 30 hours and one kept
for 40 are one finding.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import pairwise
from urllib.parse import urlsplit

__all__ = ["LENGTH", "fingerprint", "normalised"]

LENGTH = 12
"""Hexadecimal digits of a fingerprint: enough to tell apart the findings of a project."""

_LEAST = 4
"""Shorter values that a scenario gave are words like any other."""
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\b"
    r"|(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\b\d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?: GMT)?"
    r"|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"
)
_PORT = re.compile(r"(?<=[A-Za-z0-9>\]]):\d{1,5}\b")
"""Ports behind a host, and lines behind the name of a file."""
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")
_BLOB = re.compile(
    r"(?<![\w/+.])[A-Za-z0-9+/]{19,}={1,2}"  # slashes of base64, and not of a path
    r"|[A-Za-z0-9+_-]{20,}={0,2}"
)
_RUN = re.compile(r"[A-Za-z0-9]{8,}")
_SET = re.compile(r"\{('[^']*'(?:, '[^']*')+)\}")
_FOLDER = re.compile(r"(?:/tmp|/var/folders|/private/var)(?:/[^\s'\":,)]+)+/")
_NAMES = re.compile(
    r"\d+(?:\.\d+){3,}"  # an OID
    r"|\bU\+[0-9A-F]{4,6}\b"
    r"|\b(?:SHA|MD|HS|RS|ES|PS|RSA|EC|P|AES|TLS|SSL|HTTP|ISO|UTF|CP|windows|latin)"
    r"(?:[ /-]\d[\d.]*)+(?![\w.])",
    re.IGNORECASE,
)
"""Numbers that are part of a name: another one is another thing, and not more of it."""
_AMOUNT = re.compile(
    r"(?<![\w.])(?P<number>\d+(?:[.,]\d+)?)(?P<unit>(?:ms|[smhd])\b)?(?![\w]|\.\d)"
    r"(?P<noun>(?: more)? [a-z]+)?"
)
_AFTER_STATUS = re.compile(
    r"(?: [A-Z]| (?:with|from|for|response|error|status|answer)\b|[,;:)\]]|\.?$)"
)
_BEFORE_STATUS = re.compile(r"(?:\bthe|\bstatus|\bHTTP|HTTP/[\d.]+) $", re.IGNORECASE)
_CALLED_STATUS = re.compile(
    r"(?:\b(?:status|status[ _]?code|code|HTTP|HTTP/[\d.]+)[ =:]+|\breceived:? )$", re.IGNORECASE
)
"""What stands before a status that is said to be one, whatever it says."""
_STATUSES = frozenset(str(item.value) for item in HTTPStatus if item >= HTTPStatus.MULTIPLE_CHOICES)
_STATUS = re.compile(r"[1-9]\d\d")
_KINDS = ("digit", "capital", "letter")
_RESTLESS = 0.36
"""Share of neighbours of another kind in what nobody wrote."""
_TURNS = 3
_DIGEST = 32
"""Hexadecimal digits of the shortest digest; such a one is an id whatever is in it."""
_UNIT = 3
"""Longest noun behind an amount that is taken for a unit, with its space: ` s`, ` ms`."""


def fingerprint(
    requirement: str, where: str, actual: str, given: Mapping[str, object] | None = None
) -> str:
    """Return the identity of a finding: 12 hexadecimal digits.

    `given` holds the values that the run itself handed to the client (the facts of a scenario):
    where one of these turns up, its name counts and not its value.
    """
    values: dict[str, str] = {}
    for value, name in _leaves(given or {}):
        values.setdefault(value, name)
    if where.endswith("status") and _STATUS.fullmatch(actual):
        actual = f"status {actual}"
    parts = (requirement, normalised(where, values), normalised(actual, values))
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:LENGTH]


def normalised(text: str, values: Mapping[str, str] | None = None) -> str:
    """Return `text` without what differs from run to run; `values` are names by value."""
    text = " ".join(text.split())
    for value in sorted(values or {}, key=len, reverse=True):
        text = _named(text, value, (values or {})[value])
    text = _INSTANT.sub("<instant>", text)
    text = _UUID.sub("<id>", text)
    text = _PORT.sub("", text)
    text = _ADDRESS.sub("<id>", text)
    text = _FOLDER.sub("<folder>/", text)
    text = _BLOB.sub(lambda match: "<id>" if _restless(match.group()) else match.group(), text)
    text = _RUN.sub(lambda match: "<id>" if _opaque(match.group()) else match.group(), text)
    text = _SET.sub(lambda match: f"{{{', '.join(sorted(match.group(1).split(', ')))}}}", text)
    return _amounts(text)


def _named(text: str, value: str, name: str) -> str:
    if value.lower() not in text.lower():
        return text
    return re.sub(
        rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])",
        lambda match: f"<{name}>" if match.group() == value else f"<{name} in another case>",
        text,
        flags=re.IGNORECASE,
    )


def _leaves(tree: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of a scenario that tell it from another one, with their names."""
    if isinstance(tree, Mapping):
        for key, item in tree.items():
            yield from _leaves(item, f"{name}.{key}" if name else str(key))
    elif isinstance(tree, list | tuple):
        for item in tree:
            yield from _leaves(item, name)
    elif isinstance(tree, str) and len(tree) >= _LEAST and not tree.startswith("<"):
        if "://" in tree:
            yield from _places(tree, name)
        elif any(character.isdigit() for character in tree):
            yield tree, name


def _places(url: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield a URL, and its path where that is peculiar to the run."""
    yield url, name
    path = urlsplit(url).path.rstrip("/")
    first = path.strip("/").partition("/")[0]
    if len(first) > _LEAST and any(character.isdigit() for character in first):
        yield f"/{first}", f"{name} path"
    if len(path) > _LEAST:
        yield path, f"{name} path"


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    if not character.isalpha():
        return "sign"
    return "capital" if character.isupper() else "letter"


def _turns(text: str) -> int:
    kinds = [_kind(character) for character in text]
    return sum(one != other for one, other in pairwise(kinds))


def _restless(blob: str) -> bool:
    """Whether base64 of something, rather than words, is what this looks like."""
    plain = "".join(character for character in blob if character.isalnum())
    kinds = {_kind(character) for character in plain}
    return len(kinds) == len(_KINDS) and _turns(plain) / len(plain) >= _RESTLESS


def _opaque(run: str) -> bool:
    """Whether this is an id that a machine made: hexadecimal, or letters and digits by turns."""
    plain = run.lower()
    kinds = {_kind(character) for character in plain}
    hexadecimal = not set(plain) - set("0123456789abcdef")
    if hexadecimal and len(run) >= _DIGEST:
        return True
    if kinds != {"digit", "letter"}:
        return False
    return hexadecimal or _turns(plain) >= _TURNS


def _amounts(text: str) -> str:
    """Return `text` with its amounts left out; a status of HTTP is none, nor part of a name."""
    kept: list[str] = []
    place = 0
    for match in _NAMES.finditer(text):
        kept += [_without_amounts(text[place : match.start()]), match.group()]
        place = match.end()
    return "".join([*kept, _without_amounts(text[place:])])


def _without_amounts(text: str) -> str:
    def left_out(match: re.Match[str]) -> str:
        number, unit, noun = match["number"], match["unit"] or "", match["noun"] or ""
        before, after = text[: match.start()], text[match.end("number") :]
        if _STATUS.fullmatch(number) and not unit and _CALLED_STATUS.search(before):
            return match.group()
        if (
            number in _STATUSES
            and not (unit or before.endswith("="))
            and (_BEFORE_STATUS.search(before) or _AFTER_STATUS.match(after))
        ):
            return match.group()
        return f"#{unit}{noun.removesuffix('s') if len(noun) > _UNIT else noun}"

    return _AMOUNT.sub(left_out, text)
