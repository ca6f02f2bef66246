"""Checks a report, or the events of a record, against the schemas that ship with the package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from proefbank.journal import Event

__all__ = ["part_problems", "problems_in_events", "schema", "validate"]


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the published schema called `report` or `events`."""
    page = resources.files("proefbank.report.schema").joinpath(f"{name}.schema.json")
    loaded: dict[str, Any] = json.loads(page.read_text(encoding="utf-8"))
    return loaded


def validate(report: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a report, one sentence each; nothing if it follows the schema."""
    return _problems("report", report)


def part_problems(name: str, part: object) -> list[str]:
    """Return what is wrong with a part of a report: what the schema defines under `name`."""
    return _told(_part_validator(name), part)


def problems_in_events(events: Iterable[Event]) -> list[str]:
    """Return what is wrong with the events of a record, each with its place (from 1)."""
    return [
        f"line {number}: {problem}"
        for number, event in enumerate(events, start=1)
        for problem in _problems("events", event)
    ]


def _problems(name: str, instance: object) -> list[str]:
    return _told(_validator(name), instance)


def _told(validator: Any, instance: object) -> list[str]:
    return [
        f"/{'/'.join(str(step) for step in error.instance_path)}: {error.message}"
        for error in validator.iter_errors(instance)
    ]


@cache
def _part_validator(name: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415 - see _validator

    part = {"$ref": f"#/$defs/{name}", "$defs": schema("report")["$defs"]}
    return jsonschema_rs.validator_for(part, validate_formats=True)


@cache
def _validator(name: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415 - a native module that only this function needs

    return jsonschema_rs.validator_for(schema(name), validate_formats=True)
