"""What may stand in a `proefbank.toml`, by its published schema: the keys of every table.

The schema is for people and their editors; the values themselves are judged by whoever reads a
table, in words of its own. Here only keys are looked at, in every table, whoever it is for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.names import nearest
from proefbank.service import catalogues

__all__ = ["SCHEMA_FILE", "check_keys", "node_of", "schema", "schema_text"]

SCHEMA_FILE = "profile.schema.json"
_LIKENESS = 0.7
_Node = Mapping[str, Any]


def schema_text() -> str:
    """Return the published JSON Schema of `proefbank.toml` as it ships."""
    return resources.files(__package__).joinpath(SCHEMA_FILE).read_text(encoding="utf-8")


@cache
def schema() -> dict[str, Any]:
    """Return the published schema."""
    loaded: dict[str, Any] = json.loads(schema_text())
    return loaded


def node_of(node: _Node) -> _Node:
    """Return a node of the schema with what it refers to."""
    if "$ref" not in node:
        return node
    found: _Node = schema()["$defs"][node["$ref"].rpartition("/")[2]]
    return {**found, **node}


def check_keys(values: Mapping[str, Any], file: str) -> None:
    """Raise `BadInvocation`, with the nearest right one, for the first key that nobody knows.

    The tables of services from elsewhere are theirs to check.
    """
    known = schema()["properties"]
    theirs = {name for name in catalogues() if name not in known and _is_foreign(name)}
    _check({key: values[key] for key in values if key not in theirs}, schema(), file, "")


def _is_foreign(name: str) -> bool:
    return not catalogues()[name].package.startswith("proefbank.services.")


def _check(value: object, node: _Node, file: str, place: str) -> None:
    node = node_of(node)
    if isinstance(value, list) and "items" in node:
        for number, item in enumerate(value, 1):
            _check(item, node["items"], file, f"{place}[{number}]")
    if not isinstance(value, dict):
        return
    known: Mapping[str, Any] = node.get("properties", {})
    others = node.get("additionalProperties", True)
    for key, inner in value.items():
        if key in known or isinstance(others, dict):
            _check(inner, known.get(key, others), file, f"{place}.{key}" if place else key)
        elif others is False:
            raise _unknown(key, known, file, place)


def _unknown(key: str, known: Mapping[str, Any], file: str, place: str) -> BadInvocation:
    elsewhere = [table for table, inner in _tables(schema()) if key in inner and table != place]
    if key in catalogues() and not place:
        hint = f"{key} has no settings of its own here; for acceptance they stand in [acc.{key}]."
    elif len(elsewhere) == 1 and not get_close_matches(key, known, cutoff=_LIKENESS):
        hint = f"Put it in {elsewhere[0]}."
    else:
        hint = f"Did you mean {nearest(key, known)!r}? Known here: {', '.join(sorted(known))}."
    where = f"{file}: {place}.{key}" if place else f"{file}: {key}"
    return BadInvocation("is an unknown key", where=where, hint=hint)


def _tables(node: _Node, name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each table of the schema as its header is written, with its keys."""
    node = node_of(node)
    if name:
        yield f"[{name}]" if "items" not in node else f"[[{name}]]", _keys(node)
    for key, inner in _keys(node).items():
        inside = node_of(inner)
        if "properties" in inside or "properties" in node_of(inside.get("items", {})):
            yield from _tables(inside, f"{name}.{key}" if name else key)


def _keys(node: _Node) -> Mapping[str, Any]:
    found: Mapping[str, Any] = node_of(node.get("items", node)).get("properties", {})
    return found
