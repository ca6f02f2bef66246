"""What must not be in the tree: secrets, persons, real addresses, unfinished text, long modules."""

from __future__ import annotations

import ast
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

TREE = Path(__file__).parents[2]
ASIDE = {"node_modules", "target", "build", "dist", "__pycache__"}
LONGEST_MODULE = 300
LONGER = {
    # modules that may be longer, and why
    "proefbank/services/socialsecurity/reference.py": "a method for each thing that goes wrong",
}

# Each pattern is written so that it does not match itself.
FORBIDDEN = {
    "a private key": re.compile(r"BEGIN [A-Z ]*PRIVATE KEY-----(\\n|\s)+[\w+/=]{16}"),
    "text left over from a template": re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b"),
    "a name of the workplace": re.compile(r"/wor[k]/|\bhelpe[r]-|\bdossie[r]", re.IGNORECASE),
}

ADDRESSES = {
    # hosts that may stand in code, since nothing connects to them
    "oauth.socialsecurity.be": "the audience of older versions, which a wayward client sends",
    "www.belgif.be": "the problem types of the Belgif guide are addresses",
    "www.w3.org": "the names of algorithms are addresses",
}
OWN = re.compile(r"^(localhost|127(\.\d+){3}|\[::1\]|::1|(.+\.)?(example|invalid|test))$")


@cache
def files() -> tuple[Path, ...]:
    """Return the files of the project: what git knows or would take, or else what is there."""
    git = shutil.which("git")
    if git and (TREE / ".git").exists():
        listed = subprocess.run(
            [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=TREE,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split("\0")
        found = [TREE / name for name in listed if name]
    else:
        found = [path for path in TREE.rglob("*") if not hidden(path.relative_to(TREE))]
    return tuple(sorted(path for path in found if path.is_file()))


def hidden(path: Path) -> bool:
    """Whether a path belongs to tools: dotted folders, builds, installed packages."""
    return any(part.startswith(".") or part in ASIDE or "egg-info" in part for part in path.parts)


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of every file that is text, but for those about scaffolds."""
    for path in files():
        if "scaffold" in path.name:
            continue
        raw = path.read_bytes()
        if b"\0" not in raw:
            yield str(path.relative_to(TREE)), raw.decode("utf-8", "replace")


def is_register_number(digits: str) -> bool:
    """Whether eleven digits could be a Belgian national register number, from any century."""
    month, day = int(digits[2:4]), int(digits[4:6])
    if month % 20 > 12 or day > 31:
        return False
    number, check = int(digits[:9]), int(digits[9:])
    return check in {97 - number % 97, 97 - (2_000_000_000 + number) % 97}


def register_numbers(text: str) -> list[str]:
    """Find numbers, plain or with their points and dashes, whose check digits fit."""
    found = re.findall(r"(?<![\w.])(\d{2}\.?\d{2}\.?\d{2}-?\d{3}\.?\d{2})(?![\w.]\w)", text)
    return [number for number in found if is_register_number(re.sub(r"\D", "", number))]


def strings(path: Path) -> Iterator[str]:
    """Yield the texts in a Python module, docstrings and all."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def hosts(text: str) -> set[str]:
    """Return the hosts of the addresses in a text."""
    found = re.findall(r"https?://[^\s\"'`<>)\\{}]+", text)
    return {urlsplit(address).hostname or "" for address in found} - {""}


def test_the_tree_is_seen() -> None:
    names = {str(path.relative_to(TREE)) for path in files()}
    assert {"pyproject.toml", "proefbank/clock.py", "suites/selftest/test_hygiene.py"} <= names


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_holds(what: str) -> None:
    found = [
        f"{name}:{text[: match.start()].count(chr(10)) + 1}: {match.group()}"
        for name, text in texts()
        for match in FORBIDDEN[what].finditer(text)
    ]
    assert found == [], what


def test_nothing_holds_a_register_number_that_checks_out() -> None:
    found = [f"{name}: {number}" for name, text in texts() for number in register_numbers(text)]
    assert found == []


def test_register_numbers_are_recognised() -> None:
    number = 790615000 + 1
    check = 97 - number % 97
    assert register_numbers(f"x {number}{check:02} y")
    assert not register_numbers(f"x {number}{check % 97 + 1:02} y")


def test_code_names_no_real_hosts() -> None:
    found = {
        f"{path.relative_to(TREE)}: {host}"
        for path in files()
        if path.suffix == ".py" and path.relative_to(TREE).parts[0] in ("proefbank", "fixtures")
        for text in strings(path)
        for host in hosts(text)
        if host not in ADDRESSES and not OWN.match(host)
    }
    assert found == set()


ALGORITHM = "http://www.w3.org/2001/04/xmlenc#sha256"
"""A name that looks like an address."""


def test_cassettes_heard_only_simulated_hosts() -> None:
    found = set()
    for path in (TREE / "cassettes").rglob("*.ndjson"):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            heard = json.dumps(event.get("request", event)).replace(ALGORITHM, "")
            found |= {f"{path.name}: {host}" for host in hosts(heard) if not OWN.match(host)}
    assert found == set()


def test_nothing_connects_to_other_machines() -> None:
    with socket.socket() as plug, pytest.raises(PermissionError, match=r"192\.0\.2\.1"):
        plug.connect(("192.0.2.1", 443))


def test_modules_stay_short() -> None:
    lengths = {
        str(path.relative_to(TREE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in files()
        if path.suffix == ".py" and path.relative_to(TREE).parts[0] == "proefbank"
    }
    long = {name: count for name, count in lengths.items() if count > LONGEST_MODULE}
    assert long.keys() <= LONGER.keys(), "more than one idea? a module has at most 300 lines"
