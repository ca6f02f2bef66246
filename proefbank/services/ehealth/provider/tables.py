"""Reading typed values out of TOML tables, with complaints that name the file and the key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation

__all__ = ["Table", "nearest", "read_toml"]

_KINDS: Mapping[type, str] = {
    int: "a whole number",
    str: "a text",
    list: "a list",
    dict: "a table",
    datetime: "an instant such as 2024-10-14T22:00:00Z",
    date: "a date such as 2024-10-15",
}


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the known name that looks most like `name`."""
    return difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; BadInvocation if it cannot be read or parsed."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadInvocation(
            f"the timeline cannot be read: {problem.strerror or problem}", where=str(path)
        ) from problem
    except ValueError as problem:
        raise BadInvocation(f"the timeline is not TOML: {problem}", where=str(path)) from problem


class Table:
    """One TOML table that is emptied key by key; what is left at the end is unknown."""

    def __init__(self, values: Mapping[str, Any], *, file: str, name: str = "") -> None:
        """Read from `values`; `file` and `name` only serve the complaints."""
        self._values = dict(values)
        self._known: list[str] = []
        self.file = file
        self.name = name

    def complain(self, key: str, message: str, hint: str = "") -> BadInvocation:
        """Return the exception for `key` of this table, to be raised by the caller."""
        place = f"{self.name}.{key}" if self.name else key
        return BadInvocation(message, where=f"{self.file}: {place}", hint=hint)

    def take(self, key: str, kind: type, *, default: Any = None) -> Any:
        """Return the value of `key`, of exactly this type; without a default it is needed."""
        self._known.append(key)
        if key not in self._values:
            if default is None:
                raise self.complain(key, "is missing", f"Write {key} as {_KINDS[kind]}.")
            return default
        value = self._values.pop(key)
        if type(value) is not kind:
            raise self.complain(key, f"should be {_KINDS[kind]}, is {value!r}")
        return value

    def text(self, key: str, default: str | None = None, *, choices: Sequence[str] = ()) -> str:
        """Return a text, one of `choices` if there are any."""
        value: str = self.take(key, str, default=default)
        if choices and value not in choices:
            hint = f"Did you mean {nearest(value, choices)!r}?"
            raise self.complain(key, f"{value!r} is not one of {', '.join(choices)}", hint)
        return value

    def texts(
        self, key: str, default: Sequence[str] | None = None, *, choices: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Return a list of distinct texts."""
        given = None if default is None else list(default)
        values: list[Any] = self.take(key, list, default=given)
        for value in values:
            if not isinstance(value, str) or (choices and value not in choices):
                hint = f"One of {', '.join(choices)}." if choices else "Put quotes around it."
                raise self.complain(key, f"{value!r} does not belong here", hint)
        if len(set(values)) != len(values):
            raise self.complain(key, "names something twice")
        return tuple(values)

    def instant(self, key: str) -> float:
        """Return an instant as epoch seconds; it needs its offset from UTC."""
        value: datetime = self.take(key, datetime)
        if value.tzinfo is None:
            raise self.complain(key, "has no offset from UTC", f"Write it as {value.isoformat()}Z.")
        return value.timestamp()

    def date(self, key: str) -> str | None:
        """Return a date as ISO text, or None when the key is absent."""
        self._known.append(key)
        return self.take(key, date).isoformat() if key in self._values else None

    def table(self, key: str, values: Mapping[str, Any] | None = None) -> Table:
        """Return a table to read on; empty if it is absent."""
        inner = self.take(key, dict, default={}) if values is None else values
        return Table(inner, file=self.file, name=f"{self.name}.{key}" if self.name else key)

    def tables(self, key: str) -> list[Table]:
        """Return an array of tables to read on; empty if it is absent."""
        values: list[Any] = self.take(key, list, default=[])
        for value in values:
            if not isinstance(value, dict):
                raise self.complain(key, "should hold tables only", f"Write each as [[{key}]].")
        return [
            Table(value, file=self.file, name=f"{key}[{number}]")
            for number, value in enumerate(values, 1)
        ]

    def rest(self) -> dict[str, Any]:
        """Return what nobody asked for yet, by key, and ask for it."""
        left, self._values = self._values, {}
        return left

    def done(self) -> None:
        """Complain about the first key that nobody asked for."""
        for key in self._values:
            hint = f"Did you mean {nearest(key, self._known)!r}?"
            raise self.complain(key, "is an unknown key", hint)
