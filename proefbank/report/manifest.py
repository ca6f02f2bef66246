"""`manifest.json`: size and SHA-256 of every file of a run, which is what gets signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation

__all__ = [
    "MANIFEST",
    "SCHEMA",
    "SIGNATURE",
    "STAMP",
    "STAMP_DIGEST",
    "differences",
    "manifest",
    "refuse_signed",
]

MANIFEST = "manifest.json"
SIGNATURE = "manifest.jws"
STAMP = "manifest.tsr"
"""The answer of a time stamp authority about the signature."""
STAMP_DIGEST = "manifest.tsr.sha256"
SCHEMA = "proefbank/manifest/1"
_NOT_LISTED = (MANIFEST, SIGNATURE, STAMP, STAMP_DIGEST)
_BLOCK = 1 << 20


def manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of `folder`: `{schema, files: [{name, bytes, sha256}]}` by name.

    Names are relative and use `/`. The manifest itself, its signature with the time stamp, and
    hidden files (those still being written) are left out.
    """
    return {"schema": SCHEMA, "files": [_entry(folder, name) for name in _names(folder)]}


def refuse_signed(folder: Path, where: str) -> None:
    """Raise `BadInvocation` for a folder whose run is signed: other files would void that."""
    if (folder / SIGNATURE).exists():
        raise BadInvocation(
            f"the run in {folder} is signed, and other files would void the signature",
            where=where,
            hint=f"choose another name, or work on a copy without {SIGNATURE}",
        )


def differences(folder: Path) -> list[str]:
    """Return how `folder` differs from its manifest, a sentence for each file; none if not."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed: Mapping[str, Any] = {item["name"]: item for item in told["files"]}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        return [f"{MANIFEST} cannot be read: {problem}"]
    present = _names(folder)
    return [
        *(f"{name} is missing" for name in sorted(set(listed) - set(present))),
        *(f"{name} is not in the manifest" for name in present if name not in listed),
        *(
            f"{name} was changed"
            for name in present
            if name in listed and _entry(folder, name) != listed[name]
        ),
    ]


def _names(folder: Path) -> list[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in found
        if path.as_posix() not in _NOT_LISTED and not any(p.startswith(".") for p in path.parts)
    )


def _entry(folder: Path, name: str) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with (folder / name).open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return {"name": name, "bytes": size, "sha256": digest.hexdigest()}
