"""The client's time moves, wall and monotonic: the runner, libfaketime, and who gets which."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proefbank.clients.adapter import ClientUnderTest
from proefbank.clients.moving import (
    client_of_class,
    client_of_command,
    how_to_move,
    how_to_move_class,
)
from proefbank.clients.moving_library import TimeOffset, find_libfaketime
from proefbank.clients.moving_probe import probe
from proefbank.clients.moving_process import MovedProcessClient, RunnerClient
from proefbank.clients.moving_python import has_time_machine
from proefbank.clients.process import ProcessClient
from proefbank.clients.python import PythonClient
from proefbank.errors import NotObservable

DAY_AND_AN_HOUR = 90_000.0
MEMBERS: dict[str, object] = {"run": "r1"}
LIBRARY = Path("/nowhere/libfaketime.so.1")

PYTHON_CLIENT = """
import asyncio, datetime, threading, time
from time import monotonic, time as wall

class Cache:
    timer = time.monotonic  # as caches do: no method may come of it

    def read(self):
        return self.timer()

async def loop_time():
    return asyncio.get_running_loop().time()

class Client:
    name, concurrency = "moved", 3

    def __init__(self):
        print("made")
        self.begun = monotonic()

    def scenario(self, members):
        pass

    def token_fetch(self, scope):
        seen = {}
        def look():
            seen.update(thread_wall=time.time(), thread_monotonic=time.monotonic() - self.begun)
        other = threading.Thread(target=look)
        other.start()
        other.join()
        return {
            "wall": wall(),
            "wall_ns": time.time_ns() / 1e9,
            "datetime": datetime.datetime.now(datetime.UTC).timestamp(),
            "realtime": time.clock_gettime(time.CLOCK_REALTIME),
            "monotonic": monotonic() - self.begun,
            "monotonic_ns": time.monotonic_ns() / 1e9 - self.begun,
            "gettime": time.clock_gettime(time.CLOCK_MONOTONIC) - self.begun,
            "cache": Cache().read() - self.begun,
            "loop": asyncio.run(loop_time()) - self.begun,
            **seen,
        }

    def api_call(self, method, path, body):
        together.wait(5)
        return {"status": 200, "body": None}

together = threading.Barrier(3)

class OwnClock(Client):
    def scenario(self, members):
        self.now = None

    def clock(self, now):
        self.now = now

    def token_fetch(self, scope):
        return {"own": self.now, "wall": time.time()}

class Broken(Client):
    def __init__(self):
        raise LookupError("no such setting")
"""

NODE_ADAPTER = """
const say = (members) => process.stdout.write(JSON.stringify(members) + '\\n')
const hello = { protocol: 1, capabilities: ['token'], clock: 'system',
  implementation: { name: 'moved', version: '1', language: 'JavaScript' } }
const lines = require('readline').createInterface({ input: process.stdin })
setInterval(() => {}, 1000)
lines.on('line', (text) => {
  const { seq, cmd } = JSON.parse(text)
  const value = { wall: Date.now() / 1e3, monotonic: performance.now() / 1e3, pid: process.pid }
  if (cmd === 'hello') say({ seq, ...hello })
  else if (cmd === 'call') setTimeout(() => say({ seq, outcome: 'accepted', value }), 5)
  else say({ seq })
  if (cmd === 'bye') process.exit(0)
})
"""

needs_time_machine = pytest.mark.skipif(
    not has_time_machine(), reason="time-machine is not installed"
)


def needs_libfaketime_and(program: str) -> pytest.MarkDecorator:
    missing = [
        name
        for name, there in ((program, shutil.which(program)), ("libfaketime", find_libfaketime()))
        if not there
    ]
    return pytest.mark.skipif(bool(missing), reason=f"there is no {' and no '.join(missing)} here")


@pytest.fixture
def started() -> Iterator[Callable[[ClientUnderTest], ClientUnderTest]]:
    clients: list[ClientUnderTest] = []

    def start(client: ClientUnderTest) -> ClientUnderTest:
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.bye()


@pytest.fixture
def python_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a module with clients in the current directory."""
    name = f"moved_client_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(PYTHON_CLIENT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return name


@pytest.fixture
def node_command(tmp_path: Path) -> str:
    (tmp_path / "adapter.cjs").write_text(NODE_ADAPTER, encoding="utf-8")
    return shlex.join(["node", str(tmp_path / "adapter.cjs")])


def look(client: ClientUnderTest) -> dict[str, float]:
    """Ask the client for its clocks; wall times are told as seconds ahead of ours."""
    outcome = client.call("token.fetch", {"scope": None}, 10)
    assert outcome.kind == "accepted", outcome
    now = time.time()
    return {
        name: value - now if value > 1e9 else value
        for name, value in (outcome.value or {}).items()
        if isinstance(value, int | float)
    }


@needs_time_machine
def test_the_runner_moves_every_clock_of_every_thread_and_goes_back(
    python_client: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(RunnerClient(f"{python_client}:Client"))
    assert client.hello().clock == "settable"
    assert client.scenario(MEMBERS) is None
    assert all(abs(seen) < 5 for seen in look(client).values())
    assert client.clock(time.time() + DAY_AND_AN_HOUR) is None
    moved = look(client)
    assert len(moved) == 11
    assert all(abs(seen - DAY_AND_AN_HOUR) < 5 for seen in moved.values()), moved
    assert client.scenario(MEMBERS) is None
    back = look(client)
    assert all(abs(seen) < 5 for seen in back.values()), back


@needs_time_machine
def test_in_the_runner_the_monotonic_clock_never_goes_back(
    python_client: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(RunnerClient(f"{python_client}:Client"))
    client.scenario(MEMBERS)
    client.clock(time.time() + DAY_AND_AN_HOUR)
    client.clock(time.time() - DAY_AND_AN_HOUR)
    seen = look(client)
    assert abs(seen["wall"] + DAY_AND_AN_HOUR) < 5
    assert abs(seen["datetime"] + DAY_AND_AN_HOUR) < 5
    assert abs(seen["monotonic"] - DAY_AND_AN_HOUR) < 5


@needs_time_machine
def test_the_runner_answers_calls_in_flight_and_keeps_prints_off_its_answers(
    python_client: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(RunnerClient(f"{python_client}:Client"))
    client.scenario(MEMBERS)
    order: tuple[str, dict[str, object]] = (
        "api.call",
        {"method": "GET", "path": "/", "body": None},
    )
    assert [outcome.kind for outcome in client.calls([order] * 3, 10)] == ["accepted"] * 3
    assert ("stderr", "made") in [(line.stream, line.text) for line in client.drain_log()]
    assert client.call("jwt.verify", {"token": "x"}, 5).kind == "unsupported"


@needs_time_machine
def test_a_clock_of_the_clients_own_is_called_as_well(
    python_client: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(RunnerClient(f"{python_client}:OwnClock"))
    client.scenario(MEMBERS)
    client.clock(time.time() + DAY_AND_AN_HOUR)
    seen = look(client)
    assert abs(seen["own"] - DAY_AND_AN_HOUR) < 5
    assert abs(seen["wall"] - DAY_AND_AN_HOUR) < 5


@needs_time_machine
@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("{module}:Broken", "LookupError: no such setting"),
        ("{module}:Nobody", "has no Nobody"),
        ("nowhere_at_all:Client", "there is no module nowhere_at_all"),
    ],
)
def test_the_runner_says_what_is_wrong_with_a_class(
    python_client: str, target: str, told: str
) -> None:
    argument = target.format(module=python_client)
    command = [sys.executable, "-m", "proefbank.clients.runner", argument]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, input="")
    assert ended.returncode in (3, 4)
    assert told in ended.stderr
    assert ended.stdout == ""


def test_the_real_clock_of_the_bench_does_not_move_with_the_client() -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "import proefbank.clock, time; real = time.monotonic;"
            " time.monotonic = lambda: real() + 90_000;"
            " print(proefbank.clock.real_seconds() - real() < 60)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "True\n"


def test_the_runner_without_a_class_shows_how_it_is_called() -> None:
    command = [sys.executable, "-m", "proefbank.clients.runner"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, input="")
    assert ended.returncode == 4
    assert "python -m proefbank.clients.runner MODULE:CLASS" in ended.stderr


@needs_libfaketime_and("node")
def test_node_under_libfaketime_sees_both_clocks_jump_and_go_back(
    node_command: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(client_of_command(node_command))
    assert isinstance(client, MovedProcessClient)
    assert client.hello().clock == "settable"
    assert client.scenario(MEMBERS) is None
    before = look(client)
    assert abs(before["wall"]) < 5
    assert client.clock(time.time() + DAY_AND_AN_HOUR) is None
    after = look(client)
    assert after["pid"] == before["pid"]
    assert abs(after["wall"] - DAY_AND_AN_HOUR) < 5
    assert abs(after["monotonic"] - before["monotonic"] - DAY_AND_AN_HOUR) < 5
    assert client.scenario(MEMBERS) is None
    back = look(client)
    assert abs(back["wall"]) < 5
    assert abs(back["monotonic"]) < 60
    assert back["pid"] != before["pid"], "a monotonic clock does not go back in one process"


@needs_libfaketime_and("node")
def test_node_goes_before_its_start_only_with_a_new_process(
    node_command: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(client_of_command(node_command))
    assert client.scenario(MEMBERS) is None
    assert client.clock(time.time() - DAY_AND_AN_HOUR) is None
    assert abs(look(client)["wall"] + DAY_AND_AN_HOUR) < 5
    with pytest.raises(NotObservable, match="before its start"):
        client.clock(time.time() - 2 * DAY_AND_AN_HOUR)


@needs_libfaketime_and("node")
def test_never_leaves_the_time_alone(
    node_command: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(client_of_command(node_command, choice="never"))
    assert type(client) is ProcessClient
    assert client.hello().clock == "system"


@needs_libfaketime_and("node")
def test_a_shell_script_is_moved_when_asked(
    node_command: str, tmp_path: Path, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    (tmp_path / "run.sh").write_text(f"#!/bin/sh\nexec {node_command}\n", encoding="utf-8")
    command = shlex.join(["sh", str(tmp_path / "run.sh")])
    assert type(client_of_command(command)) is ProcessClient
    client = started(client_of_command(command, choice="libfaketime"))
    assert client.hello().clock == "settable"
    client.scenario(MEMBERS)
    client.clock(time.time() + DAY_AND_AN_HOUR)
    assert abs(look(client)["wall"] - DAY_AND_AN_HOUR) < 5


@needs_libfaketime_and("node")
def test_a_process_that_sheds_the_library_is_not_called_settable(
    node_command: str, started: Callable[[ClientUnderTest], ClientUnderTest]
) -> None:
    client = started(client_of_command(f"env -u LD_PRELOAD {node_command}"))
    assert isinstance(client, MovedProcessClient)
    assert client.hello().clock == "system"
    assert any("cannot be moved" in line.text for line in client.drain_log())
    with pytest.raises(NotObservable):
        client.clock(time.time())


@pytest.mark.parametrize(
    "runtime",
    [pytest.param(name, marks=needs_libfaketime_and(name)) for name in ("java", "perl")],
)
def test_a_runtime_sees_both_clocks_jump(runtime: str) -> None:
    library = find_libfaketime()
    assert library is not None
    jump = probe(runtime, library)
    if jump is None and runtime == "java":
        pytest.skip("this Java has no compiler")
    assert jump is not None
    assert jump.both


@pytest.mark.parametrize(
    ("command", "kind", "told"),
    [
        ("node adapter.js", "libfaketime", ""),
        ("/opt/jdk/bin/java -cp x Main", "libfaketime", ""),
        ("env -u A B=c php8.2 adapter.php", "libfaketime", ""),
        ("ruby3.1 adapter.rb", "libfaketime", ""),
        ("perl adapter.pl", "libfaketime", ""),
        ("python3 adapter.py", "none", "--client MODULE:CLASS"),
        ("/venv/bin/python3.13t adapter.py", "none", "hang"),
        ("python -m proefbank.clients.runner a:B", "adapter", ""),
        ("sh run.sh", "none", "--move-clock libfaketime"),
        ("./adapter", "none", '"clock": "settable"'),
    ],
)
def test_what_moves_a_command(command: str, kind: str, told: str) -> None:
    way = how_to_move(command, find_library=lambda: LIBRARY)
    assert way.kind == kind
    assert told in str(way)
    assert (way.library == LIBRARY) == (kind == "libfaketime")


def test_without_the_library_it_says_what_to_install() -> None:
    way = how_to_move("node adapter.js", find_library=lambda: None)
    assert way.kind == "none"
    assert "apt-get install faketime" in str(way)


def test_a_go_program_is_recognised_by_its_file(tmp_path: Path) -> None:
    program = tmp_path / "adapter"
    program.write_bytes(b"\x7fELF" + bytes(100) + b"\xff Go build" + b"inf:" + bytes(20))
    program.chmod(0o755)
    way = how_to_move(str(program), choice="libfaketime", find_library=lambda: LIBRARY)
    assert way.kind == "none"
    assert "Go" in way.why


def test_a_script_is_what_its_first_line_names(tmp_path: Path) -> None:
    script = tmp_path / "adapter"
    script.write_text("#!/usr/bin/env ruby\n", encoding="utf-8")
    script.chmod(0o755)
    assert how_to_move(str(script), find_library=lambda: LIBRARY).kind == "libfaketime"


def test_what_moves_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        def scenario(self, members: object) -> None: ...

    class Own(Plain):
        def clock(self, now: float) -> None: ...

    module = "proefbank.clients.moving"
    monkeypatch.setattr(f"{module}.has_time_machine", lambda: True)
    assert how_to_move_class(Own).kind == "adapter"
    assert how_to_move_class(Plain).kind == "runner"
    assert how_to_move_class(Plain, choice="never").kind == "none"
    monkeypatch.setattr(f"{module}.has_time_machine", lambda: False)
    assert "pip install" in str(how_to_move_class(Plain))


def test_a_class_stays_in_this_process_unless_its_time_must_move(python_client: str) -> None:
    assert isinstance(client_of_class(f"{python_client}:Client", moves=False), PythonClient)
    assert isinstance(client_of_class(f"{python_client}:OwnClock", moves=True), PythonClient)
    kind = RunnerClient if has_time_machine() else PythonClient
    assert isinstance(client_of_class(f"{python_client}:Client", moves=True), kind)


def test_an_offset_is_written_so_that_every_locale_reads_it() -> None:
    offset = TimeOffset(LIBRARY)
    file = Path(str(offset.environment({})["FAKETIME_TIMESTAMP_FILE"]))
    for seconds, written in ((0, "+0"), (89_999.997, "+90000"), (-5, "-5"), (0.25, "+0.250")):
        offset.write(seconds)
        assert file.read_text(encoding="ascii") == f"{written}\n"
    environment = offset.environment({"LD_PRELOAD": "/a.so", "FAKETIME": "+1d", "HOME": "/h"})
    assert environment["LD_PRELOAD"] == f"{LIBRARY}:/a.so"
    assert environment["FAKETIME"] is None
    assert "HOME" not in environment


def test_doctor_tells_each_thing_and_what_to_do(tmp_path: Path) -> None:
    def doctor(reports: Path) -> subprocess.CompletedProcess[str]:
        call = "from proefbank.cli import main; main()"
        command = [sys.executable, "-c", call, "doctor", "--reports", str(reports)]
        quiet = {"PATH": str(tmp_path)}  # no runtime is found there, so none is tried
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=quiet, timeout=60
        )

    well = doctor(tmp_path / "reports")
    assert (well.returncode, well.stderr) == (0, "")
    assert well.stdout.startswith("READY: nothing essential is missing; ")
    assert "  missing  Node " in well.stdout
    lines = well.stdout.splitlines()
    assert all(
        lines[n + 1].strip().startswith("->") for n, x in enumerate(lines) if "missing  " in x
    )
    (tmp_path / "file").touch()
    ill = doctor(tmp_path / "file" / "reports")
    assert ill.returncode == 3
    assert ill.stdout.startswith("NOT READY: reports; ")
