"""One operation of the mounted API: what it takes, and what is wrong with what was sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

__all__ = ["Issue", "Operation", "Parameter", "query_pairs"]

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing in a request that the API's document does not allow."""

    kind: str
    """`schemaViolation`, `unknownInput` or `invalidInput`."""
    place: str
    """`body`, `query` or `path`."""
    name: str
    """Such as `participants[0].reference`; never a value."""
    detail: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter."""

    name: str
    required: bool
    validator: jsonschema_rs.Validator | None
    """None when the value is not a plain scalar and is left alone."""
    kind: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    operation_id: str
    method: str
    template: str
    pattern: re.Pattern[str] = field(repr=False)
    takes_body: bool
    body_required: bool
    validator: jsonschema_rs.Validator | None = field(repr=False)
    query: tuple[Parameter, ...]
    status: int
    media_type: str | None
    example: Any = field(repr=False)
    """Body of the answer."""
    sent_example: Any = field(repr=False, default=None)
    """A request body that the document would take; None where it takes none."""

    def body_issues(self, data: Any) -> list[Issue]:
        """Return what the schema has against a request body; values are masked."""
        if self.validator is None:
            return []
        return _issues(self.validator, data, "body", "")

    def query_issues(self, pairs: Sequence[tuple[str, str]]) -> list[Issue]:
        """Return what is missing, unknown or wrong in the query."""
        known = {parameter.name: parameter for parameter in self.query}
        sent = {name for name, _ in pairs}
        issues = [
            Issue("schemaViolation", "query", name, "this parameter is required")
            for name, parameter in known.items()
            if parameter.required and name not in sent
        ]
        for name, value in pairs:
            parameter = known.get(name)
            if parameter is None:
                issues.append(Issue("unknownInput", "query", name[:60], "unknown parameter"))
            elif parameter.validator is not None:
                typed = _typed(value, parameter.kind)
                issues += _issues(parameter.validator, typed, "query", name)
        return issues


def _issues(validator: jsonschema_rs.Validator, data: Any, place: str, name: str) -> list[Issue]:
    try:
        if validator.is_valid(data):
            return []
        return [
            Issue(
                "unknownInput" if error.kind.name == "additionalProperties" else "schemaViolation",
                place,
                name + _path(error.instance_path),
                error.message,
            )
            for error in validator.iter_errors(data)
        ]
    except ValueError as problem:  # e.g. half of a surrogate pair in a text
        return [Issue("schemaViolation", place, name, f"not valid: {type(problem).__name__}")]


def _path(steps: Sequence[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def _typed(value: str, kind: str) -> Any:
    if kind == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    if kind == "number" and _NUMBER.fullmatch(value):
        return float(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a raw query."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=200)
    except ValueError:
        return []
