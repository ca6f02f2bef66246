"""Making a plausible value for a response out of examples or, failing those, the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["example_of", "resolved"]

_DEEPEST = 8
_BY_FORMAT = {
    "date": "2025-01-15",
    "date-time": "2025-01-15T09:00:00Z",
    "time": "09:00:00Z",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "email": "iemand@example.invalid",
    "uri": "https://example.invalid/",
}


def resolved(node: Any, document: Mapping[str, Any]) -> Any:
    """Follow `$ref` inside the document; an empty object if it leads nowhere."""
    hops = 0
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        hops += 1
        target: Any = document if hops <= _DEEPEST else {}
        for step in node["$ref"].removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            target = target.get(name, {}) if isinstance(target, Mapping) else {}
        node = target
    return node


def media_example(media: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    """Return the value to answer with for one media type of a response."""
    if "example" in media:
        return media["example"]
    examples = media.get("examples")
    if isinstance(examples, Mapping) and examples:
        first = resolved(next(iter(examples.values())), document)
        if isinstance(first, Mapping) and "value" in first:
            return first["value"]
    return example_of(media.get("schema", {}), document)


def example_of(schema: Any, document: Mapping[str, Any], depth: int = 0) -> Any:
    """Return a value for a schema: its example, default or first choice, else a minimal one."""
    schema = resolved(schema, document)
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {}
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if isinstance(schema.get(key), list) and schema[key]:
            return schema[key][0]
    for key in ("oneOf", "anyOf"):
        if isinstance(schema.get(key), list) and schema[key]:
            return example_of(schema[key][0], document, depth + 1)
    if isinstance(schema.get("allOf"), list):
        return _all_of(schema, document, depth)
    return _by_type(schema, document, depth)


def _all_of(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int) -> Any:
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    parts = [example_of(part, document, depth + 1) for part in schema["allOf"]]
    if rest.get("properties"):
        parts.append(_by_type(rest, document, depth))
    merged: dict[str, Any] = {}
    for part in parts:
        if not isinstance(part, Mapping):
            return part
        merged.update(part)
    return merged


def _by_type(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((name for name in kind if name != "null"), "null")
    if kind == "object":
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        wanted = schema.get("required") or list(properties)
        return {name: example_of(properties.get(name, {}), document, depth + 1) for name in wanted}
    if kind == "array":
        return [example_of(schema.get("items", {}), document, depth + 1)]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "string":
        text = _BY_FORMAT.get(str(schema.get("format")), "voorbeeld")
        least = schema.get("minLength")
        return text.ljust(least, "x") if isinstance(least, int) else text
    return {"boolean": True, "null": None}.get(str(kind))
