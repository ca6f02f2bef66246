"""The other ways to a client on trial: Python classes, a connection, and clients that cheat."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import jsonschema_rs
import pytest

from proefbank.clients import Rejected, Unsupported
from proefbank.clients.adapter import ClientUnderTest, Outcome
from proefbank.clients.always_failing import AlwaysFailingClient
from proefbank.clients.attach import AttachedClient
from proefbank.clients.process import ProcessClient
from proefbank.clients.python import PythonClient
from proefbank.clients.schema import protocol_schema
from proefbank.clients.silent import SilentClient
from proefbank.errors import BadInvocation, NotAssessed, NotObservable

Json = dict[str, object]
FETCH = ("token.fetch", {"scope": None})
GET = ("api.call", {"method": "GET", "path": "/", "body": None})


class Small:
    """Does one thing, whatever `behave` says."""

    version = "2.1"
    made: ClassVar[list[Small]] = []
    behave: ClassVar[Callable[..., object]] = lambda scope: {"access_token": scope}

    def __init__(self) -> None:
        self.members: Mapping[str, object] = {}
        self.closed = 0
        Small.made.append(self)

    def scenario(self, members: Mapping[str, object]) -> None:
        self.members = members

    def token_fetch(self, scope: str | None) -> object:
        return type(self).behave(scope)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def small() -> Iterator[Callable[..., PythonClient]]:
    """Start clients whose only operation is `behave`."""

    def start(behave: Callable[..., object], **attributes: object) -> PythonClient:
        members = {"behave": staticmethod(behave), **attributes}
        client = PythonClient(type("Small", (Small,), members))
        assert client.scenario({"run": "r"}) is None
        return client

    Small.made.clear()
    yield start
    Small.made.clear()


def test_the_class_says_who_it_is() -> None:
    hello = PythonClient(Small).hello()
    jsonschema_rs.validator_for(protocol_schema("helloAnswer")).validate(
        {"seq": 1, **hello.to_json()}
    )
    assert hello.to_json() == {
        "protocol": 1,
        "implementation": {"name": "Small", "version": "2.1", "language": "Python"},
        "capabilities": ["token"],
        "clock": "system",
        "concurrency": 1,
    }


def test_a_hello_of_its_own_has_the_last_word() -> None:
    class Polite(Small):
        def hello(self) -> Json:
            return {"implementation": {"homepage": "https://example.org"}, "concurrency": 3}

        def clock(self, now: float) -> None: ...

    hello = PythonClient(Polite).hello()
    assert (hello.implementation.name, hello.implementation.homepage) == (
        "Polite",
        "https://example.org",
    )
    assert (hello.clock, hello.concurrency) == ("settable", 3)


def test_every_scenario_gets_a_fresh_client(small: Callable[..., PythonClient]) -> None:
    client = small(lambda scope: {"access_token": scope})
    assert client.call("token.fetch", {"scope": "a", "unknown": 1}, 2) == Outcome.accepted(
        {"access_token": "a"}
    )
    assert client.scenario({"run": "s"}) is None
    client.bye()
    client.bye()
    assert [(item.members["run"], item.closed) for item in Small.made] == [("r", 1), ("s", 1)]


def _raise(error: BaseException) -> object:
    raise error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Rejected("expired", "too old"), Outcome.rejected("expired", "too old")),
        (
            Rejected("nonsense", "no"),
            Outcome.rejected("unclassified", 'no (the adapter gave the unknown class "nonsense")'),
        ),
        (
            Unsupported("never"),
            Outcome.crashed("the client claims token and answers token.fetch with"
                            " unsupported (never)"),
        ),
    ],
)  # fmt: skip
def test_what_a_client_raises_is_its_outcome(
    small: Callable[..., PythonClient], error: BaseException, outcome: Outcome
) -> None:
    assert small(lambda _: _raise(error)).call(*FETCH, 2) == outcome


@pytest.mark.parametrize("error", [KeyError("access_token"), SystemExit(3), KeyboardInterrupt()])
def test_any_other_exception_is_crashed(
    small: Callable[..., PythonClient], error: BaseException
) -> None:
    outcome = small(lambda _: _raise(error)).call(*FETCH, 2)
    assert outcome.kind == "crashed"
    assert outcome.detail.startswith(type(error).__name__)
    assert "test_clients.py:" in outcome.detail
    assert "in _raise)" in outcome.detail


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("a text", "token_fetch returned str, not a mapping"),
        (None, "token_fetch returned NoneType, not a mapping"),
        ({"access_token": b"bytes"}, "token_fetch returned what JSON cannot hold: TypeError"),
        ({"expires_in": float("nan")}, "token_fetch returned what JSON cannot hold: ValueError"),
    ],
)
def test_a_value_must_be_json(
    small: Callable[..., PythonClient], value: object, detail: str
) -> None:
    outcome = small(lambda _: value).call(*FETCH, 2)
    assert outcome.kind == "crashed"
    assert outcome.detail.startswith(detail)


def test_a_coroutine_is_not_awaited_but_told(small: Callable[..., PythonClient]) -> None:
    async def behave(scope: str | None) -> Json:
        return {"access_token": scope}

    outcome = small(behave).call(*FETCH, 2)
    assert outcome == Outcome.crashed("token_fetch returned coroutine, not a mapping")


def test_time_runs_out_and_a_late_answer_is_log(small: Callable[..., PythonClient]) -> None:
    release, left = threading.Event(), threading.Event()

    def behave(scope: str | None) -> Json:
        if scope == "slow":
            release.wait(5)
            left.set()
        return {"access_token": "canary"}

    client = small(behave)
    assert client.call("token.fetch", {"scope": "slow"}, 0.1) == Outcome.crashed("time ran out")
    assert client.call(*FETCH, 2).kind == "accepted"
    release.set()
    assert left.wait(2)
    until = time.monotonic() + 2
    log = client.drain_log()
    while not log and time.monotonic() < until:
        time.sleep(0.01)
        log = client.drain_log()
    assert [line.text for line in log] == ["late answer to token.fetch: accepted"]


def test_calls_run_at_once_as_far_as_the_client_allows(
    small: Callable[..., PythonClient],
) -> None:
    together = threading.Barrier(3)

    def behave(scope: str | None) -> Json:
        together.wait(2)
        return {"access_token": scope}

    client = small(behave, concurrency=3)
    outcomes = client.calls([("token.fetch", {"scope": str(n)}) for n in range(6)], 2)
    assert [(item.value or {})["access_token"] for item in outcomes] == list("012345")


def test_what_it_prints_is_log(
    small: Callable[..., PythonClient], capsys: pytest.CaptureFixture[str]
) -> None:
    def behave(scope: str | None) -> Json:
        print("to out\nand more")  # noqa: T201 - what a client does
        sys.stdout.buffer.write(b"bytes \xff\n")
        print("\x1b[31mto err", end="", file=sys.stderr)  # noqa: T201
        return {"access_token": scope}

    client = small(behave)
    client.call(*FETCH, 2)
    assert [(line.stream, line.text) for line in client.drain_log()] == [
        ("stdout", "to out"),
        ("stdout", "and more"),
        ("stdout", "bytes \ufffd"),
        ("stderr", "␛[31mto err"),
    ]
    assert capsys.readouterr().out == ""


def test_an_absent_method_is_unsupported(small: Callable[..., PythonClient]) -> None:
    client = small(lambda _: {})
    assert client.call(*GET, 2).kind == "unsupported"
    with pytest.raises(NotObservable):
        client.clock(1.0)


def test_after_a_crashed_scenario_no_call_is_made() -> None:
    class Fragile(Small):
        def scenario(self, members: Mapping[str, object]) -> None:
            if members["run"] == "bad":
                raise OSError("no such key")

    client = PythonClient(Fragile)
    failure = client.scenario({"run": "bad"})
    assert failure is not None
    assert failure.detail.startswith("OSError: no such key (test_clients.py:")
    assert client.call(*FETCH, 2).detail.startswith("not sent: OSError")
    assert client.scenario({"run": "good"}) is None
    assert client.call(*FETCH, 2).kind == "accepted"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("mine", ["mine is not of the form MODULE:CLASS", "--client proefbank.clients.silent"]),
        ("mine.Client", ["not of the form", "run --client mine:Client"]),
        ("mine.py:Client", ["the name of a module is asked", "run --client mine:Client"]),
        ("mien:Client", ["there is no module mien in /", "run --client mine:Client"]),
        ("mine:Cleint", ["mine has no Cleint", "run --client mine:Client"]),
        ("mine:zzz", ["mine has no zzz", "It has the classes Client: --client mine:Client"]),
        ("mine:NUMBER", ["mine:NUMBER is a int, not a class"]),
        ("needs:Client", ["importing needs failed: ModuleNotFoundError", '-c "import needs"']),
        ("slip:Client", ["importing slip failed: SyntaxError"]),
        ("quits:Client", ["importing quits failed: SystemExit"]),
    ],
)  # fmt: skip
def test_a_wrong_name_says_what_to_type(
    target: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "mine.py").write_text("NUMBER = 7\nclass Client: ...\n")
    (tmp_path / "needs.py").write_text("import no_such_library\n")
    (tmp_path / "slip.py").write_text("def\n")
    (tmp_path / "quits.py").write_text("raise SystemExit(1)\n")
    try:
        with pytest.raises(BadInvocation) as caught:
            PythonClient(target)
    finally:
        for name in ("mine", "needs", "slip", "quits"):
            sys.modules.pop(name, None)
    assert str(caught.value).startswith("--client: ")
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "it has none of the methods token_fetch, api_call"),
        ({"token_fetch": print}, "it has no method scenario"),
        ({"__init__": lambda self, key: None}, "TypeError"),
        ({**vars(SilentClient), "concurrency": 0}, "its concurrency is 0"),
        ({**vars(SilentClient), "hello": lambda self: 7}, "TypeError"),
    ],
)
def test_a_class_that_cannot_be_a_client_is_not_assessed(body: Json, message: str) -> None:
    plain = {name: item for name, item in body.items() if name not in ("__dict__", "__weakref__")}
    with pytest.raises(NotAssessed, match="Odd cannot be judged") as caught:
        PythonClient(type("Odd", (), plain)).hello()
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("target", "kind"), [(SilentClient, "accepted"), (AlwaysFailingClient, "rejected")]
)
def test_the_cheats_claim_much_and_send_nothing(
    target: type, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    client = PythonClient(f"{target.__module__}:{target.__name__}")
    hello = client.hello()
    assert (hello.capabilities, hello.clock) == (("token", "api", "sign"), "settable")
    assert client.scenario({"run": "r"}) is None
    assert client.clock(1.0) is None
    outcomes = client.calls([FETCH, GET], 2)
    assert [item.kind for item in outcomes] == [kind, kind]
    answers = jsonschema_rs.validator_for(protocol_schema("callAnswer"))
    for outcome in outcomes:
        answers.validate({"seq": 1, **outcome.to_json()})


class Debugged(threading.Thread):
    """An adapter that connects, answers `answers` lines and then hangs up."""

    def __init__(self, port: int, answers: int = 99) -> None:
        super().__init__(daemon=True)
        self._port, self._answers = port, answers
        self.heard: list[Json] = []

    def run(self) -> None:
        hello = SilentClient.__dict__["name"]
        with (
            socket.create_connection(("127.0.0.1", self._port)) as connection,
            connection.makefile("rw") as lines,
        ):
            for raw in lines:
                line = json.loads(raw)
                self.heard.append(line)
                if len(self.heard) > self._answers:
                    return
                answer: Json = {"seq": line["seq"]}
                if line["cmd"] == "hello":
                    implementation = {"name": hello, "version": "1", "language": "Python"}
                    answer |= {"protocol": 1, "implementation": implementation}
                    answer |= {"capabilities": ["token"], "clock": "system"}
                if line["cmd"] == "call":
                    lines.write("noise\n")
                    answer |= {"outcome": "accepted", "value": {}}
                lines.write(json.dumps(answer) + "\n")
                lines.flush()


def test_an_adapter_that_attaches_may_hang_up_once() -> None:
    adapters: list[Debugged] = []
    announced: list[str] = []

    def announce(text: str) -> None:
        announced.append(text)
        adapters.append(Debugged(client.port, answers=99 if adapters else 2))
        adapters[-1].start()

    client = AttachedClient(announce=announce, bye_timeout=1, connect_timeout=2)
    assert client.scenario({"run": "r"}) is None
    outcomes = client.calls([FETCH, FETCH], 2)
    client.bye()
    for adapter in adapters:
        adapter.join(2)
    assert [item.kind for item in outcomes] == ["crashed", "accepted"]
    assert "closed its connection during the call" in outcomes[0].detail
    heard = [[line["cmd"] for line in adapter.heard] for adapter in adapters]
    assert heard == [["hello", "scenario", "call"], ["hello", "scenario", "call", "bye"]]
    assert str(client.port) in announced[0]
    assert "noise" in [line.text for line in client.drain_log() if line.stream == "socket"]


def test_nobody_attaches() -> None:
    client = AttachedClient(announce=lambda _: None, connect_timeout=0.05)
    with pytest.raises(NotAssessed, match="no adapter connected to"):
        client.hello()
    with pytest.raises(BadInvocation, match="cannot be had"):
        AttachedClient(port=client.port)
    client.bye()


def test_every_client_is_a_client_under_test() -> None:
    attached = AttachedClient(announce=lambda _: None)
    clients: list[ClientUnderTest] = [PythonClient(SilentClient), ProcessClient("true"), attached]
    for client in clients:
        client.bye()
