"""The time comes from `proefbank.clock` alone, and nothing waits for it to pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for room in ("proefbank", "fixtures", "suites")
    for path in (TREE / room).rglob("*.py")
    if "selftest" not in path.parts
)
NOW = {"now", "today", "utcnow"}
"""Methods of date and datetime that read the clock."""
MAY = {"proefbank/clock.py", "proefbank/clients/moving_python.py"}
"""The clock, and what moves the time of an interpreter that runs a client."""
MODULES = {"time", "sched", "timeit"}
"""Modules that read the clock, or sleep."""


def faults(source: str) -> Iterator[str]:
    """Yield where a module reads the system clock, or sleeps."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (f"line {node.lineno}: {n.name}" for n in names if n.name in MODULES)
            case ast.ImportFrom(module=str(name)) if name in MODULES:
                yield f"line {node.lineno}: {name}"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="date" | "datetime"), attr=attr)):
                if attr in NOW:
                    yield f"line {node.lineno}: {attr}"
            case ast.Call(func=ast.Attribute(attr="now" | "utcnow", value=ast.Attribute(attr=of))):
                if of == "datetime":
                    yield f"line {node.lineno}: datetime.now"
            case ast.Call(func=ast.Attribute(attr="sleep") | ast.Name(id="sleep")):
                yield f"line {node.lineno}: sleep"
            case ast.Call(func=ast.Name(id="formatdate" | "format_datetime"), args=[]):
                yield f"line {node.lineno}: today's date in a header"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(TREE)))
def test_only_the_clock_reads_the_time_and_nothing_sleeps(path: Path) -> None:
    if str(path.relative_to(TREE)) not in MAY:
        assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from time import monotonic",
        "from datetime import datetime\ndatetime.now(tz)",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
        "import asyncio\nasyncio.sleep(1)",
        "from email.utils import formatdate\nformatdate(usegmt=True)",
    ],
)
def test_the_search_finds(source: str) -> None:
    assert list(faults(source))


def test_the_clock_itself_does_read_the_time() -> None:
    assert list(faults((TREE / "proefbank" / "clock.py").read_text(encoding="utf-8")))
