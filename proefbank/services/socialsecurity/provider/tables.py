"""Reading typed values out of TOML tables, with complaints that name the file, table and key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation

__all__ = ["Table", "read_toml"]

_KINDS = {
    bool: "true or false",
    int: "a whole number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; BadInvocation if it cannot be read or parsed."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadInvocation(
            f"the profile cannot be read: {problem.strerror or problem}",
            where=str(path),
            hint="Give the path of a TOML file, or leave the option out for the defaults.",
        ) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadInvocation(
            f"the profile is not TOML: {problem}",
            where=str(path),
            hint="Correct the file; every key of a profile is optional.",
        ) from problem


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


class Table:
    """One TOML table that is emptied key by key; what is left at the end is unknown."""

    def __init__(self, values: Mapping[str, Any], *, file: str, name: str = "") -> None:
        """Read from `values`; `file` and `name` only serve the complaints."""
        self._values = dict(values)
        self._known: list[str] = []
        self.file = file
        self.name = name

    def complain(self, key: str, message: str, hint: str) -> BadInvocation:
        """Return the exception for `key` of this table, to be raised by the caller."""
        place = f"{self.name}.{key}" if self.name else key
        return BadInvocation(message, where=f"{self.file}: {place}", hint=hint)

    def _take(self, key: str, kind: type) -> Any:
        self._known.append(key)
        value = self._values.pop(key, None)
        if value is not None and type(value) is not kind:
            raise self.complain(
                key,
                f"should be {_KINDS[kind]}, is {_kind(value)}",
                f"Write {key} as {_KINDS[kind]}.",
            )
        return value

    def text(self, key: str, default: str, *, choices: Sequence[str] = ()) -> str:
        """Return a non-empty text, one of `choices` if there are any."""
        value = self.optional_text(key, choices=choices)
        return default if value is None else value

    def optional_text(self, key: str, *, choices: Sequence[str] = ()) -> str | None:
        """Return a text or None when the key is absent or the text is empty."""
        value: str | None = self._take(key, str)
        if value is not None and choices and value not in choices:
            listed = ", ".join(choices)
            nearest = difflib.get_close_matches(value, choices, n=1, cutoff=0.4)
            hint = f"Did you mean {nearest[0]!r}?" if nearest else f"Choose from: {listed}."
            raise self.complain(key, f"{value!r} is not one of {listed}", hint)
        return value or None

    def needed_text(self, key: str) -> str:
        """Return a text that may not be missing or empty."""
        value = self.optional_text(key)
        if value is None:
            raise self.complain(key, "is missing", f"Add {key} to this table.")
        return value

    def number(self, key: str, default: int, *, least: int = 0) -> int:
        """Return a whole number not below `least`."""
        value: int | None = self._take(key, int)
        if value is None:
            return default
        if value < least:
            raise self.complain(key, f"{value} is below {least}", f"Give {least} or more.")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value: bool | None = self._take(key, bool)
        return default if value is None else value

    def texts(self, key: str, default: Sequence[str]) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self._take(key, list)
        if values is None:
            return tuple(default)
        for value in values:
            if not isinstance(value, str):
                raise self.complain(
                    key, f"should hold texts only, holds {_kind(value)}", "Put quotes around it."
                )
        return tuple(values)

    def mapping(self, key: str) -> dict[str, Any] | None:
        """Return a table as it is, unread, or None."""
        value: dict[str, Any] | None = self._take(key, dict)
        return value

    def table(self, key: str) -> Table:
        """Return a table to read on; empty if it is absent."""
        return self.table_of(key, self.mapping(key) or {})

    def table_of(self, key: str, values: Mapping[str, Any]) -> Table:
        """Return `values`, taken out under `key` before, as a table to read on."""
        return Table(values, file=self.file, name=self._inside(key))

    def mappings(self, key: str) -> list[dict[str, Any]] | None:
        """Return an array of tables as it is, or None when the key is absent."""
        values: list[Any] | None = self._take(key, list)
        if values is None:
            return None
        for value in values:
            if not isinstance(value, dict):
                hint = f"Write each as [[{self._inside(key)}]]."
                raise self.complain(key, "should hold tables only", hint)
        return values

    def tables(self, key: str) -> list[Table] | None:
        """Return an array of tables to read on, or None when the key is absent."""
        values = self.mappings(key)
        if values is None:
            return None
        return [
            Table(value, file=self.file, name=f"{self._inside(key)}[{index}]")
            for index, value in enumerate(values, 1)
        ]

    def done(self) -> None:
        """Complain about the first key that nobody asked for."""
        for key in self._values:
            nearest = difflib.get_close_matches(key, self._known, n=1, cutoff=0.0)
            listed = ", ".join(sorted(self._known))
            hint = f"Did you mean {nearest[0]!r}? Known here: {listed}."
            raise self.complain(key, "is an unknown key", hint)

    def _inside(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key
