"""`proefbank new rule`: a scaffold that works once it is filled in, and shows until it is."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from proefbank.cli import cli
from proefbank.errors import BadInvocation
from proefbank.scaffold import MARK, find_checkout

ROOT = find_checkout(Path(__file__).parent)
HOME = Path("proefbank/services/socialsecurity")
ID = "socialsecurity.assertion.kid-is-absent"
WORDS = {
    "--code": "SSOAUTH-045",
    "--level": "SHOULD",
    "--basis": "practice",
    "--statement": 'The assertion "names" no key.',
    "--source": "Proefbank",
    "--section": "its tests",
    "--reading": "ClientAssertion",
}
FOUND = f"""
import json
from proefbank.judge import catalogue, rules_of
from proefbank.services.socialsecurity.wayward import WAYWARD
package = "proefbank.services.socialsecurity"
row = catalogue(package)["{ID}"]
rule = next(item for item in rules_of(package) if item.requirement == "{ID}")
print(json.dumps([row.statement, rule.why, rule.reading.__name__, rule.place,
                  [name for name, item in WAYWARD.items() if item.requirement == "{ID}"]]))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what a checkout has."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "proefbank", tmp_path / "proefbank", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def new(root: Path, name: str = ID, **over: str) -> Result:
    told = WORDS | {f"--{key}": value for key, value in over.items()} | {"--root": str(root)}
    words = [word for pair in told.items() for word in pair]
    return CliRunner().invoke(cli, ["new", "rule", name, *words], standalone_mode=False)


def contents(root: Path) -> dict[Path, str]:
    return {
        path.relative_to(root): path.read_text("utf-8")
        for pattern in ("*.py", "*.toml")
        for path in root.rglob(pattern)
    }


def python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env=os.environ | {"PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def ruff(root: Path, paths: Sequence[Path]) -> str:
    program = Path(sys.executable).with_name("ruff")
    if not program.exists():
        pytest.skip("ruff is not installed")
    words = [str(program), "check", "--no-cache", "--select", "I,F,E,UP"]
    words += [str(root / path) for path in paths]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def test_a_scaffold_that_is_filled_in_is_found(tree: Path) -> None:
    before = contents(tree)
    result = new(tree)
    assert result.exception is None
    changed = {path: text for path, text in contents(tree).items() if before.get(path) != text}
    page, module, wayward = (
        HOME / name
        for name in ("requirements/oauth.toml", "rules/assertion.py", "wayward/assertions.py")
    )
    assert set(changed) == {page, module, wayward}
    assert all(MARK in text for text in changed.values())
    for path, text in changed.items():
        assert str(path) in result.output
        assert text.startswith(before[path][:200])
        filled = text.replace(f"{MARK}: ", "Filled in: ").replace(f": {MARK}", ": filled in")
        filled = filled.replace('raise NotImplementedError("Filled in: return', 'return print("')
        (tree / path).write_text(filled, "utf-8")
    assert "All checks passed" in ruff(tree, [module, wayward])

    found = python(tree, "-c", FOUND)

    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == [
        WORDS["--statement"],
        "Filled in: why it matters, in a sentence; the report prints it.",
        "ClientAssertion",
        "proefbank.services.socialsecurity.rules.assertion.kid_is_absent",
        ["not-kid-is-absent"],
    ]


def test_a_scaffold_left_empty_passes_nobody(tree: Path) -> None:
    new(tree)
    code = (
        "from proefbank.judge import rules_of\n"
        "rules = rules_of('proefbank.services.socialsecurity')\n"
        f"next(item for item in rules if item.requirement == '{ID}').function(None)\n"
    )
    assert "NotImplementedError" in python(tree, "-c", code).stderr


def test_a_reading_that_the_module_does_not_know_is_imported(tree: Path) -> None:
    new(tree, reading="MandataryRequests")
    module = HOME / "rules/assertion.py"
    text = (tree / module).read_text("utf-8")
    assert "from ..wire.api_request import MandataryRequests\n" in text
    assert "All checks passed" in ruff(tree, [module])


def test_a_name_joins_the_imports_of_its_module(tree: Path) -> None:
    new(tree, reading="TrainingProviderRequest", name="socialsecurity.enterprise-number.is-short")
    module = HOME / "rules/enterprise_number.py"
    text = (tree / module).read_text("utf-8")
    assert "from ..wire.api_request import PayloadRequest, TrainingProviderRequest\n" in text
    assert "All checks passed" in ruff(tree, [module])


def test_a_new_conversation_gets_modules_of_its_own(tree: Path) -> None:
    result = new(tree, "socialsecurity.mandate-check.asks-first", code="NEW-001")
    assert result.exception is None
    for name in ("rules/mandate_check.py", "wayward/mandate_check.py"):
        ast.parse((tree / HOME / name).read_text("utf-8"))
    assert (tree / HOME / "requirements/mandate-check.toml").is_file()


@pytest.mark.parametrize(
    ("name", "over", "words"),
    [
        ("socialsecurity.assertion.aud-is-token-url", {}, "exists already"),
        ("socialsecurity.Assertion.kid", {}, "wrong form"),
        ("socialsecurity.kid", {}, "wrong form"),
        ("socialsecurity.assertion.kid_is_absent", {}, "wrong form"),
        ("socialsecurity.assertion.-kid", {}, "wrong form"),
        ("nonsuch.assertion.kid", {}, "no service called nonsuch"),
        (ID, {"code": "ssoauth-45"}, "wrong form"),
        (ID, {"reading": "ClientAsertion"}, "ClientAssertion"),
        (ID, {"statement": " "}, "--statement"),
        (ID, {"source": "two\nlines"}, "--source"),
    ],
)
def test_what_cannot_be_scaffolded_is_told_and_nothing_is_written(
    name: str, over: dict[str, str], words: str, tree: Path
) -> None:
    before = contents(tree)
    problem = new(tree, name, **over).exception
    assert isinstance(problem, BadInvocation)
    assert problem.exit_code == 4
    assert words in str(problem)
    assert contents(tree) == before


def test_the_same_rule_is_not_scaffolded_twice(tree: Path) -> None:
    assert new(tree).exception is None
    assert "exists already" in str(new(tree).exception)


def test_only_a_checkout_will_do(tmp_path: Path) -> None:
    problem = new(tmp_path).exception
    assert isinstance(problem, BadInvocation)
    assert "checkout" in problem.message
    assert find_checkout(ROOT / "proefbank" / "services") == ROOT


def test_no_scaffold_was_left_half_done() -> None:
    """The marker stands in the scaffolder alone."""
    rooms = [ROOT / name for name in ("proefbank", "suites", "fixtures", "adapters")]
    pages = [
        path
        for room in rooms
        for pattern in ("*.py", "*.toml")
        for path in room.rglob(pattern)
        if "node_modules" not in path.parts
    ]
    left = [str(path) for path in pages if MARK in path.read_text("utf-8", "replace")]
    assert left == [str(ROOT / "proefbank" / "scaffold.py")]
