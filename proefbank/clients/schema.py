"""The JSON Schema of the adapter protocol, as it ships with the package."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

__all__ = ["protocol_schema"]


def protocol_schema(definition: str | None = None) -> dict[str, Any]:
    """Return the schema of any line, or of one of its `$defs`, e.g. `call` or `callAnswer`."""
    text = files(__package__).joinpath("protocol.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    if definition is None:
        return schema
    only = {name: schema[name] for name in ("$schema", "$id", "$defs")}
    if definition not in only["$defs"]:
        raise KeyError(definition)
    return {**only, "$ref": f"#/$defs/{definition}"}
