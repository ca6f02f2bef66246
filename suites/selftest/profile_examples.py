"""A profile with every setting there is, and what it takes to read it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from proefbank.profile.keys import node_of, schema
from proefbank.profile.text import profile_text

from .socialsecurity_bench import EMPLOYER, certificate, key_of

CONTAINERS = ("environments", "scopes.further")
"""Tables whose keys are names that a user chooses."""


def uncommented(text: str) -> str:
    """Return a written profile with every setting in force: comments have a space after `#`."""
    return re.sub(r"(?m)^#(?![ :])", "", text)


def whole(folder: Path) -> Path:
    """Write a profile with every setting, and the files that it names; return its path."""
    made = certificate(key_of(EMPLOYER)).public_bytes(serialization.Encoding.PEM)
    for name in ("client.cer", "client.pem", "acc-ca.pem", "api-ca.pem"):
        (folder / name).write_bytes(made)
    for name in ("openapi.json", "waivers.toml"):
        (folder / name).write_text("")
    path = folder / "proefbank.toml"
    path.write_text(uncommented(profile_text({})), encoding="utf-8")
    return path


def as_json(value: Any) -> Any:
    """Return what TOML holds as JSON: days become texts."""
    if isinstance(value, Mapping):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def read(path: Path) -> Any:
    """Return the content of a TOML file as JSON."""
    return as_json(tomllib.loads(path.read_text(encoding="utf-8")))


def keys_of(node: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield every key of the schema by its place, `accounts[].name` for one in a list of tables."""
    node = node_of(node)
    if "items" in node:
        yield from keys_of(node["items"], f"{place}[]")
        return
    inner = dict(node.get("properties", {}))
    if "propertyNames" in node:
        inner = {node["propertyNames"]["examples"][0]: node["additionalProperties"]}
    for key, one in inner.items():
        name = f"{place}.{key}" if place else key
        yield name
        yield from keys_of(one, name)


def every_key() -> set[str]:
    """Return the places of all keys that the schema has."""
    return set(keys_of(schema()))
