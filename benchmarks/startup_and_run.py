"""How long it takes to start, to judge the reference client, and to set up and reset fixtures.

    python benchmarks/startup_and_run.py [--json FILE] [--no-workers]

Ends by itself; what it makes goes into a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from machine import HERE, today, words

from proefbank.clock import Clock
from proefbank.doors.loopback import LoopbackDoor
from proefbank.doors.tls import ServerTls
from proefbank.pki import CertificateAuthority
from proefbank.service import Settings, service

_MAIN = "import sys; from proefbank.cli import main; sys.exit(main())"
_LOOK_SECONDS = 0.05
_FIXTURE_TEST = """
import time
import pytest

@pytest.mark.parametrize("turn", range(50))
def test_turn(socialsecurity, turn):
    pass
"""
_TIMING = """
import importlib
import json
import os
import pathlib
import sys
import time
import pytest

SPENT = []
FILE = pathlib.Path(os.environ["SPENT_FILE"])
if FILE.exists():
    for name in json.loads(FILE.read_text())["modules"]:
        importlib.import_module(name)
BEFORE = set(sys.modules)

@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    began = time.perf_counter()
    result = yield
    if "proefbank" in fixturedef.func.__module__:
        SPENT.append((fixturedef.argname, fixturedef.scope, time.perf_counter() - began))
    return result

def pytest_unconfigure(config):
    modules = [name for name in sys.modules if name not in BEFORE and "proefbank" in name]
    FILE.write_text(json.dumps({"spent": SPENT, "modules": modules}))
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, beside what it should be at most."""

    what: str
    value: float
    unit: str
    target: float | None = None
    remark: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met; empty without one."""
        if self.target is None:
            return ""
        return "met" if self.value <= self.target else "MISSED"


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ran to its end."""

    seconds: float
    peak_mb: float
    status: int
    last: str


def run(arguments: Sequence[str], *, folder: Path, **environment: str) -> Ran:
    """Run Python with these arguments; the peak counts its child processes too."""
    paths = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment},
    ) as process:
        peak = _Peak(process.pid)
        peak.start()
        out, _ = process.communicate()
        seconds = time.perf_counter() - began
        peak.stop()
    lines = [line for line in out.splitlines() if line.strip()]
    return Ran(seconds, peak.megabytes, process.returncode, lines[-1] if lines else "")


class _Peak(threading.Thread):
    """Looks now and then how much memory a process and its children hold together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.megabytes = 0.0

    def run(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            total = sum(_resident(pid) for pid in _family(self._pid))
            self.megabytes = max(self.megabytes, total / 1e6)

    def stop(self) -> None:
        self._over.set()
        self.join()


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _family(pid: int) -> list[int]:
    """Return the process and all its descendants, as far as `/proc` shows them."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, task.read_text("ascii").split())
            except OSError:
                continue
    return found


def timed(action: Callable[[], object], times: int) -> list[float]:
    """Return how long each of `times` calls took, in milliseconds."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def commands(folder: Path, *, workers: bool) -> list[Figure]:
    """Measure the command line: its version, a whole run, a run on four workers."""
    run(["-c", _MAIN, "--version"], folder=folder)  # so that the byte code is there
    told = [run(["-c", _MAIN, "--version"], folder=folder) for _ in range(5)]
    version = statistics.median(one.seconds for one in told)
    figures = [Figure("proefbank --version", version, "s", 0.5, told[0].last)]
    judge = ["-c", _MAIN, "run", "socialsecurity", "--seed", "1", "--reports", str(folder)]
    whole = run(judge, folder=folder)
    remark = f"exit {whole.status}"
    figures += [
        Figure("run socialsecurity, reference client", whole.seconds, "s", 15, remark),
        Figure("  its peak memory (resident)", whole.peak_mb, "MB", 300),
    ]
    figures += _renewal(folder)
    if workers and find_spec("xdist") is not None:
        many = run([*judge, "--", "-n", "4"], folder=folder)
        remark = f"exit {many.status}; all processes together {many.peak_mb:.0f} MB"
        figures.append(Figure("run socialsecurity -n 4", many.seconds, "s", None, remark))
    return figures


def _renewal(folder: Path) -> list[Figure]:
    """Measure runs in which months go by: in one process, and with one of the consumer's own."""
    judge = ["-c", _MAIN, "run", "ehealth", "--seed", "1", "--reports", str(folder)]
    whole = run([*judge, "--run", "renewal"], folder=folder)
    written = {
        name: (folder / "renewal" / name).stat().st_size / 1e6
        for name in ("events.ndjson", "traffic.har")
    }
    consumer = "proefbank.services.ehealth.reference:ReferenceConsumer"
    adapter = f"{sys.executable} -m proefbank.clients.runner {consumer}"
    apart = run([*judge, "--client-command", adapter], folder=folder)
    return [
        Figure("run ehealth, reference consumer", whole.seconds, "s", 15, f"exit {whole.status}"),
        Figure("  its peak memory (resident)", whole.peak_mb, "MB", 300),
        *(Figure(f"  its {name}", size, "MB") for name, size in written.items()),
        Figure(
            "run ehealth, a process with its clock moved",
            apart.seconds,
            "s",
            40,
            f"exit {apart.status}",
        ),
    ]


def parts() -> list[Figure]:
    """Measure cast, doors and reset directly, without a test runner."""
    found = service("socialsecurity")
    clock = Clock()
    opened: list[Any] = []

    def set_up() -> None:
        """Do what a session's fixture has to: everything up to a listening HTTPS door."""
        cast = found.open(Settings(None, None), clock=clock, rng=random.Random(1))
        now = clock.now()
        door = LoopbackDoor(
            cast.provider,
            clock=clock,
            on_exchange=lambda _request, _response: None,
            on_connection=lambda _fact: None,
            server_tls=ServerTls(CertificateAuthority(now=now), now=now),
        ).start()
        cast.meet({"main": door.origin})
        opened.append((cast, door))

    imported, *others = timed(set_up, 7)
    reset = statistics.median(timed(opened[0][0].provider.reset, 500))
    stop = [timed(door.stop, 1)[0] for _, door in opened]
    return [
        Figure(
            "cast + CA + HTTPS door",
            statistics.median(others),
            "ms",
            100,
            f"the first {imported:.0f} ms",
        ),
        Figure("provider.reset()", reset, "ms", 1),
        Figure("stopping the door", statistics.median(stop), "ms"),
    ]


def fixture(folder: Path) -> list[Figure]:
    """Measure the pytest fixture `socialsecurity`, where it is."""
    if find_spec("proefbank.fixtures.socialsecurity") is None:
        return []
    (folder / "test_fixture.py").write_text(_FIXTURE_TEST, "utf-8")
    (folder / "conftest.py").write_text(_TIMING, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    spent_file = folder / "spent.json"
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_fixture.py"]
    told = []
    for _ in range(2):  # the second time with everything imported that the first one imported
        done = run(arguments, folder=folder, SPENT_FILE=str(spent_file))
        if done.status != 0 or not spent_file.exists():
            return [Figure("fixture socialsecurity", float("nan"), "ms", 100, done.last[:80])]
        told.append(json.loads(spent_file.read_text("utf-8"))["spent"])
    cold, once = (
        sum(seconds for _, scope, seconds in spent if scope != "function") * 1000 for spent in told
    )
    each = [seconds * 1000 for _, scope, seconds in told[1] if scope == "function"]
    remark = f"{cold:.0f} ms when it has to be imported first"
    figures = [Figure("fixture socialsecurity, once per session", once, "ms", 100, remark)]
    if each:
        remark = f"the first {each[0]:.2f} ms"
        figures.append(Figure("  for each test", statistics.median(each), "ms", 1, remark))
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--no-workers", action="store_true", help="leave out the run with -n 4")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="proefbank-benchmark-") as name:
        folder = Path(name)
        figures = [*commands(folder, workers=not given.no_workers), *parts(), *fixture(folder)]
    print(f"{today()}: {words()}\n")
    for one in figures:
        target = "" if one.target is None else f"<= {one.target:g} {one.unit}"
        print(
            f"{one.what:<44} {one.value:>8.2f} {one.unit:<3} {target:<10} {one.verdict:<7}"
            f"{one.remark}".rstrip()
        )
    if given.json is not None:
        told = [asdict(one) | {"verdict": one.verdict} for one in figures]
        report = {"date": today(), "machine": words(), "figures": told}
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
