"""Scaffolds a rule: its row, its function, and the wayward client that proves it can fail.

Reads the tree as text and as syntax, never by importing it, so that any checkout can be served.
Everything is worked out before the first file is written.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proefbank.errors import BadInvocation
from proefbank.imports import with_import

__all__ = ["MARK", "NewRule", "find_checkout", "readings_in", "scaffold"]

MARK = "TODO(new rule)"
"""Stands in every scaffold where somebody has to write; a self-test refuses what is left of it."""

_ID = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*){2}")
_CODE = re.compile(r"[A-Z][A-Z0-9]*-\d{3}")


@dataclass(frozen=True, slots=True)
class NewRule:
    """What the user told about a requirement."""

    id: str
    code: str
    level: str
    basis: str
    statement: str
    source: str
    section: str
    reading: str
    binds: str = "client"

    @property
    def service(self) -> str:
        """First part of the id."""
        return self.id.split(".")[0]

    @property
    def conversation(self) -> str:
        """Second part of the id."""
        return self.id.split(".")[1]

    @property
    def slug(self) -> str:
        """Last part of the id."""
        return self.id.split(".")[2]


def find_checkout(start: Path) -> Path:
    """Return the root of the checkout that `start` lies in; raises `BadInvocation` outside one."""
    for folder in (start.resolve(), *start.resolve().parents):
        project = folder / "pyproject.toml"
        if project.is_file() and (folder / "proefbank" / "services").is_dir():
            return folder
    raise BadInvocation(
        "a rule is written into a checkout of the source, and this is none",
        where=str(start),
        hint="clone the repository, change into it, or name it: proefbank new rule … --root DIR",
    )


def readings_in(home: Path) -> dict[str, str]:
    """Return the readings of a service by name, each with its module below `wire`."""
    return {
        name: page.stem
        for page in sorted((home / "wire").glob("*.py"))
        for name in _public_readings(page)
    }


def scaffold(root: Path, rule: NewRule) -> Mapping[Path, str]:
    """Return the files to write, path to whole text. Raises `BadInvocation` and writes nothing."""
    home = root / "proefbank" / "services" / rule.service
    _check(home, rule)
    rows = {page: _rows(page) for page in sorted((home / "requirements").glob("*.toml"))}
    taken = [page.name for page, found in rows.items() if any(r["id"] == rule.id for r in found)]
    if taken:
        raise BadInvocation(
            "this requirement exists already",
            where=f"{rule.id} in {taken[0]}",
            hint=f"see: proefbank rules show {rule.id}",
        )
    page = _page_for(rows, rule) or home / "requirements" / f"{rule.conversation}.toml"
    module = home / "rules" / f"{rule.conversation.replace('-', '_')}.py"
    wayward = _wayward_for(home, rule)
    texts = {
        page: (_read(page) + _row(rule)).lstrip("\n"),
        module: _with_function(_read(module), rule, readings_in(home)[rule.reading]),
        wayward: _with_client(_read(wayward), rule, _class_name(home, rule)),
    }
    tomllib.loads(texts[page])
    for path in (module, wayward):
        ast.parse(texts[path])
    return texts


def _check(home: Path, rule: NewRule) -> None:
    from proefbank.commands.rules_words import nearest  # noqa: PLC0415 - only to help with a mistake

    if not _ID.fullmatch(rule.id):
        raise BadInvocation(
            f"{rule.id} has the wrong form",
            where="ID",
            hint="service.conversation.slug, e.g. socialsecurity.assertion.aud-is-token-url",
        )
    if not home.is_dir():
        known = sorted(p.name for p in home.parent.iterdir() if (p / "requirements").is_dir())
        raise BadInvocation(
            f"there is no service called {rule.service}",
            where="ID",
            hint=f"one of: {' '.join(known)}",
        )
    if not _CODE.fullmatch(rule.code):
        raise BadInvocation(
            f"{rule.code} has the wrong form", where="--code", hint="e.g. SSOAUTH-015"
        )
    for option, value in (("statement", rule.statement), ("source", rule.source)):
        if not value.strip() or not value.isprintable():
            raise BadInvocation("is empty, or not one printable line", where=f"--{option}")
    known_readings = readings_in(home)
    if rule.reading not in known_readings:
        near = nearest(rule.reading, known_readings) or sorted(known_readings)
        raise BadInvocation(
            f"there is no reading called {rule.reading}",
            where="--reading",
            hint=f"did you mean: {', '.join(near)}",
        )


def _rows(page: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(_read(page)).get("requirement", [])
    return found


def _page_for(rows: Mapping[Path, list[dict[str, Any]]], rule: NewRule) -> Path | None:
    """Return the file that has most rows of the same conversation, else of the same codes."""
    head = rule.code.partition("-")[0]
    for same in (
        lambda row: row["id"].split(".")[1] == rule.conversation,
        lambda row: row["code"].partition("-")[0] == head,
    ):
        counts = Counter({page: sum(map(same, found)) for page, found in rows.items()})
        if counts and (best := counts.most_common(1)[0])[1]:
            return best[0]
    return None


def _row(rule: NewRule) -> str:
    return (
        "\n[[requirement]]\n"
        f"id = {_quoted(rule.id)}\ncode = {_quoted(rule.code)}\nlevel = {_quoted(rule.level)}\n"
        f"binds = {_quoted(rule.binds)}\nbasis = {_quoted(rule.basis)}\n"
        f"statement = {_quoted(rule.statement)}\nsource = {_quoted(rule.source)}\n"
        f"section = {_quoted(rule.section)}\n"
        f'note = "{MARK}: where the rule stops, so that one defect breaks one requirement"\n'
        f"# killer: {rule.slug}: {MARK}\n"
    )


def _quoted(text: str) -> str:
    """Return a basic string of TOML; the text is printable, so two characters need escaping."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _with_function(text: str, rule: NewRule, wire: str) -> str:
    text = text or f'"""{MARK}: what the rules in this module are about."""\n'
    for line in (
        "from __future__ import annotations",
        "from proefbank.judge import rule",
        "from proefbank.verdict import Finding",
        f"from ..wire.{wire} import {rule.reading}",
    ):
        text = with_import(text, line)
    name = _free_name(rule.slug.replace("-", "_"), {item.name for item in _functions(text)})
    return text.rstrip("\n") + (
        f'\n\n\n@rule("{rule.id}")\n'
        f"def {name}(reading: {rule.reading}) -> Finding | None:\n"
        f'    """{MARK}: why it matters, in a sentence; the report prints it."""\n'
        f'    raise NotImplementedError("{MARK}: return a Finding, or None if all is well")\n'
    )


def _with_client(text: str, rule: NewRule, name: str) -> str:
    text = text or f'"""{MARK}: what the clients in this module get wrong."""\n'
    for line in (
        "from __future__ import annotations",
        "from ..reference import ReferenceClient",
        "from .registry import breaks",
    ):
        text = with_import(text, line)
    return text.rstrip("\n") + (
        f'\n\n\n@breaks("{rule.conversation}.{rule.slug}")\n'
        f"class {name}(ReferenceClient):\n"
        f'    """{MARK}: the one thing that this client does wrong; override one method."""\n'
    )


def _functions(text: str) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))


def _free_name(name: str, taken: set[str]) -> str:
    name = name if name[0].isalpha() else f"rule_{name}"
    return name if name not in taken else f"{name}_rule"


def _wayward_for(home: Path, rule: NewRule) -> Path:
    """Return the module whose clients break most of the same conversation."""
    pages = [page for page in sorted((home / "wayward").glob("*.py")) if page.stem != "registry"]
    counts = Counter({page: _read(page).count(f'@breaks("{rule.conversation}.') for page in pages})
    best = counts.most_common(1)
    if best and best[0][1]:
        return best[0][0]
    return home / "wayward" / f"{rule.conversation.replace('-', '_')}.py"


def _class_name(home: Path, rule: NewRule) -> str:
    taken = {
        node.name
        for page in (home / "wayward").glob("*.py")
        for node in ast.walk(ast.parse(_read(page)))
        if isinstance(node, ast.ClassDef)
    }
    name = "Not" + "".join(part.capitalize() for part in rule.slug.split("-"))
    return name if name not in taken else f"{name}Again"


def _public_readings(page: Path) -> Iterator[str]:
    for node in ast.parse(_read(page)).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
                told = (item.value for item in names if isinstance(item, ast.Constant))
                yield from (str(name) for name in told if str(name)[:1].isupper())


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
