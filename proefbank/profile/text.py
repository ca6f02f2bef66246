"""A commented `proefbank.toml`, written from the schema: every key, with a line that explains it.

What counts stands as it is; a setting that is only shown has `#` before it, without the space
that a comment has: taking the sign away makes it count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from proefbank.profile.keys import node_of, schema

__all__ = ["profile_text", "toml_value"]

MINIMAL: Mapping[str, Any] = {"run.services": ["socialsecurity"], "run.reports": "reports"}
"""What counts from the start, by key: enough for a run."""
HEAD = """\
#:schema proefbank.schema.json
# Settings of Proefbank. In the current directory it is found by itself; --profile names another.
# Take the # away from a setting, and from the [header] above it, to make it count.
# Relative paths start from the folder of this file.
# For an editor that completes and checks keys: proefbank init --schema > proefbank.schema.json
"""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_Node = Mapping[str, Any]


def profile_text(told: Mapping[str, Any]) -> str:
    """Return the whole file; `told` counts besides what is minimal, by key (`run.client`)."""
    lines = _table(schema(), "", {**MINIMAL, **told})
    return "\n".join([HEAD, *lines]).rstrip("\n") + "\n"


def _table(node: _Node, place: str, counts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table: first its own keys, as TOML wants it, then the tables in it."""
    found = {key: node_of(one) for key, one in _members(node).items()}
    inner = {key: one for key, one in found.items() if not one.get("deprecated")}
    for key, one in inner.items():
        if not _is_table(one):
            yield from _key(key, one, f"{place}.{key}" if place else key, counts)
    if not all(_is_table(one) for one in inner.values()):
        yield ""
    for key, one in inner.items():
        if not _is_table(one):
            continue
        inside = f"{place}.{_quoted(key)}" if place else _quoted(key)
        rows = "items" in one
        table = node_of(one["items"]) if rows else one
        sign = "" if any(name.startswith(f"{inside}.") for name in counts) else "#"
        if any(not _is_table(node_of(member)) for member in _members(table).values()):
            yield f"# {one['description']}"
            yield f"{sign}[[{inside}]]" if rows else f"{sign}[{inside}]"
        yield from _table(table, inside, counts)


def _key(key: str, node: _Node, place: str, counts: Mapping[str, Any]) -> Iterator[str]:
    shown = counts.get(place, node["examples"][0] if "examples" in node else node.get("default"))
    value = shown if node.get("format") == "date" else toml_value(shown)
    yield f"# {node['description']}"
    yield f"{'' if place in counts else '#'}{_quoted(key)} = {value}"


def _members(node: _Node) -> dict[str, _Node]:
    """Return what stands in a table; where names are free, under the one of the example."""
    if "properties" in node:
        return dict(node["properties"])
    return {node["propertyNames"]["examples"][0]: node["additionalProperties"]}


def _is_table(node: _Node) -> bool:
    """Whether it is written with a header: credentials and other small ones are not."""
    if "items" in node:
        return "properties" in node["items"]
    return "propertyNames" in node or ("properties" in node and "examples" not in node)


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else toml_value(key)


def toml_value(value: object) -> str:
    """Return a value as TOML writes it: a text, number, truth, list or table."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_quoted(key)} = {toml_value(value[key])}' for key in value)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
