"""Adds an import to the text of a module, where the linter would put it."""

from __future__ import annotations

import ast

__all__ = ["with_import"]

_WIDTH = 100


def with_import(text: str, line: str) -> str:
    """Return `text` with an import; added to the statement of the same module if there is one."""
    module, _, name = line.removeprefix("from ").partition(" import ")
    tree = ast.parse(text)
    lines = text.splitlines()
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    for node in imports:
        if "." * node.level + (node.module or "") != module:
            continue
        names = {alias.name for alias in node.names}
        if name in names:
            return text
        if any(alias.asname for alias in node.names):
            break
        made = _import_lines(module, sorted({*names, name}, key=_import_order))
        return "\n".join([*lines[: node.lineno - 1], *made, *lines[node.end_lineno or 0 :]]) + "\n"
    wanted = _line_order(module)
    before = [node for node in imports if _module_order(node) <= wanted]
    after = [node for node in imports if _module_order(node) > wanted]
    if after and _module_order(after[0])[0] == wanted[0]:
        place, gap = after[0].lineno - 1, []
    elif before:
        place = before[-1].end_lineno or 0
        gap = [""] if _module_order(before[-1])[0] != wanted[0] else []
    else:  # below the docstring
        place, gap = (tree.body[0].end_lineno or 0) if tree.body else 0, [""]
    return "\n".join([*lines[:place], *gap, line, *lines[place:]]) + "\n"


def _import_lines(module: str, names: list[str]) -> list[str]:
    flat = f"from {module} import {', '.join(names)}"
    if len(flat) <= _WIDTH:
        return [flat]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _import_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: the order that ruff keeps."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def _module_order(node: ast.ImportFrom) -> tuple[int, int, str]:
    return _line_order("." * node.level + (node.module or ""))


def _line_order(module: str) -> tuple[int, int, str]:
    plain = module.lstrip(".")
    level = len(module) - len(plain)
    group = 0 if plain == "__future__" else 3 if level else 2 if plain[:9] == "proefbank" else 1
    return group, -level, plain
