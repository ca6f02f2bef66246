"""Reading typed values out of TOML tables, with complaints that name the file, table and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.names import nearest

__all__ = ["Table", "read_toml"]

_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
    datetime: "an instant such as 2024-10-14T22:00:00Z",
    date: "a date such as 2024-10-15",
}

_FOREVER = 1e9
"""Seconds."""


def read_toml(path: Path, what: str, *, hint: str = "") -> dict[str, Any]:
    """Return the content of a TOML file; BadInvocation if it cannot be read or parsed.

    `what` it is (`the profile`) begins the complaint; `hint` helps who gave a wrong path.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadInvocation(
            f"{what} cannot be read: {problem.strerror or problem}", where=str(path), hint=hint
        ) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise BadInvocation(
            f"{what} is not TOML: {problem}", where=str(path), hint="Correct the file."
        ) from problem


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


class Table:
    """One TOML table that is emptied key by key; what is left at the end is unknown.

    Every reader raises BadInvocation for a value that does not fit. An empty text is as good as
    none.
    """

    def __init__(self, values: Mapping[str, Any], *, file: str, name: str = "") -> None:
        """Read from `values`; `file` and `name` only serve the complaints."""
        self._values = dict(values)
        self._known: list[str] = []
        self.file = file
        self.name = name

    def complain(self, key: str, message: str, hint: str = "") -> BadInvocation:
        """Return the exception for `key` of this table, to be raised by the caller."""
        return BadInvocation(message, where=f"{self.file}: {self._inside(key)}", hint=hint)

    def _take(self, key: str, kind: type) -> Any:
        self._known.append(key)
        value = self._values.pop(key, None)
        if value is not None and type(value) is not kind:
            message = f"should be {_KINDS[kind]}, is {_kind(value)}"
            raise self.complain(key, message, f"Write {key} as {_KINDS[kind]}.")
        return value

    def _needed(self, key: str, value: Any) -> Any:
        if value is None:
            raise self.complain(key, "is missing", f"Add {key} to this table.")
        return value

    def text(self, key: str, default: str, *, choices: Sequence[str] = ()) -> str:
        """Return a text, one of `choices` if there are any."""
        value = self.optional_text(key, choices=choices)
        return default if value is None else value

    def optional_text(self, key: str, *, choices: Sequence[str] = ()) -> str | None:
        """Return a text, or None when the key is absent or the text is empty."""
        value: str | None = self._take(key, str)
        if value is not None and choices and value not in choices:
            message = f"{value!r} is not one of {', '.join(choices)}"
            raise self.complain(key, message, f"Did you mean {nearest(value, choices)!r}?")
        return value or None

    def needed_text(self, key: str, *, choices: Sequence[str] = ()) -> str:
        """Return a text that may not be missing or empty."""
        value: str = self._needed(key, self.optional_text(key, choices=choices))
        return value

    def texts(
        self,
        key: str,
        default: Sequence[str] | None,
        *,
        choices: Sequence[str] = (),
        distinct: bool = False,
    ) -> tuple[str, ...]:
        """Return a list of texts, each one of `choices` if there are any; no default: needed."""
        found = self._take(key, list)
        values: list[Any] = self._needed(key, default if found is None else found)
        for value in values:
            if not isinstance(value, str):
                message = f"should hold texts only: {value!r} does not belong here"
                raise self.complain(key, message, "Put quotes around it.")
            if choices and value not in choices:
                near = nearest(str(value), choices)
                hint = f"Did you mean {near!r}? Choose from: {', '.join(choices)}."
                raise self.complain(key, f"{value!r} does not belong here", hint)
        if distinct and len(set(values)) != len(values):
            raise self.complain(key, "names something twice", "Leave one of the two.")
        return tuple(values)

    def number(self, key: str, default: int | None, *, least: int | None = 0) -> int:
        """Return a whole number, not below `least` unless that is None; no default: needed."""
        found = self.optional_number(key, least=least)
        value: int = self._needed(key, default if found is None else found)
        return value

    def optional_number(self, key: str, *, least: int | None = 0) -> int | None:
        """Return a whole number, not below `least`, or None when the key is absent."""
        value: int | None = self._take(key, int)
        if value is not None and least is not None and value < least:
            raise self.complain(key, f"{value} is below {least}", f"Give {least} or more.")
        return value

    def seconds(self, key: str) -> float | None:
        """Return a duration, whole or not, above 0, or None when the key is absent."""
        kind = int if type(self._values.get(key)) is int else float
        found: float | None = self._take(key, kind)
        if found is not None and not 0 < found < _FOREVER:
            raise self.complain(key, f"{found} is no duration", "Give a number of seconds.")
        return None if found is None else float(found)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value: bool | None = self._take(key, bool)
        return default if value is None else value

    def instant(self, key: str) -> float:
        """Return an instant, which is needed, as epoch seconds; it has its offset from UTC."""
        value: datetime = self._needed(key, self._take(key, datetime))
        if value.tzinfo is None:
            raise self.complain(key, "has no offset from UTC", f"Write it as {value.isoformat()}Z.")
        return value.timestamp()

    def date(self, key: str) -> str | None:
        """Return a date as ISO text, or None when the key is absent."""
        value: date | None = self._take(key, date)
        return None if value is None else value.isoformat()

    def mapping(self, key: str) -> dict[str, Any] | None:
        """Return a table as it is, unread, or None."""
        value: dict[str, Any] | None = self._take(key, dict)
        return value

    def table(self, key: str) -> Table:
        """Return a table to read on; empty if it is absent."""
        return self.table_of(key, self.mapping(key) or {})

    def optional_table(self, key: str) -> Table | None:
        """Return a table to read on, or None when the key is absent."""
        values = self.mapping(key)
        return None if values is None else self.table_of(key, values)

    def table_of(self, key: str, values: Mapping[str, Any]) -> Table:
        """Return `values`, taken out under `key` before, as a table to read on."""
        return Table(values, file=self.file, name=self._inside(key))

    def mappings(self, key: str) -> list[dict[str, Any]] | None:
        """Return an array of tables as it is, or None when the key is absent."""
        values: list[Any] | None = self._take(key, list)
        for value in values or ():
            if not isinstance(value, dict):
                hint = f"Write each as [[{self._inside(key)}]]."
                raise self.complain(key, "should hold tables only", hint)
        return values

    def tables(self, key: str) -> list[Table] | None:
        """Return an array of tables to read on, or None when the key is absent."""
        values = self.mappings(key)
        if values is None:
            return None
        return [self.table_of(f"{key}[{number}]", value) for number, value in enumerate(values, 1)]

    def rest(self) -> dict[str, Any]:
        """Return what nobody asked for yet, by key, and ask for it."""
        left, self._values = self._values, {}
        return left

    def done(self) -> None:
        """Complain about the first key that nobody asked for."""
        for key in self._values:
            listed = ", ".join(sorted(self._known))
            hint = f"Did you mean {nearest(key, self._known)!r}? Known here: {listed}."
            raise self.complain(key, "is an unknown key", hint)

    def _inside(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key
