"""Enterprise numbers: their form, their check digits, and finding them in data.

Ten digits as a text, first digit 0 or 1 (Belgif organization-identifier); the last two are 97
minus the remainder of the first eight by 97.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = [
    "Found",
    "check_digits_fit",
    "find",
    "normal_form",
    "shown",
    "synthetic",
    "well_formed",
]

_WELL_FORMED = re.compile(r"[01][0-9]{9}", re.ASCII)
_WITHOUT_ZERO = re.compile(r"[0-9]{9}", re.ASCII)
_BODY_DIGITS = 8
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Found:
    """A value that stands where an enterprise number belongs."""

    where: str
    """`body` or `query`."""
    name: str
    """The JSON pointer or the query parameter."""
    value: object


def well_formed(value: object) -> bool:
    """Whether this is a text of ten digits that starts with 0 or 1."""
    return isinstance(value, str) and _WELL_FORMED.fullmatch(value) is not None


def check_digits_fit(number: str) -> bool:
    """Whether the last two of ten digits belong to the first eight."""
    return 97 - int(number[:_BODY_DIGITS]) % 97 == int(number[_BODY_DIGITS:])


def synthetic(serial: int) -> str:
    """Return the well-formed number whose first eight digits are `serial`."""
    return f"{serial:08d}{97 - serial % 97:02d}"


def normal_form(value: object) -> tuple[str | None, bool]:
    """Return the ten digits meant by `value` and whether it was written out in full.

    Nine digits, as a text or a number, are read as ten without their leading zero, because
    sister APIs accept them. None when `value` cannot be an enterprise number.
    """
    if isinstance(value, str) and _WELL_FORMED.fullmatch(value):
        return value, True
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if _WITHOUT_ZERO.fullmatch(text):
        return f"0{text}", False
    if isinstance(value, int) and _WELL_FORMED.fullmatch(text):
        return text, False
    return None, False


def shown(value: object) -> str:
    """Return `value` as a short printable text."""
    text = value if isinstance(value, str) else str(value)
    return ascii(text[:_SHOWN])[1:-1]


def _at(data: object, steps: Sequence[str], name: str) -> Iterator[tuple[str, object]]:
    if not steps:
        yield name, data
        return
    step, rest = steps[0], steps[1:]
    if isinstance(data, dict):
        keys = list(data) if step == "*" else [step] if step in data else []
        for key in keys:
            yield from _at(data[key], rest, f"{name}/{key}")
    elif isinstance(data, list):
        if step == "*":
            for index, item in enumerate(data):
                yield from _at(item, rest, f"{name}/{index}")
        elif step.isascii() and step.isdigit() and int(step[:9]) < len(data):
            yield from _at(data[int(step[:9])], rest, f"{name}/{step}")


def find(
    data: object,
    pointers: Iterable[str],
    query: Sequence[tuple[str, str]] = (),
    parameters: Sequence[str] = (),
) -> list[Found]:
    """Return what stands at the JSON pointers (`*` is any item or member) and parameters."""
    found = [
        Found("body", name, value)
        for pointer in pointers
        for name, value in _at(data, _steps(pointer), "")
    ]
    found += [Found("query", name, value) for name, value in query if name in parameters]
    return found


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
