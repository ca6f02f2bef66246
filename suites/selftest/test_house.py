"""Who may import whom: floors downward only, rooms that do not know each other, no circles."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]

TOP = 4
"""Where everything meets: command line, plugin, fixtures and whatever FLOORS does not name."""

FLOORS = {
    # 1: values, with the standard library only
    "": 1,  # the version
    "clock": 1,
    "errors": 1,
    "exchange": 1,
    "files": 1,
    "fingerprint": 1,
    "holes": 1,
    "kept": 1,
    "languages": 1,
    "names": 1,
    "requirement": 1,
    "untold": 1,
    # 2: what every service needs
    "arming": 2,
    "bodies": 2,
    "certificates": 2,
    "command_words": 2,
    "cutting": 2,
    "environments": 2,
    "journal": 2,
    "judge": 2,
    "fragments": 2,
    "keys": 2,
    "ordinary": 2,
    "pki": 2,
    "profile": 2,
    "redaction": 2,
    "service": 2,
    "shapes": 2,
    "serving": 2,
    "staging": 2,
    "shards": 2,
    "stimuli": 2,
    "tables": 2,
    "trust": 2,
    "upstream": 2,
    "verdict": 2,
    "views": 2,
    "waiver_files": 2,
    "waivers": 2,
    "wayward": 2,
    # 3: wings that do not know each other; under services, each folder is a wing
    "clients": 3,
    "doors": 3,
    "report": 3,
    "services": 3,
    # 5: imported by nothing
    "suites": 5,
}

SHELVES = {
    # what a shelf of a service may take from its neighbours; what is not named here (a cast, say)
    # stands above these, and may take from all of them
    "": set[str](),  # the service's own page: names, no imports
    "provider": set[str](),  # enforces with the JOSE library, never with what rules read
    "wire": set[str](),  # reads raw, so that one bug cannot hide in provider and rule
    "rules": {"wire"},  # judge and never serve
    "stages": {"wire", "provider"},  # name readings, and the stimuli there are
    "reference": set[str](),  # a client, and never knows who listens
    "reference_api": {"reference"},  # the same behind HTTP
    "wayward": {"reference", "reference_api"},  # one of them with one defect
}


def modules() -> dict[str, Path]:
    """Return every module of the package and its mapped rooms, named without `proefbank`."""
    rooms = {"": "proefbank", "fixtures": "fixtures", "suites": "suites"}
    found = {}
    for prefix, folder in rooms.items():
        for path in sorted((TREE / folder).rglob("*.py")):
            parts = path.relative_to(TREE / folder).with_suffix("").parts
            if "selftest" not in parts:
                words = [prefix, *parts] if parts[-1] != "__init__" else [prefix, *parts[:-1]]
                found[".".join(filter(None, words))] = path
    return found


MODULES = modules()


@cache
def tree_of(name: str) -> ast.Module:
    """Return the parsed module."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imports(name: str, *, lazy: bool = True) -> Iterator[str]:
    """Yield full names that a module imports; without `lazy`, only those it needs to load."""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    todo: list[ast.AST] = [tree_of(name)]
    while todo:
        node = todo.pop()
        if not lazy and (isinstance(node, ast.FunctionDef) or "TYPE_CHECKING" in _test(node)):
            continue
        todo.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None]
            base = ".".join(["proefbank", *above] if node.level else [])
            base = ".".join(filter(None, [base, node.module]))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _test(node: ast.AST) -> str:
    return ast.unparse(node.test) if isinstance(node, ast.If) else ""


def ours(names: Iterator[str]) -> Iterator[str]:
    """Yield the modules of the house among imported names."""
    for name in names:
        if name.partition(".")[0] == "proefbank":
            inner = name.partition(".")[2]
            yield inner if inner in MODULES else inner.rpartition(".")[0]


def floor(name: str) -> int:
    """Return the floor that a module stands on."""
    return FLOORS.get(name.partition(".")[0], TOP)


def wing(name: str) -> str:
    """Return the wing of floor 3 that a module belongs to."""
    parts = name.split(".")
    return ".".join(parts[:2] if parts[0] == "services" else parts[:1])


def shelf(name: str) -> tuple[str, str]:
    """Return the service and the shelf in it."""
    service, _, rest = name.removeprefix("services.").partition(".")
    return service, rest.partition(".")[0]


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down_and_wings_do_not_know_each_other(name: str) -> None:
    for other in ours(imports(name)):
        assert floor(other) <= floor(name), f"{name} imports {other}, from a floor above"
        if floor(name) == floor(other) == TOP - 1:
            assert wing(name) == wing(other), f"{name} imports {other}, from another wing"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("services.")])
def test_shelves_of_a_service_keep_apart(name: str) -> None:
    service, mine = shelf(name)
    for other in ours(imports(name)):
        if other.startswith(f"services.{service}"):
            taken = shelf(other)[1]
            assert taken in SHELVES.get(mine, {taken}) | {mine}, f"{name} imports {other}"


def test_there_are_no_circles() -> None:
    graph = {name: set(ours(imports(name, lazy=False))) - {name, ""} for name in MODULES}
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("name", MODULES)
def test_values_need_nothing_and_only_the_top_floor_knows_pytest(name: str) -> None:
    for top in {full.partition(".")[0] for full in imports(name)} - {"proefbank"}:
        if floor(name) == 1:
            assert top in sys.stdlib_module_names, f"{name} imports {top}"
        if floor(name) < TOP:
            assert top not in {"pytest", "_pytest"}, f"{name} imports {top}"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("suites.")])
def test_suites_take_only_types(name: str) -> None:
    taken: set[str] = set()
    used: set[str] = set()
    todo: list[ast.AST] = [tree_of(name)]
    while todo:
        node = todo.pop()
        match node:
            case ast.ImportFrom(module=str(module)) if module.startswith("proefbank"):
                taken |= {alias.asname or alias.name for alias in node.names}
            case ast.arg():
                continue  # its annotation is what types are for
            case ast.FunctionDef():
                todo.extend([*node.body, *node.decorator_list, node.args])
            case ast.Name(id=used_name):
                used.add(used_name)
            case _:
                todo.extend(ast.iter_child_nodes(node))
    assert not taken & used, "everything else comes by fixture name"
