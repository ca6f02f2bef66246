"""The wheel holds what the tree holds, and works in an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from .signing_world import a_run, proefbank, signatory

pytestmark = pytest.mark.slow

TREE = Path(__file__).parents[2]
ROOMS = {
    "proefbank": "proefbank",
    "cassettes": "proefbank/cassettes",
    "fixtures": "proefbank/fixtures",
    "suites": "proefbank/suites",
}
ASIDE = {"selftest", "__pycache__"}
NOT_SOURCE = (
    *(".git", ".tox", ".venv", "venv", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info"),
    *("build", "dist", "node_modules", "target"),
)
SETUPTOOLS = 80
"""What pyproject.toml asks for; where it is installed, nothing is fetched to build."""

Inside = Callable[..., subprocess.CompletedProcess[str]]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with little of our own environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


def shipped() -> set[str]:
    """Return what the wheel should hold, by the tree: everything in the rooms but self-tests."""
    return {
        f"{inside}/{name.as_posix()}"
        for room, inside in ROOMS.items()
        for name in (path.relative_to(TREE / room) for path in (TREE / room).rglob("*"))
        if (TREE / room / name).is_file()
        and not any(part in ASIDE or part.startswith(".") for part in name.parts)
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sdist and wheel, the wheel made from the sdist.

    Built from a copy, since setuptools works inside the tree that it packs.
    """
    folder = tmp_path_factory.mktemp("dist")
    tree = shutil.copytree(TREE, folder / "tree", ignore=shutil.ignore_patterns(*NOT_SOURCE))
    here = int(version("setuptools").partition(".")[0]) if _has("setuptools") else 0
    isolation = ["--no-isolation"] if here >= SETUPTOOLS else []
    made = run(sys.executable, "-m", "build", *isolation, "--outdir", folder, tree, cwd=folder)
    assert made.returncode == 0, made.stdout
    assert "would be ignored" not in made.stdout, "setuptools found a folder without its line"
    return folder


def _has(name: str) -> bool:
    try:
        version(name)
    except ModuleNotFoundError:
        return False
    return True


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    (found,) = built.glob("*.whl")
    return found


def test_the_wheel_holds_what_the_tree_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == shipped()
    kinds = {Path(name).suffix for name in names}
    assert {".py", ".toml", ".json", ".j2", ".css", ".js", ".ndjson", ".typed"} <= kinds


def test_the_sdist_holds_the_self_tests(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {f"suites/selftest/{path.name}" for path in (TREE / "suites/selftest").glob("*.py")}
    assert wanted | {"conftest.py", "tox.ini", "CHANGELOG.md", ".ci/run"} <= names
    assert not [name for name in names if "node_modules" in name or "/target/" in name]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, and with our dependencies but not our checkout."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=os.name != "nt")
    pip = [sys.executable, "-m", "pip", "--python", str(_python(folder))]
    done = run(*pip, "install", "--no-index", "--no-deps", wheel, cwd=folder)
    assert done.returncode == 0, done.stdout
    (packages,) = (folder / "venv").rglob("site-packages")
    # Read after the environment's own packages; an editable install in there does not apply,
    # since .pth files are only obeyed in the environment's own folder.
    outer = dict.fromkeys(sysconfig.get_paths()[kind] for kind in ("purelib", "platlib"))
    (packages / "dependencies.pth").write_text("\n".join(outer), encoding="utf-8")
    (folder / "empty").mkdir()
    return folder


@pytest.fixture
def inside(installed: Path) -> Inside:
    """Run a command of the fresh environment in an empty folder."""

    def call(command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return run(_python(installed).with_name(command), *words, cwd=installed / "empty")

    return call


def _python(folder: Path) -> Path:
    return folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"


def test_the_package_is_the_installed_one(inside: Inside, installed: Path) -> None:
    said = inside("python", "-c", "import proefbank.suites as s; print(s.__file__)")
    assert said.stdout.startswith(str(installed)), said.stdout


def test_the_command_line_works(inside: Inside) -> None:
    said = inside("proefbank", "--version")
    assert (said.returncode, said.stdout) == (0, f"proefbank, version {version('proefbank')}\n")


def test_a_run_judges_the_reference_client(inside: Inside, installed: Path) -> None:
    words = ["run", "socialsecurity", "--stage", "token", "--run", "first"]
    said = inside("proefbank", *words)
    assert said.returncode == 0, said.stdout
    left = {path.name for path in (installed / "empty" / "reports" / "first").iterdir()}
    assert {"events.ndjson", "report.json", "report.html", "junit.xml", "manifest.json"} <= left


def test_the_suites_are_found_by_their_package(inside: Inside) -> None:
    said = inside(
        "python", "-m", "pytest", "--pyargs", "proefbank.suites", "-k", "aud-is-token-url"
    )
    assert said.returncode == 0, said.stdout
    assert " passed" in said.stdout.splitlines()[-1]


def test_what_is_signed_here_is_verified_there(
    inside: Inside, installed: Path, tmp_path: Path
) -> None:
    """Another machine has the wheel, the folder of the run and an authority, and nothing else."""
    mine = signatory(tmp_path / "mine")
    made = a_run(tmp_path / "reports")
    done = proefbank("sign", made, *mine.words(), "--although", "incomplete")
    assert done.exit_code == 0, done.stderr
    there = shutil.copytree(made, installed / "empty" / "signed")
    shutil.copy(mine.trust, installed / "empty" / "authority.pem")
    said = inside("proefbank", "verify", "signed", "--trust", "authority.pem")
    assert said.returncode == 0, said.stdout
    assert said.stdout.startswith("VALID: "), said.stdout
    with (there / "traffic.har").open("ab") as archive:
        archive.write(b"\n")
    said = inside("proefbank", "verify", "signed", "--trust", "authority.pem")
    assert (said.returncode, "traffic.har: changed" in said.stdout) == (1, True), said.stdout
